/** Page's trend test and Spearman's correlation, beside SciPy (test/oracle/scipy-designs.py). */
import { expect, test } from "vitest"
import { pageTrend, slope, spearman } from "../../src/statistics/trend.ts"
import scipy from "./scipy-designs.json" with { type: "json" }

test.each(scipy.page)("SciPy agrees on Page's test, L = $statistic", ({ blocks, statistic, p }) => {
  const own = pageTrend(blocks)
  expect(own.statistic).toBeCloseTo(statistic, 10)
  expect(own.p).toBeCloseTo(p, 12)
})

test.each(scipy.spearman)("SciPy agrees on Spearman's ρ = $rho", ({ x, y, rho, p, low, high }) => {
  const own = spearman(x, y)!
  expect(own.rho).toBeCloseTo(rho, 12)
  expect(own.p).toBeCloseTo(p, 12)
  expect(own.interval!.low).toBeCloseTo(low, 10)
  expect(own.interval!.high).toBeCloseTo(high, 10)
})

test("what is in order has ρ 1, what is constant none", () => {
  expect(spearman([1, 2, 3, 4], [2, 3, 5, 9])).toEqual({ rho: 1, p: 0, interval: { low: 1, high: 1 } })
  expect(spearman([1, 2, 3], [5, 5, 5])).toBeUndefined()
  expect(spearman([1, 2, 3], [1, 3, 2])?.interval).toBeUndefined()
})

test("a slope is that of the line", () => expect(slope([0, 0.1, 0.4], [1, 1.2, 1.8])).toBeCloseTo(2, 12))
