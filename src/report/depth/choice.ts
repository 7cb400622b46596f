/** Between deep and shallow: what each depth gives at each interval of Q, and which one would choose. */

import type { Metrics } from "../../results/metrics.ts"
import { fewestSeeds, infer, mean } from "../../statistics/statistics.ts"
import { validationLossOf } from "../evidence/comparisons.ts"
import { distinct, groupBy } from "../evidence/grid.ts"
import { type GridTrial, inside } from "../evidence/grid-trial.ts"
import { intervals } from "../evidence/intervals.ts"
import { isFinished } from "../evidence/trial.ts"
import { count, fiveDecimals, list, signed } from "../page/format.ts"
import type { Claim } from "../page/page.ts"
import type { Table } from "../page/tables.ts"

interface DepthRow {
  readonly depth: number
  readonly train: number
  readonly validation: number
  readonly seeds: number
  /** Validation loss minus that of the best depth, paired by configuration and seed; undefined below six seeds. */
  readonly interval: { readonly low: number; readonly high: number } | undefined
}

export interface Choice {
  readonly dataset: string
  readonly q: string
  readonly rows: ReadonlyArray<DepthRow> // the shallowest first
  readonly best: DepthRow
  /** The shallowest that is no worse than the best by more than the margin. */
  readonly chosen: DepthRow
  /** That margin in words. */
  readonly margin: string
}

/** One choice for each data set and interval of Q that has a configuration trained at every depth. */
export function choicesOf(trials: ReadonlyArray<GridTrial>): ReadonlyArray<Choice> {
  const { margin, marginText } = validationLossOf(trials)
  return distinct(trials.map((t) => t.dataset)).flatMap((dataset) =>
    intervals.flatMap((interval) => {
      const cell = inside(
        trials.filter((t) => t.dataset === dataset),
        interval
      )
      const depths = [...distinct(cell.map((t) => t.network.depth))].sort((a, b) => a - b)
      // Only what was trained at every depth compares them.
      const complete = [
        ...groupBy(cell.filter(isFinished), ({ network: { depth: _, ...rest }, seed }) =>
          JSON.stringify([rest, seed])
        ).values()
      ].filter((group) => group.length === depths.length)
      if (complete.length === 0 || depths.length < 2) return []
      const bySeed = [...groupBy(complete, ([t]) => String(t.seed)).values()]
      const losses = (depth: number, of: (metrics: Metrics) => number) =>
        bySeed.map((groups) => mean(groups.map((group) => of(group.find((t) => t.network.depth === depth)!.metrics))))
      const validation = (depth: number) => losses(depth, (m) => m.validation.loss)
      const best = depths.reduce((a, b) => (mean(validation(b)) < mean(validation(a)) ? b : a))
      const rows = depths.map((depth): DepthRow => {
        const differences = validation(depth).map((loss, i) => loss - validation(best)[i])
        const inference = infer(differences, margin)
        return {
          depth,
          train: mean(losses(depth, (m) => m.train.loss)),
          validation: mean(validation(depth)),
          seeds: bySeed.length,
          interval: inference.kind === "pairs" || depth === best ? undefined : inference.interval
        }
      })
      const bestRow = rows.find((row) => row.depth === best)!
      const serves = (row: DepthRow) =>
        row === bestRow ||
        (row.interval === undefined ? row.validation - bestRow.validation : row.interval.high) < margin
      return [{ dataset, q: interval.label, rows, best: bestRow, chosen: rows.find(serves)!, margin: marginText }]
    })
  )
}

export function choiceTable(choices: ReadonlyArray<Choice>): Table {
  return {
    name: "depths",
    title: "Which depth at which Q",
    note: `Only configurations and seeds that finished at every depth. Chosen is the shallowest depth whose validation loss is no worse than the best one's by more than the margin (${choices[0].margin}): by the upper end of the 95 % interval of the paired difference, below ${fewestSeeds} seeds by the means alone.`,
    columns: [
      { name: "dataset", title: "Data set" },
      { name: "q", title: "Q" },
      { name: "depth", title: "Depth" },
      { name: "training_loss", title: "train", group: "Loss", format: fiveDecimals },
      { name: "validation_loss", title: "val", group: "Loss", format: fiveDecimals },
      { name: "gap", title: "gap", group: "Loss", format: fiveDecimals },
      { name: "difference", title: "mean", group: "val − best", format: signed },
      { name: "low", title: "from", group: "val − best", format: signed },
      { name: "high", title: "to", group: "val − best", format: signed },
      { name: "seeds", title: "Seeds" },
      { name: "choice", title: "" }
    ],
    rows: choices.flatMap(({ dataset, q, rows, best, chosen }) =>
      rows.map((row) => [
        dataset,
        q,
        row.depth,
        row.train,
        row.validation,
        row.validation - row.train,
        row.validation - best.validation,
        row.interval?.low ?? null,
        row.interval?.high ?? null,
        row.seeds,
        row === chosen ? (row === best ? "best, chosen" : "chosen") : row === best ? "best" : ""
      ])
    )
  }
}

/** Which depth one would choose, in a sentence for each data set. */
export function choiceClaims(choices: ReadonlyArray<Choice>): ReadonlyArray<Claim> {
  return [...groupBy(choices, (choice) => choice.dataset)].map(([dataset, own]) => {
    const shallow = own.map(({ rows }) => rows.find((row) => row.depth === 1)!)
    const holds = own.every((choice) => choice.chosen.depth === 1)
      ? true
      : shallow.some((row) => row.interval !== undefined && row.interval.low > 0)
        ? false
        : undefined
    const seeds = Math.min(...own.map((choice) => choice.best.seeds))
    const parts = own.map(
      ({ q, chosen, best }) => `depth ${chosen.depth} at Q ∈ ${q}${chosen === best ? "" : ` (best: ${best.depth})`}`
    )
    return {
      question: `${dataset}: Does one block, all layers side by side, do as well as any depth?`,
      holds: seeds < fewestSeeds ? undefined : holds,
      sentence:
        seeds < fewestSeeds
          ? `By the means of ${count(seeds, "seed")} alone, the shallowest depth whose validation loss is within ${own[0].margin} of the best one's is ${list(parts)}; a test needs ${fewestSeeds} seeds.`
          : `The shallowest depth whose validation loss is surely no worse than the best one's by more than ${own[0].margin} is ${list(parts)}.`,
      figure: `by-depth-${dataset}`
    }
  })
}
