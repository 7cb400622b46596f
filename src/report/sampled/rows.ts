/**
 * What a drawn part of a grid says of the whole: parallel less sequential, over all configurations that could have been
 * drawn, with the weights of the draw.
 */
import { exp, log } from "../../network/math.ts"
import { type Drawn, type SampledMean, sampledMean } from "../../statistics/sampled.ts"
import { type Judgement, judge } from "../../statistics/verdict.ts"
import { type Architecture, type Measure, measuresOf } from "../evidence/comparisons.ts"
import { seriesOf } from "../evidence/grid.ts"
import { distinct, groupBy } from "../evidence/groups.ts"
import { allQ, contains, intervals, type QInterval } from "../evidence/intervals.ts"
import { type Couple, couplesOf, isPair } from "../evidence/pairs.ts"
import type { Priced } from "../evidence/prices.ts"
import { type Finished, hasLearned, isFinished, type Trial } from "../evidence/trial.ts"
import { signed } from "../page/format.ts"

/** A configuration that could be drawn, whether it was or not. */
export interface Unit {
  readonly name: string
  readonly dataset: string
  readonly ratio: number // Q
  readonly probability: number
  readonly drawn: boolean
}

/** A trial of a drawn configuration. */
export interface SampledTrial extends Priced {
  readonly unit: Unit
}

/** With fewer drawn configurations an interval does not cover what it says (by simulation). */
export const FEWEST_DRAWN = 10

/** Part of the grid: a data set, or all of them, and an interval of Q. */
export interface Part {
  readonly dataset: string // "all data sets" of several
  readonly interval: QInterval
}

/** Why a comparison is not tested at all. */
export type Lacking =
  /** Pairs have not run: what is there was not drawn by the declared probabilities. */
  | { readonly reason: "not all have run"; readonly missing: number }
  | { readonly reason: "too few are drawn"; readonly there: number }
  | { readonly reason: "not learned"; readonly networks: number; readonly of: number }
  | { readonly reason: "too few seeds" }

export interface SampledComparison extends Part {
  readonly measure: Measure
  readonly sampled: SampledMean
  readonly outcome: Judgement | Lacking
  /** Drawn configurations of which a pair has finished, all that are drawn, and all that there are. */
  readonly configurations: { readonly there: number; readonly drawn: number; readonly of: number }
  readonly seeds: number
  readonly diverged: number // pairs
  /** Of the pairs that are in the mean. */
  readonly networks: ReadonlyArray<Finished>
  readonly unlearned: ReadonlyArray<Finished>
  /** Drawn pairs that have not run. */
  readonly missing: number
}

export const ALL = "all data sets"

/** Parts that are spoken of: each data set by itself, then all of several together; all Q, then each interval of it. */
export function partsOf(units: ReadonlyArray<Unit>): ReadonlyArray<Part> {
  const datasets = distinct(units.map(({ dataset }) => dataset))
  const all = datasets.length > 1 ? [ALL, ...datasets] : datasets
  return all.flatMap((dataset) => [allQ, ...intervals].map((interval) => ({ dataset, interval })))
}

export const isIn = ({ dataset, interval }: Part, one: { readonly dataset: string; readonly ratio: number }) =>
  (dataset === ALL || dataset === one.dataset) && contains(interval, one.ratio)

interface Drawing {
  readonly couple: Couple
  readonly unit: Unit
}

function drawings(trials: ReadonlyArray<SampledTrial>): ReadonlyArray<Drawing> {
  const units = new Map<Trial, Unit>(trials.map((trial) => [trial, trial.unit]))
  return couplesOf(trials).flatMap((couple) => {
    const unit = units.get(couple.sequential)
    return unit === undefined ? [] : [{ couple, unit }]
  })
}

/** Losses of unlike data sets have nothing in common but their ratios. */
const RATIO: Measure = {
  name: "ln validation loss",
  title: "ln validation loss",
  better: "lower",
  of: ({ validation }) => log(Math.max(validation.loss, 1e-8)),
  margin: log(1.1),
  marginText: "a factor of 1.1",
  contrast: "parallel / sequential",
  show: (difference) => exp(difference).toFixed(3)
}

/** The gap between validation and training loss, besides what is compared everywhere. */
const gapOf = ({ marginText }: Measure): Measure => ({
  name: "gap",
  title: "gap (validation − training loss)",
  better: "lower",
  of: ({ validation, train }) => validation.loss - train.loss,
  margin: 0.02,
  marginText,
  contrast: "parallel − sequential",
  show: signed
})

export const sampledMeasures = (trials: ReadonlyArray<Trial>): ReadonlyArray<Measure> => {
  const [validation, ...others] = measuresOf(trials)
  return [validation, RATIO, ...others, gapOf(validation)]
}

/** All comparisons of which a pair has finished. The family of a test is one data set (or all together) and measure. */
export function sampledComparisons(
  trials: ReadonlyArray<SampledTrial>,
  units: ReadonlyArray<Unit>
): ReadonlyArray<SampledComparison> {
  const all = drawings(trials)
  const families = groupBy(partsOf(units), ({ dataset }) => dataset)
  return [...families.values()].flatMap((parts) =>
    sampledMeasures(trials).flatMap((measure) => {
      const found = parts.flatMap((part) => comparisonOf(part, measure, all, units) ?? [])
      const tested = found.filter((one) => lackingOf(one) === undefined)
      const judgements = judge(
        tested.map(({ sampled: { bySeed, estimate } }) => ({ differences: [...bySeed.values()], estimate })),
        measure.margin
      )
      return found.map((one): SampledComparison => {
        return { ...one, outcome: lackingOf(one) ?? judgements[tested.indexOf(one)] }
      })
    })
  )
}

function lackingOf(one: Omit<SampledComparison, "outcome">): Lacking | undefined {
  const { configurations, missing, unlearned, networks, sampled } = one
  if (missing > 0) return { reason: "not all have run", missing }
  const { there, of } = configurations
  if (there < FEWEST_DRAWN && there < of) return { reason: "too few are drawn", there }
  if (unlearned.length * 2 >= networks.length)
    return { reason: "not learned", networks: unlearned.length, of: networks.length }
  return sampled.estimate === undefined ? { reason: "too few seeds" } : undefined
}

export const isJudged = (outcome: Judgement | Lacking): outcome is Judgement => "verdict" in outcome

function comparisonOf(part: Part, measure: Measure, all: ReadonlyArray<Drawing>, units: ReadonlyArray<Unit>) {
  const own = all.filter(({ unit }) => isIn(part, unit))
  const pairs = own.flatMap(({ couple, unit }) => (isPair(couple) ? [{ couple, unit }] : []))
  if (pairs.length === 0) return undefined
  const values = pairs.map(
    ({ couple, unit }): Drawn => ({
      ...{ configuration: unit.name, probability: unit.probability, seed: couple.seed },
      value: measure.of(couple.parallel.metrics) - measure.of(couple.sequential.metrics)
    })
  )
  const networks = distinct(pairs.flatMap(({ couple }) => [couple.sequential, couple.parallel]))
  const ran = ({ couple }: Drawing) => couple.sequential.metrics !== undefined && couple.parallel.metrics !== undefined
  return {
    ...part,
    ...{ measure, sampled: sampledMean(values), networks },
    configurations: {
      there: new Set(values.map(({ configuration }) => configuration)).size,
      drawn: new Set(own.map(({ unit }) => unit.name)).size,
      of: units.filter((unit) => isIn(part, unit)).length
    },
    seeds: new Set(values.map(({ seed }) => seed)).size,
    diverged: own.filter((one) => ran(one) && !isPair(one.couple)).length,
    unlearned: networks.filter((one) => !hasLearned(one)),
    missing: own.filter((one) => !ran(one)).length
  }
}

/** Mean losses of one architecture in a part, with the weights of the draw; undefined where nothing has finished. */
export function sampledLosses(trials: ReadonlyArray<SampledTrial>, part: Part, architecture: Architecture) {
  const own = trials.filter(({ unit, network }) => isIn(part, unit) && seriesOf(network)[0] === architecture)
  const finished = own.flatMap((trial) => (isFinished(trial) ? [{ trial, unit: trial.unit }] : []))
  if (finished.length === 0) return undefined
  const of = (split: "train" | "validation") =>
    sampledMean(
      finished.map(({ trial: { metrics, seed }, unit }) => ({
        ...{ configuration: unit.name, probability: unit.probability, seed },
        value: metrics[split].loss
      }))
    ).centre
  const [train, validation] = [of("train"), of("validation")]
  return { train, validation, gap: validation - train, finished: finished.length, trials: own.length }
}
