/** What the study of lesions compares: kinds of network, each with its seeds, sequential and parallel. */
import { log } from "../../network/math.ts"
import type { HistoryLine } from "../../results/history.ts"
import type { LesionScore, Lesions } from "../../results/lesions.ts"
import type { Metrics } from "../../results/metrics.ts"
import { mean } from "../../statistics/statistics.ts"
import { spearman } from "../../statistics/trend.ts"
import { groupBy } from "../evidence/groups.ts"
import type { Priced } from "../evidence/prices.ts"
import { inScopes, namesBeside } from "../evidence/scope.ts"
import type { Trial, Unplaced } from "../evidence/trial.ts"
import { count } from "../page/format.ts"

/** A trained network and what its lesions gave; undefined where a node failed or has not run. */
export interface Lesioned<T = Priced> {
  readonly trial: T
  readonly lesions: Lesions | undefined
}

/** A training that goes on from the sequential network, at its own depth or at half of it. */
export interface Continued {
  readonly node: string | undefined
  readonly history: ReadonlyArray<HistoryLine> | undefined
  readonly metrics: Metrics | undefined
}

export interface Pair<T = Priced> {
  readonly sequential: Lesioned<T>
  readonly parallel: Lesioned<T>
  readonly goesOn: { readonly same: Continued; readonly halved: Continued }
}

/** Networks that differ in nothing but their seed. */
export interface Kind {
  readonly name: string
  readonly layers: number
  readonly pairs: ReadonlyArray<Pair>
}

const shape = ({ network: { layers, filters, activation } }: Pick<Trial, "network">) =>
  `${count(layers, "layer")}, ${count(filters, "filter")}, ${activation}`

/** Pairs by kind, in their order, and all their trials in their scopes. */
export function kindsOf(pairs: ReadonlyArray<Pair<Unplaced<Priced>>>) {
  const trials = inScopes(pairs.flatMap(({ sequential, parallel }) => [sequential.trial, parallel.trial]))
  const placed = pairs.map(
    ({ sequential, parallel, goesOn }, i): Pair => ({
      sequential: { ...sequential, trial: trials[2 * i] },
      parallel: { ...parallel, trial: trials[2 * i + 1] },
      goesOn
    })
  )
  const beside = namesBeside(trials.map(({ scope }) => scope))
  const nameOf = ({ sequential: { trial } }: Pair) =>
    [beside(trial.scope), shape(trial)].filter((part) => part !== undefined).join(", ")
  const kinds = [...groupBy(placed, nameOf)].map(
    ([name, own]): Kind => ({ name, layers: own[0].sequential.trial.network.layers, pairs: own })
  )
  return { trials, kinds }
}

/** Accuracy that a lesion costs; below 0 it gains. */
export const cost = ({ whole }: Lesions, { accuracy }: LesionScore): number => whole.accuracy - accuracy
export const meanCost = (found: Lesions, scores: ReadonlyArray<LesionScore>): number =>
  mean(scores.map((score) => cost(found, score)))

/** One value a seed, of the seeds that have what it takes. */
export const eachSeed = <T>(kind: Kind, of: (pair: Pair) => T | undefined): ReadonlyArray<T> =>
  kind.pairs.flatMap((pair) => {
    const value = of(pair)
    return value === undefined ? [] : [value]
  })

/** Of the sequential networks alone. */
export const sequentially = (kind: Kind, of: (found: Lesions) => number | undefined): ReadonlyArray<number> =>
  eachSeed(kind, ({ sequential: { lesions } }) => lesions && of(lesions))

/** Groups of so many neighbours side by side. */
export const besideIn = ({ sideBySide }: Lesions, group: number): LesionScore | undefined =>
  sideBySide.find((one) => one.group === group)?.score

/** How the error goes with the disorder, 1 − τ: Spearman's correlation over the shuffles of one network. */
export const disorder = ({ shuffled }: Lesions): number | undefined =>
  spearman(
    shuffled.map(({ tau }) => 1 - tau),
    shuffled.map(({ score }) => 1 - score.accuracy)
  )?.rho

const LEAST = 1e-8 // some networks reach a loss of 0

/** ln validation loss of two networks that were trained on, the halved one's less that of the same depth. */
export function wonBack({ goesOn: { same, halved } }: Pair): number | undefined {
  const [one, other] = [halved.metrics, same.metrics]
  if (one?.status !== "finished" || other?.status !== "finished") return undefined
  const ln = ({ validation }: Metrics) => log(Math.max(validation.loss, LEAST))
  return ln(one) - ln(other)
}

/** The largest change of a parallel network's loss by the order of its layers, as a part of the loss. */
export function orderMatters({ parallel: { lesions } }: Pair): number | undefined {
  if (lesions === undefined) return undefined
  const { whole, swapped, reversed, shuffled } = lesions
  const others = [...swapped, reversed, ...shuffled.map(({ score }) => score)]
  return Math.max(...others.map(({ loss }) => Math.abs(loss - whole.loss) / Math.abs(whole.loss)))
}
