import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  bcaInterval,
  equivalence,
  estimate,
  holm,
  mean,
  resamples,
  tInterval,
  wilcoxonSignedRank
} from "../../src/statistics/statistics.ts"

/**
 * Values of SciPy 1.17.1:
 *
 *     from scipy import stats; import numpy as np
 *     stats.ttest_1samp(x, 0).confidence_interval(0.95)                                             # t
 *     stats.wilcoxon(x, method="exact").pvalue                                                      # wilcoxon
 *     stats.wilcoxon(x, method=stats.PermutationMethod(n_resamples=np.inf)).pvalue                  # … of `ties`
 *     max(stats.ttest_1samp(x, -m, alternative="greater").pvalue,
 *         stats.ttest_1samp(x, m, alternative="less").pvalue)                                       # tost
 *     stats.bootstrap((x,), np.mean, n_resamples=1000000, method="BCa", batch=10000,
 *                     rng=np.random.default_rng(1)).confidence_interval                             # bca
 */
const scipy = {
  seven: {
    x: [0.012, -0.004, 0.021, 0.007, 0.015, -0.001, 0.009],
    t: [0.0003331832352416117, 0.016523959621901247],
    wilcoxon: 0.078125,
    tost: { margin: 0.02, p: 0.006432074022578827 },
    bca: [0.002285714285714286, 0.014285714285714287]
  },
  ties: {
    x: [0.5, -0.5, 1.0, 1.0, -0.25, 2.0, 0.75, 0.75],
    t: [0.0054267551050870555, 1.307073244894913],
    wilcoxon: 0.046875,
    tost: { margin: 1, p: 0.12591623777556116 },
    bca: [0.15625, 1.15625]
  },
  small: {
    x: [0.003, 0.001, -0.002, 0.004, 0.0005, -0.0015, 0.0025, 0.0001],
    t: [-0.0008245938430057629, 0.002724593843005763],
    wilcoxon: 0.25,
    tost: { margin: 0.002, p: 0.10224795128064885 },
    bca: [-0.000425, 0.0023125]
  },
  skewed: {
    x: [0.1, 1.2, 0.3, 0.05, 2.5, 0.2, 0.7, 0.15, 0.4, 3.1, 0.25, 0.6, 0.35, 0.08, 0.9, 1.7],
    t: [0.3002947924849345, 1.2722052075150656],
    wilcoxon: 3.0517578125e-5,
    tost: { margin: 1, p: 0.18166869509313752 },
    bca: [0.44875, 1.3675]
  }
}

describe.each(Object.entries(scipy))("SciPy agrees on the sample '%s'", (_, sample) => {
  it("about the t interval of the mean", () => {
    const { low, high } = tInterval(estimate(sample.x), 0.95)
    expect(low).toBeCloseTo(sample.t[0], 12)
    expect(high).toBeCloseTo(sample.t[1], 12)
  })

  it("about Wilcoxon's exact p, ties or not", () => {
    expect(wilcoxonSignedRank(sample.x).p).toBeCloseTo(sample.wilcoxon, 12)
  })

  it("about the two one-sided t tests", () => {
    expect(equivalence(estimate(sample.x), sample.tost.margin).p).toBeCloseTo(sample.tost.p, 10)
  })

  it("about the BCa interval, but for the noise of 10,000 resamples", () => {
    const { low, high } = bcaInterval(sample.x, { level: 0.95, resamples, seed: 0 })
    const tolerance = 0.04 * (sample.bca[1] - sample.bca[0])
    expect(Math.abs(low - sample.bca[0])).toBeLessThan(tolerance)
    expect(Math.abs(high - sample.bca[1])).toBeLessThan(tolerance)
  })
})

describe("bcaInterval", () => {
  const options = { level: 0.95, resamples: 2000, seed: 3 }

  it("gives the same interval for the same seed and another for another", () => {
    const { x } = scipy.skewed
    expect(bcaInterval(x, options)).toEqual(bcaInterval(x, options))
    expect(bcaInterval(x, { ...options, seed: 4 })).not.toEqual(bcaInterval(x, options))
  })

  it("is not symmetric around the mean of a skewed sample, as the t interval is", () => {
    const { x } = scipy.skewed
    const { low, high } = bcaInterval(x, options)
    expect(high - mean(x)).toBeGreaterThan(1.15 * (mean(x) - low))
  })

  it("is a point where all values are equal", () => {
    expect(bcaInterval([2, 2, 2, 2], options)).toEqual({ method: "BCa", low: 2, high: 2 })
  })

  it("moves and stretches with the values", () => {
    const { x } = scipy.seven
    const { low, high } = bcaInterval(x, options)
    const moved = bcaInterval(
      x.map((value) => 8 * value + 0.5),
      options
    )
    expect(moved.low).toBeCloseTo(8 * low + 0.5, 12)
    expect(moved.high).toBeCloseTo(8 * high + 0.5, 12)
  })
})

describe("wilcoxonSignedRank", () => {
  /** p by going through all sign patterns. */
  const bruteForce = (differences: ReadonlyArray<number>): number => {
    const kept = differences.filter((d) => d !== 0)
    const size = kept.map(Math.abs)
    const ranks = size.map((s) => size.filter((o) => o < s).length + (size.filter((o) => o === s).length + 1) / 2)
    const centre = ranks.reduce((a, b) => a + b, 0) / 2
    const distance = (signs: number) =>
      Math.abs(ranks.reduce((sum, rank, i) => sum + ((signs >> i) & 1 ? rank : 0), 0) - centre)
    const observed = distance(kept.reduce((bits, d, i) => bits | (d > 0 ? 1 << i : 0), 0))
    let extreme = 0
    for (let signs = 0; signs < 1 << kept.length; signs++) extreme += distance(signs) >= observed - 1e-9 ? 1 : 0
    return extreme / 2 ** kept.length
  }

  it("counts every assignment of signs, with ties and zeros", () => {
    const differences = fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 9 })
    fc.assert(
      fc.property(differences, (x) => {
        expect(wilcoxonSignedRank(x).p).toBeCloseTo(bruteForce(x), 12)
      }),
      { numRuns: 200, seed: 1 }
    )
  })

  it("names the least p that so many differences can give, which is reached when all have one sign", () => {
    for (const n of [3, 6, 8, 10]) {
      const all = Array.from({ length: n }, (_, i) => i + 1)
      expect(wilcoxonSignedRank(all)).toEqual({ p: 2 / 2 ** n, smallest: 2 / 2 ** n })
    }
  })
})

describe("holm", () => {
  it("multiplies by what is left of the family and never decreases (R: p.adjust)", () => {
    expect(holm([0.01, 0.04, 0.03, 0.005]).map((p) => Number(p.toFixed(10)))).toEqual([0.03, 0.06, 0.06, 0.02])
  })

  it("leaves an empty family alone", () => {
    expect(holm([])).toEqual([])
  })
})

describe("equivalence", () => {
  it("finds equal values equal, and off by more than the margin not", () => {
    expect(equivalence(estimate([0.01, 0.01, 0.01]), 0.02).p).toBe(0)
    expect(equivalence(estimate([0.03, 0.03, 0.03]), 0.02).p).toBe(1)
    expect(equivalence(estimate([0.031, 0.029, 0.03]), 0.02).p).toBeGreaterThan(0.95)
  })
})
