/**
 * What a family of comparisons may say: each difference against zero and against the margin within which it counts as
 * none. Differences and equalities are both corrected for their number (Holm); the same data count once.
 */
import tCdf from "@stdlib/stats-base-dists-t-cdf"
import {
  type Estimate,
  equivalence,
  fewestSeeds,
  holm,
  type Interval,
  tInterval,
  wilcoxonSignedRank
} from "./statistics.ts"

export type Verdict =
  /** Within the margin. */
  | { readonly kind: "equal" }
  /** By more than the margin. */
  | { readonly kind: "different"; readonly sign: 1 | -1 }
  /** By how much is open: the interval excludes 0 and holds the margin. */
  | { readonly kind: "different, by an open amount"; readonly sign: 1 | -1 }
  | { readonly kind: "different, within the margin"; readonly sign: 1 | -1 }
  | { readonly kind: "open"; readonly why: Open }

/** Why a comparison is open. */
export type Open =
  /** No interval covers what it says with so few. */
  | { readonly reason: "few seeds"; readonly needs: number }
  /** Seeds enough, but no error of the mean: one configuration of several, say. */
  | { readonly reason: "no interval" }
  /** Fewer than half of the pairs are there, which say nothing about the others. */
  | { readonly reason: "coverage"; readonly pairs: number; readonly of: number }
  /** Whatever its values, so many seeds cannot decide in a family of this size. */
  | { readonly reason: "family"; readonly needs: number }
  /** Half of the networks or more have learned nothing: what they have in common says nothing of networks that have. */
  | { readonly reason: "not learned"; readonly networks: number; readonly of: number }
  /** The interval holds both no difference and more than the margin. */
  | { readonly reason: "wide" }
  /** It would be decided alone; the correction for the number of tests takes it back. */
  | { readonly reason: "correction" }
  /** The interval would decide it, the ranks do not. */
  | { readonly reason: "ranks" }

/** One comparison: a difference a seed, and the estimate of their mean with its error. */
export interface Evidence {
  readonly differences: ReadonlyArray<number>
  /** Undefined where none can be made. */
  readonly estimate: Estimate | undefined
  /** Pairs that there are, and how many the whole has that is spoken of; all if left out. */
  readonly pairs?: { readonly there: number; readonly of: number }
  /** Its 95 % interval, if another than Student's. */
  readonly interval?: Interval
}

export interface Judgement {
  readonly verdict: Verdict
  readonly interval: Interval | undefined
  /** After Holm's correction over the family. */
  readonly adjusted:
    | { readonly difference: number; readonly equivalence: number; readonly beyond: number; readonly smallest: number }
    | undefined
  /** Tests in its family, the same data once. */
  readonly family: number
}

export const ALPHA = 0.05

/** The number of seeds that can decide a difference in a family of so many tests: 2 / 2ⁿ, times their number, below α. */
export function seedsNeeded(family: number): number {
  let n = 1
  for (let smallest = 1; n < fewestSeeds || family * smallest >= ALPHA; n++) smallest /= 2
  return n
}

/** p, two-sided, of the mean being within ±margin: small where it is beyond, on either side. */
export function beyond({ centre, error, freedom }: Estimate, margin: number): number {
  const over = Math.abs(centre) - margin
  if (error === 0) return over > 0 ? 0 : 1
  return Math.min(1, 2 * (1 - tCdf(over / error, freedom)))
}

/** A part decides about the whole from half of its pairs on. */
export const isEnough = (pairs: Evidence["pairs"]): boolean => pairs === undefined || pairs.there * 2 >= pairs.of

/** Verdicts on a family of comparisons; those of the same differences are one test and have one verdict. */
export function judge(family: ReadonlyArray<Evidence>, margin: number): ReadonlyArray<Judgement> {
  const name = ({ differences, estimate }: Evidence) => JSON.stringify([differences, estimate])
  const distinct = [...new Map(family.map((one) => [name(one), one])).values()]
  const tested = distinct.flatMap(({ differences, estimate, interval, pairs }) => {
    if (differences.length < fewestSeeds || estimate === undefined || !isEnough(pairs)) return []
    const { p, smallest } = wilcoxonSignedRank(differences)
    const tests = {
      difference: p,
      smallest,
      equivalence: equivalence(estimate, margin).p,
      beyond: beyond(estimate, margin)
    }
    return [{ differences, estimate, interval: interval ?? tInterval(estimate, 1 - ALPHA), tests }]
  })
  const corrected = (of: (tests: (typeof tested)[number]["tests"]) => number) =>
    holm(tested.map(({ tests }) => of(tests)))
  const [difference, equal, more, smallest] = [
    corrected((t) => t.difference),
    corrected((t) => t.equivalence),
    corrected((t) => t.beyond),
    corrected((t) => t.smallest)
  ]
  const needs = seedsNeeded(Math.max(1, tested.length))
  const untested = ({ differences, estimate, interval, pairs }: Evidence): Judgement => {
    const few = differences.length < fewestSeeds
    const why: Open =
      pairs !== undefined && !isEnough(pairs)
        ? { reason: "coverage", pairs: pairs.there, of: pairs.of }
        : few
          ? { reason: "few seeds", needs: seedsNeeded(distinct.length) }
          : { reason: "no interval" }
    return {
      verdict: { kind: "open", why },
      interval: few || estimate === undefined ? undefined : (interval ?? tInterval(estimate, 1 - ALPHA)),
      adjusted: undefined,
      family: distinct.length
    }
  }
  const judged = new Map(
    tested.map((one, i): readonly [string, Judgement] => {
      const { estimate, interval, tests } = one
      const adjusted = { difference: difference[i], equivalence: equal[i], beyond: more[i], smallest: smallest[i] }
      const sign = estimate.centre > 0 ? 1 : -1
      const excludesZero = interval.low > 0 || interval.high < 0
      const differs = excludesZero && adjusted.difference < ALPHA
      const verdict = (): Verdict => {
        if (adjusted.equivalence < ALPHA)
          return differs ? { kind: "different, within the margin", sign } : { kind: "equal" }
        if (differs)
          return adjusted.beyond < ALPHA ? { kind: "different", sign } : { kind: "different, by an open amount", sign }
        if (excludesZero && adjusted.smallest >= ALPHA) return { kind: "open", why: { reason: "family", needs } }
        if (excludesZero && tests.difference >= ALPHA) return { kind: "open", why: { reason: "ranks" } }
        const alone = excludesZero || tests.equivalence < ALPHA
        return { kind: "open", why: { reason: alone ? "correction" : "wide" } }
      }
      return [name(one), { verdict: verdict(), interval, adjusted, family: tested.length }]
    })
  )
  return family.map((one) => judged.get(name(one)) ?? untested(one))
}
