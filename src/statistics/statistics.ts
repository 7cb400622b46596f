/**
 * Inference from few paired runs (docs/science.md, "What counts as evidence"). The sample is the seeds: every function takes
 * one paired difference a seed. Distributions, ranks and Holm's correction are @stdlib's; its t and Wilcoxon
 * tests are not used, since the first costs 0.2 s to load and the second turns to a normal approximation at any tie.
 */
import normalCdf from "@stdlib/stats-base-dists-normal-cdf"
import normalQuantile from "@stdlib/stats-base-dists-normal-quantile"
import tCdf from "@stdlib/stats-base-dists-t-cdf"
import tQuantile from "@stdlib/stats-base-dists-t-quantile"
import padjust from "@stdlib/stats-padjust"
import ranks from "@stdlib/stats-ranks"
import { random } from "../network/philox.ts"

export interface Interval {
  /** Student's; widened for configurations that are missing; the bootstrap's. */
  readonly method: "t" | "t, widened" | "BCa"
  readonly low: number
  readonly high: number
}

/** Arithmetic mean; NaN of none. */
export function mean(values: ReadonlyArray<number>): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Sample variance (n − 1). */
export function variance(values: ReadonlyArray<number>): number {
  const centre = mean(values)
  return values.reduce((sum, value) => sum + (value - centre) * (value - centre), 0) / (values.length - 1)
}

/** A mean, its standard error, and the degrees of freedom of that. */
export interface Estimate {
  readonly centre: number
  readonly error: number
  readonly freedom: number
}

/** The mean of n ≥ 2 values. */
export const estimate = (values: ReadonlyArray<number>): Estimate => ({
  centre: mean(values),
  error: Math.sqrt(variance(values) / values.length),
  freedom: values.length - 1
})

/** Student's interval for a mean, at confidence `level`. */
export function tInterval({ centre, error, freedom }: Estimate, level: number): Interval {
  const half = tQuantile((1 + level) / 2, freedom) * error
  return { method: "t", low: centre - half, high: centre + half }
}

/**
 * Wilson's score interval for a share of n (Wilson 1927), for the greatest of so many shares: wide enough that it holds
 * whichever of them that is (Bonferroni).
 */
export function wilson(
  share: number,
  n: number,
  level: number,
  of = 1
): { readonly low: number; readonly high: number } {
  const z = normalQuantile(1 - (1 - level) / 2 / of, 0, 1)
  const scale = 1 + (z * z) / n
  const centre = (share + (z * z) / (2 * n)) / scale
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) }
}

/** The p-quantile of sorted values, linear between neighbours (type 7 of Hyndman & Fan, as NumPy's default). */
function quantile(sorted: Float64Array, p: number): number {
  const place = p * (sorted.length - 1)
  const below = Math.floor(place)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below] + (place - below) * (sorted[above] - sorted[below])
}

/**
 * Bias-corrected and accelerated bootstrap interval for the mean (Efron 1987, "Better bootstrap confidence
 * intervals", equations 6.4 to 6.6). The resamples come from a counter-based generator: same values and seed, same
 * interval.
 */
export function bcaInterval(
  values: ReadonlyArray<number>,
  { level, resamples, seed }: { readonly level: number; readonly resamples: number; readonly seed: number }
): Interval {
  const n = values.length
  const observed = mean(values)
  if (values.every((value) => value === values[0])) return { method: "BCa", low: observed, high: observed }

  const draws = random(seed, "statistics/bootstrap")
  const means = new Float64Array(resamples)
  for (let r = 0; r < resamples; r++) {
    let sum = 0
    for (let i = 0; i < n; i++) sum += values[draws.below(n)]
    means[r] = sum / n
  }
  means.sort()

  let below = 0
  for (const value of means) below += value < observed ? 1 : value === observed ? 0.5 : 0
  const bias = normalQuantile(below / resamples, 0, 1)
  // The jackknife's skewness; for the mean, leaving value i out moves the estimate by (mean − value) / (n − 1).
  const moves = values.map((value) => value - observed)
  const squares = moves.reduce((sum, d) => sum + d * d, 0)
  const acceleration = moves.reduce((sum, d) => sum + d * d * d, 0) / (6 * squares * Math.sqrt(squares))

  const end = (p: number): number => {
    const z = bias + normalQuantile(p, 0, 1)
    return quantile(means, normalCdf(bias + z / (1 - acceleration * z), 0, 1))
  }
  return { method: "BCa", low: end((1 - level) / 2), high: end((1 + level) / 2) }
}

/**
 * Exact two-sided p of Wilcoxon's signed-rank test of symmetry around zero. Differences of zero are left out, as
 * Wilcoxon did; ties share their average rank and the distribution is that of the ranks at hand. 1 if none is left.
 * `smallest` is the least p that so many differences could have given, whatever their values: 2 / 2^n.
 */
export function wilcoxonSignedRank(differences: ReadonlyArray<number>): {
  readonly p: number
  readonly smallest: number
} {
  const kept = differences.filter((d) => d !== 0)
  const smallest = differences.reduce((p) => p / 2, 2)
  if (kept.length === 0) return { p: 1, smallest }
  // Twice the ranks are integers, ties or not.
  const doubled = ranks(kept.map(Math.abs)).map((rank) => 2 * rank)
  const total = kept.length * (kept.length + 1)
  const positive = doubled.reduce((sum, rank, i) => sum + (kept[i] > 0 ? rank : 0), 0)

  // probability[s]: that the ranks with a positive sign sum to s, when every sign is a fair coin.
  let probability = new Float64Array(total + 1)
  probability[0] = 1
  for (const rank of doubled) {
    probability = probability.map((p, s) => (p + (s >= rank ? probability[s - rank] : 0)) / 2)
  }
  const extreme = Math.min(positive, total - positive)
  return { p: Math.min(1, 2 * probability.subarray(0, extreme + 1).reduce((sum, p) => sum + p, 0)), smallest }
}

/** Holm's step-down correction: adjusted p, in the order given. */
export function holm(p: ReadonlyArray<number>): ReadonlyArray<number> {
  return p.length === 0 ? [] : padjust(p, "holm")
}

/**
 * Two one-sided paired t tests (Schuirmann 1987) of |mean| ≥ margin. A small p says that the mean lies within
 * ±margin; a large one says nothing.
 */
export function equivalence({ centre, error, freedom }: Estimate, margin: number): { readonly p: number } {
  if (error === 0) return { p: Math.abs(centre) < margin ? 0 : 1 }
  const above = 1 - tCdf((centre + margin) / error, freedom)
  const below = tCdf((centre - margin) / error, freedom)
  return { p: Math.max(above, below) }
}

/** Below so many seeds nothing is tested: no interval covers what it says. */
export const fewestSeeds = 6
export const fewestForBootstrap = 15
export const resamples = 10_000
