/** What the pairs of a grid, or of the part of it that is there, say about the mean difference over its configurations. */
import { type Crossed, type CrossedMean, crossedMean } from "./crossed.ts"
import { bcaInterval, fewestForBootstrap, type Interval, resamples, tInterval } from "./statistics.ts"
import type { Evidence } from "./verdict.ts"

/** What is spoken of, whether it is there or not. */
export interface Whole {
  readonly configurations: number
  readonly pairs: number
}

/** To 12 decimals, so that differences that are equal but for rounding are ties to Wilcoxon's test. */
const rounded = (value: number): number => Number(value.toFixed(12))

/**
 * The interval is Student's below 15 seeds or where anything is missing, widened for missing configurations; with all
 * there from 15 seeds on it is the bootstrap's. The BCa interval of a mean really covers 72 % with 3 seeds, 87 % with 5
 * and 90 % with 8 where it says 95 % (by simulation).
 */
function intervalOf(
  values: ReadonlyArray<Crossed>,
  differences: ReadonlyArray<number>,
  { estimate }: CrossedMean,
  whole: Whole
): Interval | undefined {
  if (estimate === undefined) return undefined
  if (values.length === whole.pairs && differences.length >= fewestForBootstrap)
    return bcaInterval(differences, { level: 0.95, resamples, seed: 0 })
  const there = new Set(values.map((v) => v.configuration)).size
  const interval = tInterval(estimate, 0.95)
  return there < whole.configurations ? { ...interval, method: "t, widened" } : interval
}

/** Of one value a configuration and seed. */
export function evidenceOf(values: ReadonlyArray<Crossed>, whole: Whole): Evidence & { readonly mean: CrossedMean } {
  const mean = crossedMean(values, whole.configurations)
  const differences = [...mean.bySeed.values()].map(rounded)
  const interval = intervalOf(values, differences, mean, whole)
  return {
    differences,
    estimate: mean.estimate,
    pairs: { there: values.length, of: whole.pairs },
    ...(interval !== undefined && { interval }),
    mean
  }
}
