/** A part of a grid, drawn by cost: what it says of the whole, beside a small grid that is run whole. */
import { expect, test } from "vitest"
import { inclusion, isDrawn, sampledMean } from "../../src/statistics/sampled.ts"
import { mean, tInterval } from "../../src/statistics/statistics.ts"
import { generator } from "../engine/random.ts"

const SEEDS = 8
/** A small grid: layers × filters, whose cost is their product, as are its differences in part. */
const grid = [1, 2, 4, 8, 16, 32].flatMap((layers) =>
  [1, 2, 4, 8, 16, 32].map((filters) => ({
    name: `${layers}×${filters}`,
    layers,
    filters,
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
})

test("a draw is the configuration's own: others change nothing; over seeds it comes as often as declared", () => {
  const times = Array.from({ length: 4000 }, (_, seed) => isDrawn("4×2", 0.3, seed)).filter(Boolean).length
  expect(times / 4000).toBeGreaterThan(0.3 - 0.025)
  expect(times / 4000).toBeLessThan(0.3 + 0.025)
  expect(isDrawn("4×2", 0.3, 5)).toBe(isDrawn("4×2", 0.3, 5))
  expect(isDrawn("4×2", 1, 5)).toBe(true)
})

test("of a whole grid the estimate is its mean, and the configurations add no variance", () => {
  const values = grid.flatMap(({ name, layers }) =>
    [0, 1, 2].map((seed) => ({ configuration: name, probability: 1, seed, value: layers + seed }))
  )
  const whole = sampledMean(values)!
  expect(whole.estimate.centre).toBeCloseTo(mean(values.map(({ value }) => value)), 12)
  expect(whole.betweenConfigurations).toBe(0)
  expect(whole.betweenSeeds).toBeCloseTo(1 / 3, 12)
  expect(sampledMean(values.slice(0, 3))).toBeUndefined()
})

test("in 1,000 draws the 95 % interval holds the whole grid's mean about as often as it says; the plain mean is biased", () => {
  const uniform = generator(1)
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  // The difference grows with layers and filters, so the cheap ones alone would mislead.
  const effects = grid.map(
    ({ layers, filters }) => 0.01 * Math.log2(layers) + 0.01 * Math.log2(filters) + 0.01 * normal()
  )
  const truth = mean(effects)
  const probabilities = inclusion(costs, 18)
  const found = { covered: 0, centre: 0, plain: 0, draws: 0 }
  for (let draw = 0; draw < 1000; draw++) {
    const shared = Array.from({ length: SEEDS }, () => 0.01 * normal())
    const values = grid.flatMap(({ name }, i) =>
      isDrawn(name, probabilities[i], draw)
        ? shared.map((own, seed) => ({
            ...{ configuration: name, probability: probabilities[i], seed },
            value: effects[i] + own + 0.01 * normal()
          }))
        : []
    )
    const sampled = sampledMean(values)
    if (sampled === undefined) continue
    const { low, high } = tInterval(sampled.estimate, 0.95)
    found.draws++
    if (low <= truth && truth <= high) found.covered++
    found.centre += sampled.estimate.centre
    found.plain += mean(values.map(({ value }) => value))
  }
  expect(found.draws).toBeGreaterThan(990)
  expect(found.covered / found.draws).toBeGreaterThan(0.9)
  expect(Math.abs(found.centre / found.draws - truth)).toBeLessThan(0.004)
  expect(Math.abs(found.plain / found.draws - truth)).toBeGreaterThan(0.007)
})
