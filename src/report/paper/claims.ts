/**
 * The paper's claims as sentences that the data decide: it holds, it does not hold, it cannot be told yet; then with
 * the trials that would be needed and their price. A part of the grid decides nothing about the whole of it: where
 * fewer than half of the pairs are there, a claim stays open.
 */

import { evidenceOf } from "../../statistics/evidence.ts"
import { type Estimate, fewestSeeds, mean, tInterval } from "../../statistics/statistics.ts"
import { inside } from "../evidence/cells.ts"
import { type Architecture, comparisonsOf, type Quantity, type Sign, signsOf } from "../evidence/comparisons.ts"
import { configurationOf, seriesIn } from "../evidence/grid.ts"
import { distinct, groupBy } from "../evidence/groups.ts"
import { intervals } from "../evidence/intervals.ts"
import { couplesOf, pairsOf } from "../evidence/pairs.ts"
import { price } from "../evidence/prices.ts"
import { isFinished, missingOf, ratioOf } from "../evidence/trial.ts"
import { commandFor, equalityOf, evidenceText, whyOpen } from "../evidence/verdicts.ts"
import { type Claim, openClaim } from "../page/claims.ts"
import { count, integer, signed, significant } from "../page/format.ts"
import type { GridTrial } from "./trial.ts"

/** Trials that can form pairs: a network of one layer is the same in both architectures. */
const pairable = (trials: ReadonlyArray<GridTrial>) =>
  trials.filter(({ network: { layers, depth } }) => layers > 1 && (depth === 1 || depth === layers))

/** What a part of the grid is called on the command line. */
interface Part {
  readonly trials: ReadonlyArray<GridTrial>
  readonly where: string
}

/** The command that runs what is missing of a part. */
const runs = ({ where }: Part, study: string | undefined) =>
  study === undefined ? `\`--where '${where}'\`` : `\`npx pipeline run ${study} --where '${where}'\``

/** What there is of the pairs, and what is missing: with it a claim could be decided, which is not to say that it would. */
function standing(part: Part, study: string | undefined): string {
  const missing = missingOf(part.trials)
  const there = `${integer(pairsOf(part.trials).length)} of ${count(couplesOf(part.trials).length, "pair")} are there`
  if (missing.length === 0) return `${there}, and this grid has no more`
  const seeds = distinct(part.trials.map((t) => t.seed)).length
  const few = seeds < fewestSeeds ? `; a test needs ${fewestSeeds} seeds, and this grid has ${seeds}` : ""
  return `${there}; what is missing: ${price(missing)} (${runs(part, study)})${few}`
}

/** The paper's signs: in how many of the cells of Table 2 one architecture is surely lower. */
function cellsClaim(
  trials: ReadonlyArray<GridTrial>,
  signs: ReadonlyArray<Sign>,
  quantity: Quantity,
  expected: Architecture
): Claim | undefined {
  const cells = signs.filter((sign) => sign.quantity === quantity && sign.paper !== undefined)
  if (cells.length === 0) return undefined
  const own = cells.filter(({ lower }) => lower === expected).length
  const open = cells.filter(({ lower }) => lower === undefined)
  const other = cells.length - own - open.length
  const paper = cells.filter((cell) => (cell.paper ?? 0) < 0 === (expected === "parallel")).length
  const holds = own * 2 > cells.length ? true : other * 2 >= cells.length ? false : undefined
  const within = open.map(({ scope, interval }) =>
    inside(pairable(trials.filter((t) => t.scope.name === scope.name)), interval)
  )
  const empty = within.filter((cell) => cell.length === 0).length
  const needed = missingOf(within.flat())
  const rest =
    open.length === 0
      ? ""
      : ` ${count(open.length, "cell")}${empty > 0 ? `, ${empty} of them without a network in this grid,` : ""} cannot be told${needed.length === 0 ? "" : ` yet; what is missing in them: ${price(needed)}`}.`
  const question = `Is the ${quantity} lower for ${expected} networks in most cells of Table 2 (in the paper in ${paper} of ${cells.length})?`
  const figure = `by-q-${cells[0].scope.slug}`
  if (open.length === cells.length) {
    const missing = needed.length === 0 ? "" : `; what is missing in them: ${price(needed)}`
    return openClaim(question, `none of the ${cells.length} cells can be told${missing}`, "", figure)
  }
  return {
    question,
    holds,
    sentence: `It surely is in ${own}, and higher in ${other}, of ${cells.length} cells: by the 95 % interval of the paired difference in each, and by its ranks after correction for the number of cells.${rest}`,
    figure
  }
}

/** About equal: the verdict on the paired differences of one part of the grid. */
function equalClaim(part: Part, question: string, figure: string, study: string | undefined): Claim | undefined {
  const trials = pairable(part.trials)
  if (trials.length === 0) return undefined
  const own = { ...part, trials }
  const comparison = comparisonsOf(trials).find(
    (c) => c.interval.label === "all" && c.measure.name === "validation loss"
  )
  if (comparison === undefined) return openClaim(question, "no pair has finished", standing(own, study), figure)
  const { judgement, measure } = comparison
  const { verdict } = judgement
  const numbers = evidenceText(comparison)
  const said = equalityOf(comparison)
  if (said === undefined) {
    const why = whyOpen(comparison, judgement, measure)
    const short = verdict.kind === "open" && verdict.why.reason === "coverage"
    if (short)
      return openClaim(
        question,
        "fewer than half of the pairs are there, and say nothing about the others",
        standing(own, study),
        figure
      )
    const command = commandFor(judgement, trials, study)
    const more = command === undefined ? "" : `; \`${command}\` gets more seeds`
    const missing = missingOf(trials).length === 0 ? "" : `; ${standing(own, study)}`
    return openClaim(question, why ?? "", `${numbers}${missing}${more}`, figure)
  }
  return { question, ...said, ...(said.holds === undefined && { partly: true as const }), figure }
}

/** The gap of each finished trial. */
const gapsOf = (trials: ReadonlyArray<GridTrial>) =>
  trials.filter(isFinished).map((t) => ({
    configuration: `${configurationOf(t)}/${t.network.depth}`,
    seed: t.seed,
    value: t.metrics.validation.loss - t.metrics.train.loss
  }))

/** A difference of two means whose seeds are the same, their errors taken as if they were not: it is wider than it need be. */
function apart(high: Estimate, low: Estimate): Estimate {
  const [a, b] = [high.error * high.error, low.error * low.error]
  const spread = (a * a) / high.freedom + (b * b) / low.freedom
  return {
    centre: high.centre - low.centre,
    error: Math.sqrt(a + b),
    freedom: spread === 0 ? Math.min(high.freedom, low.freedom) : ((a + b) * (a + b)) / spread
  }
}

/** The share of noise that is fitted falls like 1/Q, so the gap should shrink. */
function gapClaim(trials: ReadonlyArray<GridTrial>, prefix: string, figure: string): Claim | undefined {
  const cells = intervals.map((interval) => inside(trials, interval)).filter((cell) => cell.length > 0)
  if (cells.length < 2) return undefined
  const question = `${prefix}Does the gap shrink as Q grows?`
  const [low, high] = [cells[0], cells[cells.length - 1]].map((cell) => {
    const values = gapsOf(cell)
    const all = [...groupBy(cell, (t) => `${configurationOf(t)}/${t.network.depth}`)]
    const { mean, differences } = evidenceOf(values, { configurations: all.length, pairs: cell.length })
    return { cell, there: values.length, mean, seeds: differences.length }
  })
  if ([low, high].some(({ cell, there }) => there * 2 < cell.length)) {
    const missing = missingOf([...low.cell, ...high.cell])
    const detail = missing.length === 0 ? "" : `missing: ${price(missing)}`
    return openClaim(
      question,
      "fewer than half of the trials with the smallest or the largest Q are there",
      detail,
      figure
    )
  }
  const around = ({ cell }: { cell: ReadonlyArray<GridTrial> }) => significant(mean(cell.map(ratioOf)))
  const numbers = `from ${significant(low.mean.centre)} at Q around ${around(low)} to ${significant(high.mean.centre)} at Q around ${around(high)}`
  const seeds = Math.min(low.seeds, high.seeds)
  if (seeds < fewestSeeds || low.mean.estimate === undefined || high.mean.estimate === undefined)
    return openClaim(
      question,
      `a test needs ${fewestSeeds} seeds`,
      `the mean gap goes ${numbers}, ${count(seeds, "seed")}`,
      figure
    )
  const interval = tInterval(apart(high.mean.estimate, low.mean.estimate), 0.95)
  const told = `95 % interval of the change ${signed(interval.low)} … ${signed(interval.high)}`
  const holds = interval.high < 0 ? true : interval.low > 0 ? false : undefined
  const sentence = `The mean gap goes ${numbers} (${told}${holds === undefined ? ", which holds no change" : ""}).`
  return { question, holds, sentence, figure }
}

/** All claims, over the whole first, then scope by scope. `series`: kernel and activation of the two series. */
export function paperClaims(
  trials: ReadonlyArray<GridTrial>,
  series: { readonly kernel: number; readonly activation: string; readonly layers: number },
  study?: string,
  signs: ReadonlyArray<Sign> = signsOf(trials)
): ReadonlyArray<Claim> {
  if (!seriesIn(trials).includes("parallel")) return []
  const fewest = Math.min(...trials.map((t) => t.network.filters))
  const inSeries = (t: GridTrial) => t.network.kernel === series.kernel && t.network.activation === series.activation
  const condition = `kernel=${series.kernel} && activation=${series.activation}`
  // Depths between the two ends are another question than the paper's, which has sections of its own.
  const paper = seriesIn(trials).length === 2
  const claims = [
    ...(paper
      ? [
          cellsClaim(trials, signs, "training loss", "sequential"),
          cellsClaim(trials, signs, "validation loss", "parallel"),
          cellsClaim(trials, signs, "gap", "parallel")
        ]
      : []),
    ...[...groupBy(trials, (t) => t.scope.name)].flatMap(([name, own]) => {
      const where = whereOf(own)
      const { slug } = own[0].scope
      const narrow = own.filter((t) => inSeries(t) && t.network.filters === fewest)
      const wide = own.filter((t) => inSeries(t) && t.network.layers === series.layers)
      const whole = equalClaim(
        { trials: own, where },
        `${name}: Are the two ends, sequential and parallel, about equal over the whole grid?`,
        `by-q-${slug}`,
        study
      )
      const gap = gapClaim(own, `${name}: `, `by-q-${slug}`)
      if (!paper) return [whole, gap]
      return [
        equalClaim(
          { trials: narrow, where: `${where} && filters=${fewest} && ${condition}` },
          `${name}: Are the validation losses about equal with ${count(fewest, "filter")}, over all numbers of layers?`,
          `loss-by-layers-${slug}`,
          study
        ),
        equalClaim(
          { trials: wide, where: `${where} && layers=${series.layers} && ${condition}` },
          `${name}: Are they about equal at ${count(series.layers, "layer")}, over all numbers of filters?`,
          `loss-by-filters-${slug}`,
          study
        ),
        whole,
        gap
      ]
    })
  ]
  return claims.filter((claim) => claim !== undefined)
}

/** The trials of a scope as a condition; the number of images tells them from the subsets. */
const whereOf = ([{ scope, examples }]: ReadonlyArray<GridTrial>): string =>
  [
    `dataset=${scope.dataset}`,
    `examples=${examples}`,
    ...scope.cells
      .filter(([axis, value]) => axis !== "examples" && value !== null && !String(value).includes(","))
      .map(([axis, value]) => `${axis}=${value}`)
  ].join(" && ")
