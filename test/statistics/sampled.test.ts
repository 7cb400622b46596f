/** A part of a grid, drawn by cost: what it says of the whole, beside a small grid that is run whole. */
import { expect, test } from "vitest"
import { inclusion, isDrawn, sampledMean } from "../../src/statistics/sampled.ts"
import { mean, tInterval } from "../../src/statistics/statistics.ts"
import { mulberry } from "../support/random.ts"

const SEEDS = 8
/** A small grid: layers × filters, whose cost grows with both, as do its differences in part. */
const grid = [1, 2, 4, 8, 16, 32].flatMap((layers) =>
  [1, 2, 4, 8, 16, 32].map((filters) => ({
    ...{ name: `${layers}×${filters}`, layers, filters },
    cost: layers * filters * filters
  }))
)
const costs = grid.map(({ cost }) => cost)

test("probabilities follow cost, none is below a fiftieth of the largest, their sum is what is asked for", () => {
  const all = inclusion(costs, 12)
  expect(all.reduce((a, b) => a + b, 0)).toBeCloseTo(12, 6)
  expect(Math.min(...all) / Math.max(...all)).toBeGreaterThanOrEqual(1 / 50 - 1e-9)
  expect(all.every((p, i) => all.every((q, j) => costs[i] >= costs[j] || p >= q))).toBe(true)
  expect(inclusion(costs, costs.length)).toEqual(costs.map(() => 1))
  expect(inclusion(costs, 1000)).toEqual(costs.map(() => 1))
  expect(inclusion([5, 5, 5, 5], 1)).toEqual([0.25, 0.25, 0.25, 0.25].map((p) => expect.closeTo(p, 9)))
})

test("a draw is the configuration's own: it comes as often as declared, and a larger sample keeps it", () => {
  const times = Array.from({ length: 4000 }, (_, seed) => isDrawn("4×2", 0.3, seed)).filter(Boolean).length
  expect(Math.abs(times / 4000 - 0.3)).toBeLessThan(0.025)
  expect(isDrawn("4×2", 1, 5)).toBe(true)
  const drawn = (expected: number, seed: number) => {
    const probabilities = inclusion(costs, expected)
    return grid.flatMap(({ name }, i) => (isDrawn(name, probabilities[i], seed) ? [name] : []))
  }
  for (let seed = 0; seed < 20; seed++) {
    const sizes = [4, 8, 9, 20, 30, 36].map((expected) => drawn(expected, seed))
    for (const [i, smaller] of sizes.slice(0, -1).entries())
      expect(sizes[i + 1]).toEqual(expect.arrayContaining(smaller))
    expect(sizes.at(-1)).toHaveLength(grid.length)
  }
})

test("of a whole grid the estimate is its mean, and the configurations add no variance", () => {
  const values = grid.flatMap(({ name, layers }) =>
    [0, 1, 2].map((seed) => ({ configuration: name, probability: 1, seed, value: layers + seed }))
  )
  const whole = sampledMean(values)
  expect(whole.centre).toBeCloseTo(mean(values.map(({ value }) => value)), 12)
  expect(whole.betweenConfigurations).toBe(0)
  expect(whole.betweenSeeds).toBeCloseTo(1 / 3, 12)
  expect(whole.estimate?.freedom).toBe(2)
  // One configuration that came by chance says nothing of the others; one that is all there is, does.
  expect(sampledMean(values.slice(0, 3).map((one) => ({ ...one, probability: 0.5 }))).estimate).toBeUndefined()
  expect(sampledMean(values.slice(0, 3)).estimate).toMatchObject({ centre: 2 })
  expect(sampledMean([]).estimate).toBeUndefined()
})

test("the variance between configurations is Horvitz & Thompson's, by hand", () => {
  // Two configurations of weights 2 and 4: mean (2·1 + 4·4) / 6 = 3; residuals −2 / (1 − 1/3) = −3 and 1 / (1 − 2/3) = 3.
  const values = [
    { configuration: "a", probability: 0.5, value: 1 },
    { configuration: "b", probability: 0.25, value: 4 }
  ].flatMap((one) => [0, 1].map((seed) => ({ ...one, seed })))
  const { centre, betweenConfigurations, betweenSeeds } = sampledMean(values)
  expect(centre).toBeCloseTo(3, 12)
  expect(betweenConfigurations).toBeCloseTo(0.5 * (3 / 3) ** 2 + 0.75 * ((2 / 3) * 3) ** 2, 12)
  expect(betweenSeeds).toBe(0)
})

/** Differences that grow with layers and filters, so that the cheap configurations alone would mislead; or do not. */
const truths = [
  { trend: 0.01, configurations: 0.01, seeds: 0.01, rest: 0.01 },
  { trend: 0, configurations: 0.02, seeds: 0.002, rest: 0.01 },
  { trend: 0.02, configurations: 0, seeds: 0, rest: 0.005 }
]

test.each(truths)(
  "in 1,000 draws the interval at 95 % holds the whole grid's mean as often as it says, with a trend of $trend",
  (truth) => {
    const uniform = mulberry(1)
    const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
    const effects = grid.map(
      ({ layers, filters }) => truth.trend * Math.log2(layers * filters) + truth.configurations * normal()
    )
    const whole = mean(effects)
    const probabilities = inclusion(costs, 18)
    const found = { covered: 0, centre: 0, plain: 0, error: 0 }
    for (let draw = 0; draw < 1000; draw++) {
      const shared = Array.from({ length: SEEDS }, () => truth.seeds * normal())
      const values = grid.flatMap(({ name }, i) =>
        isDrawn(name, probabilities[i], draw)
          ? shared.map((own, seed) => ({
              ...{ configuration: name, probability: probabilities[i], seed },
              value: effects[i] + own + truth.rest * normal()
            }))
          : []
      )
      const { estimate } = sampledMean(values)
      if (estimate === undefined) throw new Error("too few were drawn")
      const { low, high } = tInterval(estimate, 0.95)
      if (low <= whole && whole <= high) found.covered++
      found.centre += estimate.centre / 1000
      found.error += estimate.error / 1000
      found.plain += mean(values.map(({ value }) => value)) / 1000
    }
    // Nominal but for the error of 1,000 draws (0.007): not below 93 %, and not for being wide without need.
    expect(found.covered / 1000).toBeGreaterThan(0.93)
    expect(found.covered / 1000).toBeLessThan(0.99)
    expect(Math.abs(found.centre - whole)).toBeLessThan(0.3 * found.error)
    // The plain mean of what was drawn is not that of the grid where differences follow cost.
    if (truth.trend > 0) expect(Math.abs(found.plain - whole)).toBeGreaterThan(found.error)
  }
)
