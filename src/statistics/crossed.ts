/**
 * The mean over configurations of a score that seeds and configurations give together, some of them missing.
 *
 * The model is y = μ + a(configuration) + b(seed) + e: configurations are those at hand, seeds a sample, as are the rest
 * e. The estimate is the mean over configurations of their means over the seeds that they have, so it is linear in y, and
 * its variance is one in the variances of b and e. Those come from the mean squares of seeds (after configurations) and of
 * the rest, as in Henderson's method III (Searle, Casella & McCulloch, Variance Components, §5.5); degrees of freedom
 * after Satterthwaite. With nothing missing it is Student's interval of the means by seed.
 */
import { type Estimate, mean } from "./statistics.ts"

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

/**
 * The mean over the configurations, its standard error and the degrees of freedom of that. Undefined where that cannot be
 * told: below two seeds, or where no configuration has two of them.
 */
export function crossedEstimate(values: ReadonlyArray<Crossed>): Estimate | undefined {
  const configurations = [...new Set(values.map((v) => v.configuration))]
  const seeds = [...new Set(values.map((v) => v.seed))]
  const [C, S, N] = [configurations.length, seeds.length, values.length]
  if (S < 2 || N <= C) return undefined
  const groups = configurations.map((name) => values.filter((v) => v.configuration === name))
  const means = groups.map((group) => mean(group.map((v) => v.value)))
  const centre = mean(means)

  // Seeds after configurations: the reduced normal equations of b.
  const place = new Map(seeds.map((seed, s) => [seed, s]))
  const A = seeds.map(() => new Array<number>(S).fill(0))
  const right = new Array<number>(S).fill(0)
  const weight = new Array<number>(S).fill(0) // of each seed in the estimate
  let [total, squares] = [0, 0] // Σ of squares within configurations; Σ of squared weights
  for (const [c, group] of groups.entries()) {
    const n = group.length
    squares += 1 / (C * C * n)
    for (const { seed, value } of group) {
      const s = place.get(seed)!
      weight[s] += 1 / (C * n)
      right[s] += value - means[c]
      total += square(value - means[c])
      A[s][s] += 1
      for (const other of group) A[s][place.get(other.seed)!] -= 1 / n
    }
  }
  const { x, rank } = solve(A, right)
  const ofSeeds = x.reduce((sum, b, s) => sum + b * right[s], 0)
  const rest = { square: Math.max(0, total - ofSeeds), freedom: N - C - rank }
  if (rank === 0) return undefined

  const meanSquare = ofSeeds / rank
  // E[mean square of seeds] = var(e) + k var(b)
  const k = (N - C) / rank
  const share = weight.reduce((sum, w) => sum + w * w, 0) / k
  const correction = squares - share
  const ofRest = rest.freedom === 0 ? meanSquare : rest.square / rest.freedom
  const variance = share * meanSquare + correction * ofRest
  // Where seeds seem to differ by less than nothing, the rest alone.
  const floor = Math.max(variance, 0)
  const spread =
    square(share * meanSquare) / rank + (rest.freedom === 0 ? 0 : square(correction * ofRest) / rest.freedom)
  const freedom = spread === 0 ? rank : Math.min(square(floor) / spread, N - C)
  return { centre, error: Math.sqrt(floor), freedom: Math.max(1, freedom) }
}
