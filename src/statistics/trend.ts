/** Whether values go up with an ordered factor: Page's test over blocks, and Spearman's rank correlation of two lists. */
import normalCdf from "@stdlib/stats-base-dists-normal-cdf"
import normalQuantile from "@stdlib/stats-base-dists-normal-quantile"
import tCdf from "@stdlib/stats-base-dists-t-cdf"
import ranks from "@stdlib/stats-ranks"
import { exp, log } from "../network/math.ts"
import { mean } from "./statistics.ts"

/**
 * Page's test (1963) that k treatments in their order have rising effects, in n blocks (a seed each): L = Σ j R_j with the
 * rank sums R_j, ties sharing their rank. p is one-sided, of the normal approximation that SciPy's
 * `page_trend_test(method="asymptotic")` takes too. `blocks` [n, k], k ≥ 2.
 */
export function pageTrend(blocks: ReadonlyArray<ReadonlyArray<number>>): {
  readonly statistic: number
  readonly p: number
} {
  const n = blocks.length
  const k = blocks[0].length
  const statistic = blocks.reduce(
    (sum, block) => sum + ranks([...block]).reduce((own, rank, j) => own + (j + 1) * rank, 0),
    0
  )
  const expected = (n * k * (k + 1) * (k + 1)) / 4
  const variance = (n * k * k * (k + 1) * (k + 1) * (k - 1)) / 144
  return { statistic, p: 1 - normalCdf((statistic - expected) / Math.sqrt(variance), 0, 1) }
}

export interface RankCorrelation {
  readonly rho: number
  /** Two-sided, of Student's t with n − 2 degrees of freedom. */
  readonly p: number
  /** At 95 %: Fisher's z with the standard error of Bonett & Wright (2000); undefined below 4 pairs. */
  readonly interval: { readonly low: number; readonly high: number } | undefined
}

/** Spearman's rank correlation, ties sharing their rank; undefined where one of the lists is constant. */
export function spearman(x: ReadonlyArray<number>, y: ReadonlyArray<number>): RankCorrelation | undefined {
  const n = x.length
  const [a, b] = [x, y].map((values) => {
    const own = ranks([...values])
    const centre = mean(own)
    return own.map((rank) => rank - centre)
  })
  const dot = (u: ReadonlyArray<number>, v: ReadonlyArray<number>) => u.reduce((sum, value, i) => sum + value * v[i], 0)
  const scale = Math.sqrt(dot(a, a) * dot(b, b))
  if (n < 3 || scale === 0) return undefined
  const rho = Math.max(-1, Math.min(1, dot(a, b) / scale))
  const rest = 1 - rho * rho
  const p = rest <= 0 ? 0 : 2 * (1 - tCdf(Math.abs(rho) * Math.sqrt((n - 2) / rest), n - 2))
  if (n < 4) return { rho, p, interval: undefined }
  if (rest <= 0) return { rho, p, interval: { low: rho, high: rho } }
  const z = log((1 + rho) / (1 - rho)) / 2
  const half = normalQuantile(0.975, 0, 1) * Math.sqrt((1 + (rho * rho) / 2) / (n - 3))
  const back = (value: number) => 1 - 2 / (exp(2 * value) + 1)
  return { rho, p, interval: { low: back(z - half), high: back(z + half) } }
}

/** The least-squares slope of `values` over `x`. */
export function slope(x: ReadonlyArray<number>, values: ReadonlyArray<number>): number {
  const [cx, cy] = [mean(x), mean(values)]
  const spread = x.reduce((sum, value) => sum + (value - cx) * (value - cx), 0)
  return x.reduce((sum, value, i) => sum + (value - cx) * (values[i] - cy), 0) / spread
}
