/** Between deep and shallow: what each depth gives at each interval of Q, and which one would choose. */

import { evidenceOf } from "../../statistics/evidence.ts"
import { fewestSeeds, tInterval } from "../../statistics/statistics.ts"
import { ALPHA, isEnough } from "../../statistics/verdict.ts"
import { inside, meanLosses } from "../evidence/cells.ts"
import { validationLossOf } from "../evidence/comparisons.ts"
import { averagedOver, configurationOf } from "../evidence/grid.ts"
import { ascending, distinct, groupBy } from "../evidence/groups.ts"
import { intervals } from "../evidence/intervals.ts"
import { namesBeside, type Scope, scopeCells, scopeColumns } from "../evidence/scope.ts"
import { type Finished, hasLearned, isFinished, type Trial } from "../evidence/trial.ts"
import { unlearnedText } from "../evidence/verdicts.ts"
import { type Claim, openClaim } from "../page/claims.ts"
import { capital, count, fiveDecimals, list, signed } from "../page/format.ts"
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
  /**
   * The shallowest that is surely no worse than any other depth by more than the margin; by means alone where there are
   * no intervals. Undefined where that can be said of none.
   */
  readonly chosen: DepthRow | undefined
  /** Whether one block is surely worse than some depth by more than the margin. */
  readonly blockWorse: boolean
  /** That margin, and in words. */
  readonly margin: number
  readonly marginText: string
  /** Whether that is by intervals, not by means alone. */
  readonly told: boolean
  /** Networks that are compared, and those among them that have not learned. */
  readonly networks: number
  readonly unlearned: number
}

/** What was trained at every depth, in one interval of Q. */
interface Cell {
  readonly q: string
  readonly depths: ReadonlyArray<number>
  /** By configuration and seed, finished at every depth. */
  readonly groups: ReadonlyArray<ReadonlyArray<Finished>>
  readonly whole: { readonly configurations: number; readonly pairs: number }
}

/** One choice for each scope and interval of Q that has a configuration trained at every depth. */
export function choicesOf(trials: ReadonlyArray<Trial>): ReadonlyArray<Choice> {
  return [...groupBy(trials, (t) => t.scope.name).values()].flatMap((own) => {
    const cells = intervals.flatMap((interval) => cellOf(inside(own, interval), interval.label) ?? [])
    // One statement is made of all of a scope's cells.
    const comparisons = cells.reduce((sum, { depths }) => sum + depths.length - 1, 0)
    return cells.map((cell) => choiceIn(cell, comparisons))
  })
}

function cellOf(trials: ReadonlyArray<Trial>, q: string): Cell | undefined {
  const cell = trials.filter((t) => t.network.residual && t.network.layers > 1)
  const depths = [...distinct(cell.map((t) => t.network.depth))].sort(ascending)
  const all = [...groupBy(cell, (t) => `${configurationOf(t)}/${t.seed}`).values()].filter(
    (group) => group.length === depths.length
  )
  // Only what was trained at every depth compares them.
  const groups = all.map((group) => group.filter(isFinished)).filter((group) => group.length === depths.length)
  if (groups.length === 0 || depths.length < 2) return undefined
  const whole = { configurations: new Set(all.map(([t]) => configurationOf(t))).size, pairs: all.length }
  return { q, depths, groups, whole }
}

function choiceIn({ q, depths, groups, whole }: Cell, comparisons: number): Choice {
  const networks = groups.flat()
  const at = depths.map((depth) => networks.filter((t) => t.network.depth === depth))
  const losses = at.map((own) => meanLosses(own) ?? { train: 0, validation: 0, seeds: 0 })
  const best = losses.reduce((b, loss, i) => (loss.validation < losses[b].validation ? i : b), 0)
  const { margin, marginText } = validationLossOf(networks)
  const between = (one: number, other: number) => intervalOf(at[one], at[other], whole, comparisons)
  const rows = depths.map((depth, i): DepthRow => {
    const difference = losses[i].validation - losses[best].validation
    return { depth, ...losses[i], difference, interval: i === best ? undefined : between(i, best) }
  })
  const told = rows.every((row, i) => i === best || row.interval !== undefined)
  const others = (i: number) => depths.map((_, other) => other).filter((other) => other !== i)
  // The best by its mean may be so by chance: it too has to be compared with all others.
  const serves = (row: DepthRow, i: number) =>
    told ? others(i).every((other) => (between(i, other)?.high ?? margin) < margin) : row.difference < margin
  return {
    scope: networks[0].scope,
    q,
    over: averagedOver(networks),
    rows,
    best: rows[best],
    chosen: rows.find(serves),
    blockWorse: told && depths[0] === 1 && others(0).some((other) => (between(0, other)?.low ?? 0) > margin),
    margin,
    marginText,
    told,
    networks: networks.length,
    unlearned: networks.filter((t) => !hasLearned(t)).length
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
    note: `Only configurations and seeds that finished at every depth. Best is the depth with the lowest mean. Chosen is the shallowest depth whose validation loss is surely no worse than that of any other by more than the margin (${choices[0].marginText}): by the upper ends of the intervals of its paired differences from them (Student's, 95 % for all depths and intervals of Q together); by the means alone below ${fewestSeeds} seeds or where fewer than half of the pairs are there.`,
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
export function choiceClaims(
  choices: ReadonlyArray<Choice>,
  nameOf: (scope: Scope) => string | undefined = namesBeside(choices.map(({ scope }) => scope))
): ReadonlyArray<Claim> {
  return [...groupBy(choices, (choice) => choice.scope.name).values()].map((own): Claim => {
    const where = nameOf(own[0].scope)
    return { ...choiceClaim(own), ...(where !== undefined && { where }) }
  })
}

function choiceClaim(own: ReadonlyArray<Choice>): Claim {
  const question = "Does one block, all layers side by side, do as well as any depth?"
  const [{ scope, marginText }] = own
  const figure = `by-depth-${scope.slug}`
  const [networks, unlearned] = (["networks", "unlearned"] as const).map((key) =>
    own.reduce((sum, choice) => sum + choice[key], 0)
  )
  if (unlearned * 2 >= networks) return openClaim(question, unlearnedText(unlearned, networks), "", figure)
  const untold = own.filter(({ told }) => !told)
  if (untold.length > 0) {
    const seeds = Math.min(...untold.map((choice) => choice.best.seeds))
    const why =
      seeds < fewestSeeds
        ? `a test needs ${fewestSeeds} seeds, and there ${seeds === 1 ? "is" : "are"} ${seeds}`
        : "fewer than half of the pairs are there"
    const parts = own.map(({ q, chosen, best }) => `depth ${(chosen ?? best).depth} at Q ∈ ${q}`)
    const detail = `by the means of ${count(seeds, "seed")} alone, the shallowest depth whose validation loss is within ${marginText} of the best one's is ${list(parts)}`
    return openClaim(question, why, detail, figure)
  }
  const worse = own.filter(({ blockWorse }) => blockWorse)
  const holds = worse.length > 0 ? false : own.every(({ chosen }) => chosen?.depth === 1) ? true : undefined
  const least = ({ q, best }: Choice) => `depth ${best.depth} at Q ∈ ${q}`
  const sure = `surely no worse than that of any other by more than ${marginText}`
  const chosen = own.flatMap((choice) => (choice.chosen === undefined ? [] : [{ ...choice, chosen: choice.chosen }]))
  const none = own.filter((choice) => choice.chosen === undefined)
  const parts = [
    ...(chosen.length === 0
      ? []
      : [
          `the shallowest depth whose validation loss is ${sure} is ${list(chosen.map(({ q, chosen }) => `depth ${chosen.depth} at Q ∈ ${q}`))}`
        ]),
    ...(none.length === 0
      ? []
      : [
          `${chosen.length === 0 ? `no depth's validation loss is ${sure}` : "elsewhere there is none"}: the lowest mean is that of ${list(none.map(least))}`
        ]),
    ...(worse.length === 0
      ? []
      : [`at Q ∈ ${list(worse.map(({ q }) => q))} one block surely is worse than another depth by more than that`])
  ]
  return { question, holds, sentence: `${capital(parts.join("; "))}.`, figure }
}
