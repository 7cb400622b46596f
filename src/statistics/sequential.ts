/**
 * Claims that are looked at several times while seeds are added, without finding more for it. The error of a claim is
 * spent over its looks by a function of the share of seeds that are there (Lan & DeMets 1983, after Pocock), that of a
 * family by Holm's rule: both together are a closed test, since a look at a smaller share of α never has a larger level
 * (Liu & Anderson 2008, "On adaptive extensions of group sequential trials"; Maurer & Bretz 2013). Levels come from the
 * joint normal distribution of the looks and are applied to Student's p (Jennison & Turnbull 2000, §3.3).
 */
import normalCdf from "@stdlib/stats-base-dists-normal-cdf"
import tCdf from "@stdlib/stats-base-dists-t-cdf"
import { exp, log } from "../network/math.ts"
import { type Estimate, equivalence, estimate, type Interval, tInterval } from "./statistics.ts"
import { ALPHA, beyond, type Verdict } from "./verdict.ts"

/** Share of α that is spent when a share of the seeds is there. */
const spent = (share: number): number => log(1 + (exp(1) - 1) * share)

const STEPS = 200 // of the integral over the states that go on; with twice as many no level moves by more than 1e-7

/** Densities of a sum of independent normal steps that has not crossed its bound yet, at the points of a grid. */
interface Going {
  readonly points: Float64Array
  readonly weights: Float64Array // Simpson's, times the density
}

const normalDensity = (x: number): number => exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)

function simpson(low: number, high: number, density: (x: number) => number): Going {
  const step = (high - low) / STEPS
  const points = Float64Array.from({ length: STEPS + 1 }, (_, i) => low + i * step)
  const weights = points.map((x, i) => density(x) * (step / 3) * (i === 0 || i === STEPS ? 1 : i % 2 === 1 ? 4 : 2))
  return { points, weights }
}

/** Of one test: each look's level, such that all looks together reject with probability α where nothing is there. */
function levelsAt(looks: ReadonlyArray<number>, alpha: number, sides: 1 | 2): ReadonlyArray<number> {
  const last = looks[looks.length - 1]
  const times = looks.map((seeds) => seeds / last)
  const levels: Array<number> = []
  let going: Going | undefined
  for (const [k, time] of times.entries()) {
    const before = k === 0 ? 0 : times[k - 1]
    const share = alpha * (spent(time) - (k === 0 ? 0 : spent(before)))
    const deviation = Math.sqrt(time - before)
    /** That a path which went on so far is beyond the bound now. */
    const crossing = (bound: number): number => {
      const over = (x: number) => 1 - normalCdf((bound - x) / deviation, 0, 1)
      const under = (x: number) => (sides === 2 ? normalCdf((-bound - x) / deviation, 0, 1) : 0)
      if (going === undefined) return over(0) + under(0)
      return going.points.reduce((sum, x, i) => sum + going!.weights[i] * (over(x) + under(x)), 0)
    }
    let [low, high] = [0, 9 * Math.sqrt(time)]
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2
      if (crossing(middle) > share) low = middle
      else high = middle
    }
    const bound = (low + high) / 2
    levels.push(sides * (1 - normalCdf(bound / Math.sqrt(time), 0, 1)))
    const earlier: Going | undefined = going
    going = simpson(sides === 2 ? -bound : -9 * Math.sqrt(time), bound, (x) => {
      if (earlier === undefined) return normalDensity(x / deviation) / deviation
      let sum = 0
      for (let i = 0; i <= STEPS; i++) sum += earlier.weights[i] * normalDensity((x - earlier.points[i]) / deviation)
      return sum / deviation
    })
  }
  return levels
}

const known = new Map<string, ReadonlyArray<number>>()

/**
 * The level of each look, for a test that may err with probability `alpha` over all of them. `looks`: numbers of seeds,
 * rising; `sides`: 2 for a difference in either direction, 1 for an equivalence.
 */
export function levelsOf(looks: ReadonlyArray<number>, alpha: number, sides: 1 | 2): ReadonlyArray<number> {
  const name = `${looks.join(",")}/${alpha}/${sides}`
  const levels = known.get(name) ?? levelsAt(looks, alpha, sides)
  known.set(name, levels)
  return levels
}

/** Where a test of a claim rejects: the first look that does, by place; undefined where none does yet. */
type Rejected = ReadonlyArray<number | undefined>

/** Holm's rule over a family of claims, each with a p for every look that there has been. */
function rejections(
  family: ReadonlyArray<ReadonlyArray<number>>,
  looks: ReadonlyArray<number>,
  sides: 1 | 2
): Rejected {
  const at = new Array<number | undefined>(family.length).fill(undefined)
  for (let found = true; found; ) {
    const open = at.flatMap((look, i) => (look === undefined ? [i] : []))
    if (open.length === 0) break
    const levels = levelsOf(looks, ALPHA / open.length, sides)
    found = false
    for (const i of open) {
      const look = family[i].findIndex((p, k) => p <= levels[k])
      if (look < 0) continue
      at[i] = look
      found = true
    }
  }
  return at
}

/** p, two-sided, of a mean of zero. */
const different = ({ centre, error, freedom }: Estimate): number =>
  error === 0 ? (centre === 0 ? 1 : 0) : 2 * (1 - tCdf(Math.abs(centre) / error, freedom))

export interface Looked {
  readonly verdict: Verdict
  /** Seeds of the look that decided, or of the last one; undefined before the first. */
  readonly seeds: number | undefined
  readonly estimate: Estimate | undefined
  /** At 95 % over all looks, at that one. */
  readonly interval: Interval | undefined
  /** Seeds of the look that comes next, if it is open and one is left. */
  readonly next: number | undefined
}

/**
 * Verdicts on a family of claims, each with a difference a seed, in the order of the seeds. Claims are those declared,
 * whether they have seeds yet or not: all count in the family.
 */
export function judgeInLooks(
  family: ReadonlyArray<ReadonlyArray<number>>,
  margin: number,
  looks: ReadonlyArray<number>
): ReadonlyArray<Looked> {
  const estimates = family.map((differences) =>
    looks.filter((seeds) => seeds <= differences.length).map((seeds) => estimate(differences.slice(0, seeds)))
  )
  const each = (p: (one: Estimate) => number, sides: 1 | 2) =>
    rejections(
      estimates.map((own) => own.map(p)),
      looks,
      sides
    )
  const differs = each(different, 2)
  const equals = each((one) => equivalence(one, margin).p, 1)
  const exceeds = each((one) => beyond(one, margin), 2)
  return estimates.map((own, i) => {
    const last = own.length - 1
    const stop = Math.min(differs[i] ?? Number.POSITIVE_INFINITY, equals[i] ?? Number.POSITIVE_INFINITY)
    const at = Math.min(stop, last)
    const one = own[at]
    const by = (look: number | undefined) => look !== undefined && look <= at
    if (one === undefined) {
      const why = { reason: "few seeds", needs: looks[0] } as const
      const none = { seeds: undefined, estimate: undefined, interval: undefined }
      return { verdict: { kind: "open", why }, ...none, next: looks[0] }
    }
    const sign = one.centre > 0 ? 1 : -1
    const verdict = (): Verdict => {
      if (by(equals[i])) return by(differs[i]) ? { kind: "different, within the margin", sign } : { kind: "equal" }
      if (!by(differs[i])) return { kind: "open", why: { reason: "wide" } }
      return by(exceeds[i]) ? { kind: "different", sign } : { kind: "different, by an open amount", sign }
    }
    const interval = tInterval(one, 1 - levelsOf(looks, ALPHA, 2)[at])
    return {
      verdict: verdict(),
      seeds: looks[at],
      estimate: one,
      interval,
      next: stop <= last ? undefined : looks[at + 1]
    }
  })
}
