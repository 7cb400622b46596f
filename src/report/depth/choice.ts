/** Between deep and shallow: what each depth gives at each interval of Q, and which one would choose. */

import { evidenceOf } from "../../statistics/evidence.ts"
import { fewestSeeds, tInterval } from "../../statistics/statistics.ts"
import { ALPHA, isEnough } from "../../statistics/verdict.ts"
import { inside, meanLosses } from "../evidence/cells.ts"
import { validationLossOf } from "../evidence/comparisons.ts"
import { averagedOver, configurationOf } from "../evidence/grid.ts"
import { ascending, distinct, groupBy } from "../evidence/groups.ts"
import { intervals } from "../evidence/intervals.ts"
import { type Scope, scopeCells, scopeColumns } from "../evidence/scope.ts"
import { type Finished, isFinished, type Trial } from "../evidence/trial.ts"
import { type Claim, openClaim } from "../page/claims.ts"
import { count, fiveDecimals, list, signed } from "../page/format.ts"
import type { Table } from "../page/tables.ts"

interface DepthRow {
  readonly depth: number
  readonly train: number
  readonly validation: number
  readonly seeds: number
  /** Validation loss minus that of the best depth, paired by configuration and seed. */
  readonly difference: number
  /** Of the difference; undefined below six seeds, or where fewer than half of the pairs are there. */
  readonly interval: { readonly low: number; readonly high: number } | undefined
}

export interface Choice {
  readonly scope: Scope
  readonly q: string
  readonly over: string
  readonly rows: ReadonlyArray<DepthRow> // the shallowest first
  readonly best: DepthRow
  /** The shallowest that is no worse than the best by more than the margin. */
  readonly chosen: DepthRow
  /** That margin, and in words. */
  readonly margin: number
  readonly marginText: string
  /** Whether that is by intervals, not by means alone. */
  readonly told: boolean
}

/** One choice for each scope and interval of Q that has a configuration trained at every depth. */
export function choicesOf(trials: ReadonlyArray<Trial>): ReadonlyArray<Choice> {
  return [...groupBy(trials, (t) => t.scope.name).values()].flatMap((own) =>
    intervals.flatMap(({ label, ...interval }) => choiceIn(inside(own, { label, ...interval }), label) ?? [])
  )
}

function choiceIn(trials: ReadonlyArray<Trial>, q: string): Choice | undefined {
  const cell = trials.filter((t) => t.network.residual && t.network.layers > 1)
  const depths = [...distinct(cell.map((t) => t.network.depth))].sort(ascending)
  const groups = [...groupBy(cell, (t) => `${configurationOf(t)}/${t.seed}`).values()].filter(
    (group) => group.length === depths.length
  )
  // Only what was trained at every depth compares them.
  const complete = groups.map((group) => group.filter(isFinished)).filter((group) => group.length === depths.length)
  if (complete.length === 0 || depths.length < 2) return undefined
  const at = (depth: number) => complete.flatMap((group) => group.filter((t) => t.network.depth === depth))
  const whole = {
    configurations: new Set(groups.map(([t]) => configurationOf(t))).size,
    pairs: groups.length
  }
  const losses = depths.map((depth) => meanLosses(at(depth)) ?? { train: 0, validation: 0, seeds: 0 })
  const best = losses.reduce((b, loss, i) => (loss.validation < losses[b].validation ? i : b), 0)
  const rows = depths.map((depth, i): DepthRow => {
    const { train, validation, seeds } = losses[i]
    const row = { depth, train, validation, seeds, difference: validation - losses[best].validation }
    return {
      ...row,
      interval: i === best ? undefined : intervalOf(at(depth), at(depths[best]), whole, depths.length - 1)
    }
  })
  const { margin, marginText } = validationLossOf(cell)
  const told = rows.every((row, i) => i === best || row.interval !== undefined)
  const serves = (row: DepthRow) =>
    row === rows[best] || (row.interval === undefined ? row.difference : row.interval.high) < margin
  const chosen = rows.find(serves) ?? rows[best]
  return {
    scope: cell[0].scope,
    q,
    over: averagedOver(complete.flat()),
    rows,
    best: rows[best],
    chosen,
    margin,
    marginText,
    told
  }
}

/** Of the differences of two depths, wide enough for so many of them at once (Bonferroni). */
function intervalOf(
  one: ReadonlyArray<Finished>,
  other: ReadonlyArray<Finished>,
  whole: { readonly configurations: number; readonly pairs: number },
  comparisons: number
) {
  const key = (t: Finished) => `${configurationOf(t)}/${t.seed}`
  const losses = new Map(other.map((t) => [key(t), t.metrics.validation.loss]))
  const values = one.map((t) => ({
    configuration: configurationOf(t),
    seed: t.seed,
    value: t.metrics.validation.loss - (losses.get(key(t)) ?? Number.NaN)
  }))
  const { estimate, differences, pairs } = evidenceOf(values, whole)
  if (estimate === undefined || differences.length < fewestSeeds || !isEnough(pairs)) return undefined
  return tInterval(estimate, 1 - ALPHA / comparisons)
}

export function choiceTable(choices: ReadonlyArray<Choice>): Table {
  return {
    name: "depths",
    title: `Which depth at which Q${distinct(choices.map((c) => c.over)).join("")}`,
    note: `Only configurations and seeds that finished at every depth. Chosen is the shallowest depth whose validation loss is no worse than the best one's by more than the margin (${choices[0].marginText}): by the upper end of the interval of the paired difference (Student's, 95 % for all depths of a row's Q together), by the means alone below ${fewestSeeds} seeds or where fewer than half of the pairs are there.`,
    columns: [
      { name: "choice", title: "Verdict" },
      ...scopeColumns(choices.map((c) => c.scope)),
      { name: "q", title: "Q" },
      { name: "depth", title: "Depth" },
      { name: "training_loss", title: "train", group: "Loss", format: fiveDecimals },
      { name: "validation_loss", title: "val", group: "Loss", format: fiveDecimals },
      { name: "gap", title: "gap", group: "Loss", format: fiveDecimals },
      { name: "difference", title: "mean", group: "val − best", format: signed },
      { name: "low", title: "from", group: "val − best", format: signed },
      { name: "high", title: "to", group: "val − best", format: signed },
      { name: "seeds", title: "Seeds" }
    ],
    rows: choices.flatMap(({ scope, q, rows, best, chosen, told }) => {
      const choice = told ? "chosen" : "chosen by means"
      return rows.map((row) => [
        row === chosen ? (row === best ? `best, ${choice}` : choice) : row === best ? "best" : "",
        ...scopeCells(scope),
        q,
        row.depth,
        row.train,
        row.validation,
        row.validation - row.train,
        row.difference,
        row.interval?.low ?? null,
        row.interval?.high ?? null,
        row.seeds
      ])
    })
  }
}

export const depthsExplained =
  "A network of N layers in d blocks runs N/d layers side by side in each block: depth N is the sequential network, depth 1 the parallel one. All depths have the same parameters and start from the same values."

/** Which depth one would choose, in a sentence for each scope. */
export function choiceClaims(choices: ReadonlyArray<Choice>): ReadonlyArray<Claim> {
  return [...groupBy(choices, (choice) => choice.scope.name)].map(([name, own]) => {
    const question = `${name}: Does one block, all layers side by side, do as well as any depth?`
    const figure = `by-depth-${own[0].scope.slug}`
    const parts = own.map(
      ({ q, chosen, best }) => `depth ${chosen.depth} at Q ∈ ${q}${chosen === best ? "" : ` (best: ${best.depth})`}`
    )
    const untold = own.filter(({ told }) => !told)
    if (untold.length > 0) {
      const seeds = Math.min(...untold.map((choice) => choice.best.seeds))
      const why =
        seeds < fewestSeeds
          ? `a test needs ${fewestSeeds} seeds, and there ${seeds === 1 ? "is" : "are"} ${seeds}`
          : "fewer than half of the pairs are there"
      const detail = `by the means of ${count(seeds, "seed")} alone, the shallowest depth whose validation loss is within ${own[0].marginText} of the best one's is ${list(parts)}`
      return openClaim(question, why, detail, figure)
    }
    const shallow = own.flatMap(({ rows }) => rows.filter((row) => row.depth === 1))
    const holds = own.every((choice) => choice.chosen.depth === 1)
      ? true
      : shallow.some((row) => row.interval !== undefined && row.interval.low > own[0].margin)
        ? false
        : undefined
    const sentence = `The shallowest depth whose validation loss is surely no worse than the best one's by more than ${own[0].marginText} is ${list(parts)}${holds === undefined ? "; whether one block is worse by more than that cannot be told where another depth is" : ""}.`
    return { question, holds, sentence, figure }
  })
}
