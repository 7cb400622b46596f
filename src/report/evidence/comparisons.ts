/**
 * Sequential against parallel: the paired differences with their verdicts (docs/science.md, "What counts as evidence"), over all
 * of a scope and in each of the paper's intervals of Q.
 */

import { exp, log } from "../../network/math.ts"
import type { Metrics } from "../../results/metrics.ts"
import { type Judgement, judge } from "../../statistics/verdict.ts"
import { points, signed } from "../page/format.ts"
import { groupBy } from "./groups.ts"
import { allQ, contains, intervals, paperDataset, paperLosses, type QInterval } from "./intervals.ts"
import { lossWords } from "./loss.ts"
import { type Couple, couplesOf, type Sample, sampleOf } from "./pairs.ts"
import type { Scope } from "./scope.ts"
import type { Trial } from "./trial.ts"
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

export interface Comparison extends Sample {
  readonly scope: Scope
  readonly interval: QInterval
  readonly measure: Measure
  readonly judgement: Judgement
}

/** Couples by the scope that they belong to. */
const byScope = (trials: ReadonlyArray<Trial>) =>
  [...groupBy(trials, (t) => t.scope.name).values()].map((own) => ({
    scope: own[0].scope,
    couples: couplesOf(own),
    measures: measuresOf(own)
  }))

const inside = (couples: ReadonlyArray<Couple>, interval: QInterval) => couples.filter(({ q }) => contains(interval, q))

/**
 * All comparisons that have a pair. The family of Holm's correction is one scope and measure: all configurations
 * together, and each interval of Q.
 */
export function comparisonsOf(trials: ReadonlyArray<Trial>): ReadonlyArray<Comparison> {
  return byScope(trials).flatMap(({ scope, couples, measures }) =>
    measures.flatMap((measure) => {
      const family = [allQ, ...intervals].flatMap((interval) => {
        const sample = sampleOf(inside(couples, interval), measure.of)
        return sample === undefined ? [] : [{ scope, interval, measure, ...sample }]
      })
      const judgements = judge(
        family.map(({ evidence }) => evidence),
        measure.margin
      )
      return family.map((one, i) => ({ ...one, judgement: ofLearned(judgements[i], one) }))
    })
  )
}

/** Nothing is decided by networks of which half have learned nothing, nor would more seeds help them. */
function ofLearned(judgement: Judgement, { unlearned, networks }: Sample): Judgement {
  if (unlearned.length * 2 < networks.length) return judgement
  const why = { reason: "not learned", networks: unlearned.length, of: networks.length } as const
  return { ...judgement, verdict: { kind: "open", why } }
}

export type Architecture = "sequential" | "parallel"

export const quantities = ["training loss", "validation loss", "gap"] as const
export type Quantity = (typeof quantities)[number]

type Losses = { readonly train: { readonly loss: number }; readonly validation: { readonly loss: number } }
const scores: Readonly<Record<Quantity, (m: Losses) => number>> = {
  "training loss": (m) => m.train.loss,
  "validation loss": (m) => m.validation.loss,
  gap: (m) => m.validation.loss - m.train.loss
}

/** Parallel − sequential in one cell of Table 2, here and in the paper. */
export interface Sign {
  readonly scope: Scope
  readonly interval: QInterval
  readonly quantity: Quantity
  /** Undefined where no pair is there. */
  readonly sample: Sample | undefined
  readonly judgement: Judgement | undefined
  /** Which architecture is lower, where that can be told. */
  readonly lower: Architecture | undefined
  readonly paper: number | undefined
}

const round = (value: number): number => Number(value.toFixed(5)) // the paper's losses have five decimals

/** The paper's difference in a cell, of a data set that it has. */
function published(dataset: string, i: number, quantity: Quantity): number | undefined {
  const name = paperDataset(dataset)
  if (name === undefined) return undefined
  const of = (architecture: Architecture) => {
    const { train, validation } = paperLosses[name][architecture]
    return scores[quantity]({ train: { loss: train[i] }, validation: { loss: validation[i] } })
  }
  return round(of("parallel") - of("sequential"))
}

/**
 * Cell by cell of Table 2: training loss, validation loss and gap (validation − training) of the pairs, with the
 * paper's. Which architecture is lower is told after a correction for the number of cells of one quantity.
 */
export function signsOf(trials: ReadonlyArray<Trial>): ReadonlyArray<Sign> {
  const scopes = byScope(trials).filter(({ couples }) => couples.length > 0)
  const signs = quantities.flatMap((quantity) => {
    const cells = scopes.flatMap(({ scope, couples }) =>
      intervals.map((interval, i) => ({
        scope,
        interval,
        quantity,
        sample: sampleOf(inside(couples, interval), scores[quantity]),
        paper: published(scope.dataset, i, quantity)
      }))
    )
    const there = cells.flatMap(({ sample }) => (sample === undefined ? [] : [sample]))
    const judgements = judge(
      there.map(({ evidence }) => evidence),
      0
    )
    return cells.map((cell): Sign => {
      const judgement = cell.sample && judgements[there.indexOf(cell.sample)]
      return { ...cell, judgement, lower: lowerOf(judgement) }
    })
  })
  return [...groupBy(signs, (s) => `${s.scope.name}/${s.interval.label}`).values()].flat()
}

const lowerOf = (judgement: Judgement | undefined): Architecture | undefined =>
  judgement === undefined || !("sign" in judgement.verdict)
    ? undefined
    : judgement.verdict.sign < 0
      ? "parallel"
      : "sequential"
