/**
 * The paper's claims as sentences that the data decide: it holds, it does not hold, it cannot be told yet; then with
 * the trials that would decide it and their price. A part of the grid decides nothing about the whole of it: where
 * fewer than half of the pairs are there, a claim stays open.
 */

import { fewestSeeds, infer, mean } from "../../statistics/statistics.ts"
import { comparisonsOf, validationLossOf, whyOpen } from "../evidence/comparisons.ts"
import { distinct, seriesIn } from "../evidence/grid.ts"
import { type GridTrial, inside, meanLosses, ratio } from "../evidence/grid-trial.ts"
import { intervals, paperDataset, paperLosses } from "../evidence/intervals.ts"
import { lossWords } from "../evidence/loss.ts"
import { pairableOf, pairsOf, sampleOf } from "../evidence/pairs.ts"
import { missingOf, statusOf } from "../evidence/trial.ts"
import { count, integer, list, signed, significant } from "../page/format.ts"
import type { Claim } from "../page/page.ts"
import { price } from "./prices.ts"

/** Trials that can form pairs: a network of one layer is the same in both architectures. */
const pairable = (trials: ReadonlyArray<GridTrial>) =>
  trials.filter(({ network: { layers, depth } }) => layers > 1 && (depth === 1 || depth === layers))

interface Standing {
  readonly pairs: number
  readonly possible: number
  readonly enough: boolean
}

function standingOf(trials: ReadonlyArray<GridTrial>): Standing {
  const pairs = pairsOf(trials).length
  const possible = pairable(trials).length / 2
  return { pairs, possible, enough: possible > 0 && pairs * 2 >= possible }
}

const openSentence = (trials: ReadonlyArray<GridTrial>, { pairs, possible }: Standing, where: string): string => {
  const missing = missingOf(trials)
  const there = `${integer(pairs)} of ${count(possible, "pair")} are there`
  if (missing.length === 0) return `It cannot be told by this grid: ${there}.`
  const cost = `${price(missing)} (\`--where '${where}'\`)`
  const seeds = distinct(trials.map((t) => t.seed)).length
  return seeds < fewestSeeds
    ? `It cannot be told yet: ${there}. What is missing: ${cost}; a test needs ${fewestSeeds} seeds, and this grid has ${seeds}.`
    : `It cannot be told yet: ${there}. What is missing would decide it: ${cost}.`
}

type Quantity = "training loss" | "validation loss" | "gap"

const scores: Readonly<Record<Quantity, (m: { train: { loss: number }; validation: { loss: number } }) => number>> = {
  "training loss": (m) => m.train.loss,
  "validation loss": (m) => m.validation.loss,
  gap: (m) => m.validation.loss - m.train.loss
}

/** Which architecture is lower in a cell: by the interval of the paired difference; undefined where that holds zero. */
function lowerIn(cell: ReadonlyArray<GridTrial>, quantity: Quantity): "sequential" | "parallel" | undefined {
  if (!standingOf(cell).enough) return undefined
  const { differences, configurations } = sampleOf(pairsOf(cell), scores[quantity])
  const part = { configurations, of: pairableOf(cell).length }
  const inference = infer(
    differences.map((d) => d.difference),
    0,
    part
  )
  if (inference.kind === "pairs") return undefined
  if (inference.interval.high < 0) return "parallel"
  return inference.interval.low > 0 ? "sequential" : undefined
}

/** The paper's signs: in how many of the cells of Table 2 one architecture is lower. */
function cellsClaim(
  trials: ReadonlyArray<GridTrial>,
  quantity: Quantity,
  expected: "sequential" | "parallel"
): Claim | undefined {
  const cells = distinct(trials.map((t) => t.dataset)).flatMap((dataset) =>
    intervals.map((interval, i) => {
      const cell = inside(
        pairable(trials).filter((t) => t.dataset === dataset),
        interval
      )
      const name = paperDataset(dataset)
      const published = (architecture: "sequential" | "parallel") => {
        const losses = paperLosses[name!][architecture]
        return scores[quantity]({ train: { loss: losses.train[i] }, validation: { loss: losses.validation[i] } })
      }
      const paper =
        name === undefined ? undefined : published("parallel") < published("sequential") ? "parallel" : "sequential"
      return { dataset, interval, cell, paper, lower: lowerIn(cell, quantity) }
    })
  )
  if (cells.every(({ paper }) => paper === undefined)) return undefined
  const own = cells.filter(({ lower }) => lower === expected).length
  const other = cells.filter(({ lower }) => lower !== undefined && lower !== expected)
  const open = cells.filter(({ lower }) => lower === undefined)
  const paper = cells.filter((cell) => cell.paper === expected).length
  const half = cells.length / 2
  const empty = cells.filter(({ cell }) => cell.length === 0).length
  const holds = own > half ? true : other.length >= half ? false : undefined
  const needed = missingOf(open.flatMap(({ cell }) => cell))
  const rest =
    open.length === 0
      ? ""
      : ` ${count(open.length, "cell")}${empty > 0 ? `, ${empty} of them without a network in this grid,` : ""} cannot be told${needed.length === 0 ? "" : ` yet; what is missing in them: ${price(needed)}`}.`
  return {
    question: `Is the ${quantity} lower for ${expected} networks in most cells of Table 2 (in the paper in ${paper} of ${cells.length})?`,
    holds,
    sentence: `It is in ${own}, and higher in ${other.length}, of ${cells.length} cells, by the 95 % interval of the paired difference in each.${rest}`,
    figure: `by-q-${cells[0].dataset}`
  }
}

/** About equal: TOST on the paired differences of one part of the grid. */
function equalClaim(
  trials: ReadonlyArray<GridTrial>,
  question: string,
  where: string,
  figure: string
): Claim | undefined {
  const own = pairable(trials)
  if (own.length === 0) return undefined
  const standing = standingOf(own)
  const measure = validationLossOf(own)
  const comparison = comparisonsOf(own).find((c) => c.interval.label === "all" && c.measure.name === measure.name)
  const open = { question, holds: undefined, figure }
  if (!standing.enough || comparison === undefined) return { ...open, sentence: openSentence(own, standing, where) }
  const { differences, configurations, inference, verdict, mean: centre } = comparison
  const part =
    configurations.there < configurations.of
      ? `, ${configurations.there} of ${count(configurations.of, "configuration")}`
      : ""
  if (inference.kind === "pairs") {
    const missing = missingOf(own)
    const by = list(differences.map((d) => measure.show(d.difference)))
    const why = whyOpen(comparison)
    const rest =
      missing.length === 0 ? "This grid has no more." : `Missing: ${price(missing)} (\`--where '${where}'\`).`
    return {
      ...open,
      sentence: `${why[0].toUpperCase()}${why.slice(1)}: parallel − sequential by seed ${by}${part}. ${rest}`
    }
  }
  const { low, high } = inference.interval
  const evidence = `parallel − sequential ${signed(centre)}${lossWords(own).unit}, 95 % interval ${signed(low)} … ${signed(high)}, ${count(differences.length, "seed")}${part}${part === "" ? "" : ", widened for those that are missing"}`
  const sentences = {
    equal: `They are, within ${measure.marginText}: ${evidence}.`,
    parallel: `They are not: parallel networks validate better, ${evidence}.`,
    sequential: `They are not: sequential networks validate better, ${evidence}.`,
    open: `The interval holds both no difference and more than ${measure.marginText}: ${evidence}.`
  }
  return { question, holds: verdict === "open" ? undefined : verdict === "equal", sentence: sentences[verdict], figure }
}

/** The share of noise that is fitted falls like 1/Q, so the gap should shrink. */
function gapClaim(trials: ReadonlyArray<GridTrial>, dataset: string): Claim | undefined {
  const cells = intervals.map((interval) => inside(trials, interval)).filter((cell) => cell.length > 0)
  if (cells.length < 2) return undefined
  const [low, high] = [cells[0], cells[cells.length - 1]]
  const part = (cell: ReadonlyArray<GridTrial>) => cell.filter((t) => statusOf(t) === "finished").length / cell.length
  const question = `${dataset}: Does the gap shrink as Q grows?`
  const figure = `by-q-${dataset}`
  if (Math.min(part(low), part(high)) < 0.5) {
    const missing = missingOf([...low, ...high])
    const sentence = `It cannot be told yet: fewer than half of the trials with the smallest or the largest Q are there. Missing: ${price(missing)}.`
    return { question, holds: undefined, sentence, figure }
  }
  const [from, to] = [meanLosses(low)!.gap, meanLosses(high)!.gap]
  const range = (cell: ReadonlyArray<GridTrial>) => significant(mean(cell.map(ratio)))
  const sentence = `The mean gap goes from ${significant(from)} at Q around ${range(low)} to ${significant(to)} at Q around ${range(high)} (by the means alone).`
  return { question, holds: to < from, sentence, figure }
}

/** All claims, over the whole first, then data set by data set. `series`: kernel and activation of the two series. */
export function paperClaims(
  trials: ReadonlyArray<GridTrial>,
  series: { readonly kernel: number; readonly activation: string; readonly layers: number }
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
          cellsClaim(trials, "training loss", "sequential"),
          cellsClaim(trials, "validation loss", "parallel"),
          cellsClaim(trials, "gap", "parallel")
        ]
      : []),
    ...distinct(trials.map((t) => t.dataset)).flatMap((dataset) => {
      const own = trials.filter((t) => t.dataset === dataset)
      const where = `dataset=${dataset} && examples=${own[0].examples}` // not the subsets
      const narrow = own.filter((t) => inSeries(t) && t.network.filters === fewest)
      const wide = own.filter((t) => inSeries(t) && t.network.layers === series.layers)
      const whole = equalClaim(
        own,
        `${dataset}: Are the two ends, sequential and parallel, about equal over the whole grid?`,
        where,
        `by-q-${dataset}`
      )
      if (!paper) return [whole, gapClaim(own, dataset)]
      return [
        equalClaim(
          narrow,
          `${dataset}: Are the validation losses about equal with ${count(fewest, "filter")}, over all numbers of layers?`,
          `${where} && filters=${fewest} && ${condition}`,
          `loss-by-layers-${dataset}`
        ),
        equalClaim(
          wide,
          `${dataset}: Are they about equal at ${series.layers} layers, over all numbers of filters?`,
          `${where} && layers=${series.layers} && ${condition}`,
          `loss-by-filters-${dataset}`
        ),
        whole,
        gapClaim(own, dataset)
      ]
    })
  ]
  return claims.filter((claim) => claim !== undefined)
}
