/**
 * Sequential against parallel: means by interval of Q as in the paper's Table 2, and the paired differences with
 * their tests (SCIENCE "What counts as evidence"). The sample is the seeds; within an interval of Q the differences
 * are averaged over configurations for each seed first.
 */

import { exp, log } from "../../network/math.ts"
import type { Metrics } from "../../results/metrics.ts"
import { fewestSeeds, holm, type Inference, infer, mean } from "../../statistics/statistics.ts"
import { points, signed } from "../page/format.ts"
import { configurationOf, distinct, groupBy, seriesOf } from "./grid.ts"
import { allQ, contains, intervals, paperDataset, paperLosses, type QInterval } from "./intervals.ts"
import { lossWords } from "./loss.ts"
import { pairableOf, pairsOf, ratioOf, type SeedDifference, sampleOf, trainingExamples } from "./pairs.ts"
import { isFinished, statusOf, type Trial } from "./trial.ts"
/** A score of a network by which architectures are compared. `of` may transform it so that differences make sense. */
export interface Measure {
  readonly name: string
  /** Heading where the numbers are those of `of`. */
  readonly title: string
  readonly better: "lower" | "higher"
  readonly of: (metrics: Metrics) => number
  /** Differences within ±margin count as equal. */
  readonly margin: number
  /** The margin in words, and how a difference is read. */
  readonly marginText: string
  readonly contrast: "parallel − sequential" | "parallel / sequential"
  readonly show: (difference: number) => string
}

/** Of the validation loss. */
const MARGIN = 0.02

/** A loss below this is taken as this in logarithms: some networks reach 0. */
const leastLoss = 1e-8

/** The first of them, whose margin is in the unit of these trials' loss. */
export const validationLossOf = (trials: ReadonlyArray<Trial>): Measure => ({
  name: "validation loss",
  title: "validation loss",
  better: "lower",
  of: (m) => m.validation.loss,
  margin: MARGIN,
  marginText: `±${MARGIN}${lossWords(trials).unit}`,
  contrast: "parallel − sequential",
  show: signed
})

/** What is compared in these trials. */
export const measuresOf = (trials: ReadonlyArray<Trial>): ReadonlyArray<Measure> => [
  validationLossOf(trials),
  {
    name: "training loss",
    title: "ln training loss",
    better: "lower",
    of: (m) => log(Math.max(m.train.loss, leastLoss)),
    margin: log(1.1),
    marginText: "a factor of 1.1",
    contrast: "parallel / sequential",
    show: (difference) => exp(difference).toFixed(3)
  },
  {
    name: "validation accuracy",
    title: "validation accuracy",
    better: "higher",
    of: (m) => m.validation.accuracy,
    margin: 0.005,
    marginText: "±0.5 points",
    contrast: "parallel − sequential",
    show: (difference) => `${points(difference)} points`
  }
]

/**
 * What the tests say: `equal` where TOST rejects a difference beyond the margin, an architecture where the difference
 * stays after Holm's correction, `open` otherwise.
 */
export type Verdict = "equal" | "parallel" | "sequential" | "open"

export interface Comparison {
  readonly dataset: string
  readonly interval: QInterval
  readonly measure: Measure
  readonly differences: ReadonlyArray<SeedDifference>
  readonly mean: number
  /** Configurations behind it, and those of the grid. */
  readonly configurations: { readonly there: number; readonly of: number }
  readonly inference: Inference
  /** p of Wilcoxon's test after Holm's correction over the family, and the least that could have come out. */
  readonly adjusted: { readonly p: number; readonly smallest: number } | undefined
  readonly verdict: Verdict
}

const alpha = 0.05

function verdictOf(
  difference: number,
  measure: Measure,
  inference: Inference,
  adjusted: { p: number } | undefined
): Verdict {
  if (inference.kind === "pairs" || adjusted === undefined) return "open"
  if (inference.equivalence.p < alpha) return "equal"
  const excludesZero = inference.interval.low > 0 || inference.interval.high < 0
  if (!excludesZero || adjusted.p >= alpha) return "open"
  return difference < 0 === (measure.better === "lower") ? "parallel" : "sequential"
}

/**
 * All comparisons that have a pair. The family of Holm's correction is one data set and measure: all configurations
 * together, and each interval of Q.
 */
export function comparisonsOf(trials: ReadonlyArray<Trial>): ReadonlyArray<Comparison> {
  return [...groupBy(pairsOf(trials), (p) => p.dataset)].flatMap(([dataset, pairs]) => {
    const grid = pairableOf(trials.filter((t) => t.dataset === dataset))
    return measuresOf(trials).flatMap((measure) => {
      const family = [allQ, ...intervals].flatMap((interval) => {
        const inside = (one: { readonly q: number }) => contains(interval, one.q)
        const sample = sampleOf(pairs.filter(inside), measure.of)
        if (sample.differences.length === 0) return []
        const { differences } = sample
        const values = differences.map((d) => d.difference)
        const part = { configurations: sample.configurations, of: grid.filter(inside).length }
        const configurations = { there: part.configurations.length, of: part.of }
        const inference = infer(values, measure.margin, part)
        return [{ interval, differences, mean: mean(values), configurations, inference }]
      })
      const tested = family.flatMap((c) => (c.inference.kind === "tests" ? [{ ...c.inference.wilcoxon, c }] : []))
      const p = holm(tested.map((t) => t.p))
      const smallest = holm(tested.map((t) => t.smallest))
      return family.map((c) => {
        const i = tested.findIndex((t) => t.c === c)
        const adjusted = i < 0 ? undefined : { p: p[i], smallest: smallest[i] }
        return { dataset, measure, ...c, adjusted, verdict: verdictOf(c.mean, measure, c.inference, adjusted) }
      })
    })
  })
}

/** Why a comparison is open, in words. */
export function whyOpen({ differences, adjusted, configurations, inference }: Comparison): string {
  const n = differences.length
  if (n < fewestSeeds) return `a test needs ${fewestSeeds} seeds and there ${n === 1 ? "is" : "are"} ${n}`
  if (inference.kind === "pairs") {
    return `${configurations.there} of ${configurations.of} configurations says nothing about the others`
  }
  if (adjusted !== undefined && adjusted.smallest >= alpha) return `${n} seeds are too few for this family of tests`
  return "the interval of the difference holds both zero and more than the margin, or the correction takes it back"
}

/** One cell of the table by interval of Q. */
export interface QCell {
  readonly dataset: string
  readonly architecture: "sequential" | "parallel"
  readonly interval: QInterval
  readonly configurations: number
  readonly finished: number
  readonly diverged: number
  readonly missing: number
  /** Means over seeds of means over configurations; undefined where nothing finished. */
  readonly train: { readonly loss: number; readonly accuracy: number } | undefined
  readonly validation: { readonly loss: number; readonly accuracy: number } | undefined
}

export function qCells(trials: ReadonlyArray<Trial>): ReadonlyArray<QCell> {
  const examples = trainingExamples(trials)
  return distinct(trials.map((t) => t.dataset)).flatMap((dataset) =>
    (["sequential", "parallel"] as const).flatMap((architecture) =>
      intervals.map((interval) => {
        const inside = trials.filter(
          (t) =>
            t.dataset === dataset &&
            seriesOf(t.network).includes(architecture) &&
            contains(interval, ratioOf(t, examples))
        )
        const finished = inside.filter(isFinished)
        const seeds = [...groupBy(finished, (t) => String(t.seed)).values()]
        const average = (split: "train" | "validation", of: "loss" | "accuracy") =>
          mean(seeds.map((group) => mean(group.map((t) => t.metrics[split][of]))))
        const scores = (split: "train" | "validation") =>
          seeds.length === 0 ? undefined : { loss: average(split, "loss"), accuracy: average(split, "accuracy") }
        return {
          dataset,
          architecture,
          interval,
          configurations: new Set(inside.map(configurationOf)).size,
          finished: finished.length,
          diverged: inside.filter((t) => statusOf(t) === "diverged").length,
          missing: inside.filter((t) => statusOf(t) === "missing").length,
          train: scores("train"),
          validation: scores("validation")
        }
      })
    )
  )
}

/** Parallel − sequential in one cell of Table 2, here and in the paper. */
export interface Sign {
  readonly dataset: string
  readonly interval: QInterval
  readonly quantity: "training loss" | "validation loss" | "gap"
  readonly here: number
  readonly seeds: number
  readonly paper: number | undefined
}

const round = (value: number): number => Number(value.toFixed(5)) // the paper's losses have five decimals

/** Cell by cell: training loss, validation loss and gap (validation − training) of the pairs, with the paper's. */
export function signsOf(trials: ReadonlyArray<Trial>): ReadonlyArray<Sign> {
  const quantities = [
    ["training loss", (train: number, _validation: number) => train],
    ["validation loss", (_train: number, validation: number) => validation],
    ["gap", (train: number, validation: number) => validation - train]
  ] as const
  return [...groupBy(pairsOf(trials), (p) => p.dataset)].flatMap(([dataset, pairs]) =>
    intervals.flatMap((interval, i) => {
      const inside = pairs.filter((p) => contains(interval, p.q))
      if (inside.length === 0) return []
      const name = paperDataset(dataset)
      return quantities.map(([quantity, of]) => {
        const { differences } = sampleOf(inside, (m) => of(m.train.loss, m.validation.loss))
        const published = (architecture: "sequential" | "parallel") =>
          of(paperLosses[name!][architecture].train[i], paperLosses[name!][architecture].validation[i])
        const paper = name === undefined ? undefined : round(published("parallel") - published("sequential"))
        return {
          dataset,
          interval,
          quantity,
          here: mean(differences.map((d) => d.difference)),
          seeds: differences.length,
          paper
        }
      })
    })
  )
}
