/**
 * Pairs: the same configuration and seed, trained as both architectures; and what a sample of them says, seed by seed.
 */

import type { Metrics } from "../../results/metrics.ts"
import { crossedMean } from "../../statistics/crossed.ts"
import { evidenceOf } from "../../statistics/evidence.ts"
import type { Evidence } from "../../statistics/verdict.ts"
import { configurationOf } from "./grid.ts"
import { distinct, groupBy } from "./groups.ts"
import { type Finished, hasLearned, isFinished, ratioOf, statusOf, type Trial } from "./trial.ts"
/** Two trials that a study declares of one configuration and seed, whether they have run or not. */
export interface Couple {
  readonly configuration: string
  readonly seed: number
  readonly q: number
  readonly sequential: Trial
  readonly parallel: Trial
}

/** A couple that has finished. */
export interface Pair extends Couple {
  readonly sequential: Finished
  readonly parallel: Finished
}

/** Networks of one layer are the same in both architectures and would only dilute the differences. */
const isCandidate = ({ network: { layers, residual } }: Trial) => layers > 1 && residual

export function couplesOf(trials: ReadonlyArray<Trial>): ReadonlyArray<Couple> {
  const groups = groupBy(trials.filter(isCandidate), (t) => `${configurationOf(t)}/${t.seed}`)
  return [...groups.values()].flatMap((group) => {
    const sequential = group.find((t) => t.network.depth === t.network.layers)
    const parallel = group.find((t) => t.network.depth === 1)
    if (sequential === undefined || parallel === undefined) return []
    const { seed } = sequential
    return [{ configuration: configurationOf(sequential), seed, q: ratioOf(sequential), sequential, parallel }]
  })
}

export const isPair = (couple: Couple): couple is Pair => isFinished(couple.sequential) && isFinished(couple.parallel)

/** Pairs of finished trials. */
export const pairsOf = (trials: ReadonlyArray<Trial>): ReadonlyArray<Pair> => couplesOf(trials).filter(isPair)

export interface SeedDifference {
  readonly seed: number
  readonly networks: number
  readonly sequential: number
  readonly parallel: number
  readonly difference: number // parallel − sequential
}

/** What the couples of one part of a grid say of a score. */
export interface Sample {
  readonly seeds: ReadonlyArray<SeedDifference>
  readonly mean: number
  readonly evidence: Evidence
  readonly configurations: { readonly there: number; readonly of: number }
  readonly pairs: { readonly there: number; readonly of: number }
  /** The networks of its pairs. */
  readonly networks: ReadonlyArray<Finished>
  /** Couples of which one has diverged: they are in no mean. */
  readonly diverged: ReadonlyArray<Couple>
  /** Networks in the means that finished without having learned. */
  readonly unlearned: ReadonlyArray<Finished>
}

/** Undefined where no pair has finished. */
export function sampleOf(couples: ReadonlyArray<Couple>, of: (metrics: Metrics) => number): Sample | undefined {
  const pairs = couples.filter(isPair)
  if (pairs.length === 0) return undefined
  const values = (score: (pair: Pair) => number) =>
    pairs.map((pair) => ({ configuration: pair.configuration, seed: pair.seed, value: score(pair) }))
  const configurations = {
    there: new Set(pairs.map((p) => p.configuration)).size,
    of: new Set(couples.map((c) => c.configuration)).size
  }
  const networks = distinct(pairs.flatMap((pair) => [pair.sequential, pair.parallel]))
  const whole = { configurations: configurations.of, pairs: couples.length }
  const { mean, ...evidence } = evidenceOf(
    values(({ sequential, parallel }) => of(parallel.metrics) - of(sequential.metrics)),
    whole
  )
  const sequential = crossedMean(values((p) => of(p.sequential.metrics))).bySeed
  const parallel = crossedMean(values((p) => of(p.parallel.metrics))).bySeed
  const seeds = [...mean.bySeed.keys()].map((seed, i) => ({
    seed,
    networks: pairs.filter((p) => p.seed === seed).length,
    sequential: sequential.get(seed) ?? Number.NaN,
    parallel: parallel.get(seed) ?? Number.NaN,
    difference: evidence.differences[i]
  }))
  return {
    seeds,
    mean: mean.centre,
    evidence,
    configurations,
    pairs: { there: pairs.length, of: couples.length },
    diverged: couples.filter(({ sequential, parallel }) =>
      [sequential, parallel].some((one) => statusOf(one) === "diverged")
    ),
    networks,
    unlearned: networks.filter((t) => !hasLearned(t))
  }
}
