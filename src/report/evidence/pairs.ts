/**
 * Pairs: the same configuration and seed, trained as both architectures; and what a sample of them says, seed by seed.
 */

import { overdetermination } from "../../network/network.ts"
import type { Metrics } from "../../results/metrics.ts"
import { fewestSeeds, mean } from "../../statistics/statistics.ts"
import { configurationOf, distinct, groupBy } from "./grid.ts"
import { statusOf, type Trial } from "./trial.ts"
export interface Pair {
  readonly dataset: string
  readonly configuration: string
  readonly seed: number
  readonly q: number
  readonly sequential: Metrics
  readonly parallel: Metrics
}

/** Networks of one layer are the same in both architectures and would only dilute the differences. */
const isCandidate = ({ network: { layers, residual } }: Trial) => layers > 1 && residual

/** Pairs of finished trials. */
export function pairsOf(trials: ReadonlyArray<Trial>): ReadonlyArray<Pair> {
  const candidates = trials.filter((t) => isCandidate(t) && statusOf(t) === "finished")
  return [...groupBy(candidates, (t) => `${configurationOf(t)}/${t.seed}`).values()].flatMap((group) => {
    const sequential = group.find((t) => t.network.depth === t.network.layers)?.metrics
    const parallel = group.find((t) => t.network.depth === 1)?.metrics
    if (sequential === undefined || parallel === undefined) return []
    const [first] = group
    const { dataset, seed } = first
    const configuration = configurationOf(first)
    return [{ dataset, configuration, seed, q: sequential.overdetermination, sequential, parallel }]
  })
}

/** Training examples of each data set, from any trial that was evaluated: Q of the others follows from it. */
export function trainingExamples(trials: ReadonlyArray<Trial>): ReadonlyMap<string, number> {
  return new Map(trials.flatMap((t) => (t.metrics === undefined ? [] : [[t.dataset, t.metrics.train.count] as const])))
}

/** Q of a trial, whether it ran or not; undefined where no trial of its data set was evaluated. */
export function ratioOf(trial: Trial, examples: ReadonlyMap<string, number>): number | undefined {
  const count = examples.get(trial.dataset)
  return count === undefined ? undefined : overdetermination(trial.network, count)
}

/** The configurations of a grid that can be trained as both architectures, whether they were or not. */
export function pairableOf(trials: ReadonlyArray<Trial>): ReadonlyArray<{ readonly q: number }> {
  const examples = trainingExamples(trials)
  return [...groupBy(trials.filter(isCandidate), configurationOf).values()].flatMap((group) => {
    const q = ratioOf(group[0], examples)
    const depths = new Set(group.map((t) => t.network.depth))
    return q !== undefined && depths.has(1) && depths.has(group[0].network.layers) ? [{ q }] : []
  })
}

export interface SeedDifference {
  readonly seed: number
  readonly networks: number
  readonly sequential: number
  readonly parallel: number
  readonly difference: number // parallel − sequential
}

export interface Sample {
  readonly differences: ReadonlyArray<SeedDifference>
  /** Difference of each configuration in it, averaged over its seeds. */
  readonly configurations: ReadonlyArray<number>
}

/** Part of the seeds that must have a configuration. */
const enough = 0.75

/**
 * Seeds that have configurations in common, and these: pairs of a grid that was run in part, seed after seed, and
 * within a seed cheap before dear, cannot be compared as they are. As many seeds as a test needs, where they have
 * anything in common; beyond these, as many as give most pairs.
 */
function commonOf(pairs: ReadonlyArray<Pair>): ReadonlyArray<Pair> {
  const seeds = [...groupBy(pairs, (p) => String(p.seed)).values()].sort(
    (a, b) => b.length - a.length || a[0].seed - b[0].seed
  )
  const first = (k: number): ReadonlyArray<Pair> => {
    const taken = seeds.slice(0, k).flat()
    const configurations = [...groupBy(taken, (p) => p.configuration).values()]
    return configurations.filter((group) => group.length >= enough * k).flat()
  }
  let fewest = Math.min(fewestSeeds, seeds.length)
  while (fewest > 1 && first(fewest).length === 0) fewest--
  const choices = Array.from({ length: seeds.length - fewest + 1 }, (_, i) => first(fewest + i))
  return choices.reduce((best, one) => (one.length >= best.length ? one : best), [])
}

/**
 * A score's differences, seed by seed: each averaged over the configurations that the seeds have in common. Where a
 * seed lacks one of them, the mean over the seeds that have it stands in.
 */
export function sampleOf(pairs: ReadonlyArray<Pair>, of: (metrics: Metrics) => number): Sample {
  const common = commonOf(pairs)
  const groups = [...groupBy(common, (p) => p.configuration).values()]
  const scores = {
    sequential: (p: Pair) => of(p.sequential),
    parallel: (p: Pair) => of(p.parallel),
    difference: (p: Pair) => of(p.parallel) - of(p.sequential)
  }
  const bySeed = (seed: number, score: (p: Pair) => number) =>
    mean(
      groups.map((group) => {
        const own = group.find((p) => p.seed === seed)
        return own === undefined ? mean(group.map(score)) : score(own)
      })
    )
  const differences = distinct(common.map((p) => p.seed))
    .toSorted((a, b) => a - b)
    .map((seed) => ({
      seed,
      networks: common.filter((p) => p.seed === seed).length,
      sequential: bySeed(seed, scores.sequential),
      parallel: bySeed(seed, scores.parallel),
      // To 12 decimals, so that differences of accuracies that are equal but for rounding are ties to Wilcoxon's test.
      difference: Number(bySeed(seed, scores.difference).toFixed(12))
    }))
  return { differences, configurations: groups.map((group) => mean(group.map(scores.difference))) }
}
