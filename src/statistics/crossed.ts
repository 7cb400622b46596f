/**
 * The mean over configurations of a score that seeds and configurations give together, some of them missing.
 *
 * The model is y = μ + a(configuration) + b(seed) + e: configurations are those at hand, seeds a sample, as are the rest
 * e. The estimate is the mean over configurations of their means over the seeds that they have, so it is linear in y, and
 * its variance is one in the variances of b and e. Those come from the mean squares of seeds (after configurations) and of
 * the rest, as in Henderson's method III (Searle, Casella & McCulloch, Variance Components, §5.5); degrees of freedom
 * after Satterthwaite. With nothing missing it is Student's interval of the means by seed.
 */
import { type Estimate, mean, variance } from "./statistics.ts"

/** One value of the table. */
export interface Crossed {
  readonly configuration: string
  readonly seed: number
  readonly value: number
}

const square = (value: number): number => value * value

/** A pivot below this times its diagonal is a direction that the data say nothing about. */
const NOTHING = 1e-9

/** Solves A x = b for a positive semi-definite A [n, n] by elimination; gives x, 0 where A is singular, and A's rank. */
function solve(A: ReadonlyArray<ReadonlyArray<number>>, b: ReadonlyArray<number>) {
  const n = b.length
  const rows = A.map((row, i) => [...row, b[i]])
  const free: Array<boolean> = []
  for (let k = 0; k < n; k++) {
    free[k] = rows[k][k] <= NOTHING * Math.max(1, A[k][k])
    if (free[k]) continue
    for (let i = 0; i < n; i++) {
      const factor = i === k ? 0 : rows[i][k] / rows[k][k]
      if (factor !== 0) for (let j = k; j <= n; j++) rows[i][j] -= factor * rows[k][j]
    }
  }
  const x = rows.map((row, i) => (free[i] ? 0 : row[n] / row[i]))
  return { x, rank: free.filter((one) => !one).length }
}

export interface CrossedMean {
  /** Mean over the configurations of their means over the seeds that they have; NaN of none. */
  readonly centre: number
  /** What each seed gives of it: the centre and the seed's effect, those of missing cells taken into account. */
  readonly bySeed: ReadonlyMap<number, number>
  /**
   * The centre with its error. Undefined where that cannot be told: below two seeds, where no configuration has two, or
   * where seeds have too few configurations in common to be told from them; and of a single configuration of several.
   */
  readonly estimate: Estimate | undefined
}

/**
 * The mean over `of` configurations, of which some are there. Where others are missing, the variance of a mean of m out
 * of C without replacement is added, s²/m · (1 − m/C) (Cochran, Sampling Techniques, §2.6), which takes those that are
 * there for a random part.
 */
export function crossedMean(values: ReadonlyArray<Crossed>, of?: number): CrossedMean {
  const groups = [...Map.groupBy(values, (v) => v.configuration).values()]
  const seeds = [...new Set(values.map((v) => v.seed))].sort((a, b) => a - b)
  const [C, S, N] = [groups.length, seeds.length, values.length]
  const means = groups.map((group) => mean(group.map((v) => v.value)))
  const centre = mean(means)
  const { A, right, weight, total, squares } = reduced(groups, means, seeds)
  const { x, rank } = solve(A, right)
  if (S < 2 || rank < S - 1) {
    const own = (seed: number) => mean(values.filter((v) => v.seed === seed).map((v) => v.value))
    return { centre, bySeed: new Map(seeds.map((seed) => [seed, own(seed)])), estimate: undefined }
  }
  // Effects of seeds are known up to a constant: those in the centre sum to nothing.
  const shift = x.reduce((sum, b, s) => sum + weight[s] * b, 0)
  const bySeed = new Map(seeds.map((seed, s) => [seed, centre + x[s] - shift]))

  const ofSeeds = x.reduce((sum, b, s) => sum + b * right[s], 0)
  const rest = { square: Math.max(0, total - ofSeeds), freedom: N - C - rank }
  const meanSquare = ofSeeds / rank
  // E[mean square of seeds] = var(e) + k var(b)
  const k = (N - C) / rank
  const share = weight.reduce((sum, w) => sum + w * w, 0) / k
  const correction = squares - share
  const ofRest = rest.freedom === 0 ? meanSquare : rest.square / rest.freedom
  const terms = [
    { variance: share * meanSquare, freedom: rank },
    { variance: correction * ofRest, freedom: rest.freedom === 0 ? rank : rest.freedom }
  ]
  if (of !== undefined && C < of) {
    if (C < 2) return { centre, bySeed, estimate: undefined }
    terms.push({ variance: (variance(means) / C) * (1 - C / of), freedom: C - 1 })
  }
  return { centre, bySeed, estimate: { centre, ...satterthwaite(terms, rank) } }
}

/** The reduced normal equations of the seeds' effects, after the configurations'. */
function reduced(
  groups: ReadonlyArray<ReadonlyArray<Crossed>>,
  means: ReadonlyArray<number>,
  seeds: ReadonlyArray<number>
) {
  const place = new Map(seeds.map((seed, s) => [seed, s]))
  const at = (seed: number): number => place.get(seed) ?? -1
  const [C, S] = [groups.length, seeds.length]
  const A = seeds.map(() => new Array<number>(S).fill(0))
  const right = new Array<number>(S).fill(0)
  const weight = new Array<number>(S).fill(0) // of each seed in the estimate
  let [total, squares] = [0, 0] // Σ of squares within configurations; Σ of squared weights
  for (const [c, group] of groups.entries()) {
    const n = group.length
    squares += 1 / (C * C * n)
    for (const { seed, value } of group) {
      const s = at(seed)
      weight[s] += 1 / (C * n)
      right[s] += value - means[c]
      total += square(value - means[c])
      A[s][s] += 1
      for (const other of group) A[s][at(other.seed)] -= 1 / n
    }
  }
  return { A, right, weight, total, squares }
}

/** The error of a sum of variances, and its degrees of freedom; `least` where there is none. */
function satterthwaite(terms: ReadonlyArray<{ variance: number; freedom: number }>, least: number) {
  const sum = Math.max(
    0,
    terms.reduce((all, { variance }) => all + variance, 0)
  )
  const spread = terms.reduce((all, { variance, freedom }) => all + square(variance) / freedom, 0)
  const most = terms.reduce((all, { freedom }) => all + freedom, 0)
  const freedom = spread === 0 ? least : Math.min(square(sum) / spread, most)
  return { error: Math.sqrt(sum), freedom: Math.max(1, freedom) }
}
