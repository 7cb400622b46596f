/** Intervals for seeds × configurations with gaps cover the truth as often as they say. */
import { describe, expect, test } from "vitest"
import { random } from "../../src/network/philox.ts"
import { type Crossed, crossedMean } from "../../src/statistics/crossed.ts"
import { estimate, mean, tInterval } from "../../src/statistics/statistics.ts"
import { mulberry } from "../support/random.ts"

const REPETITIONS = 1000

const normalOf = (uniform: () => number) => () =>
  Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())

/** A table of 8 seeds, with so many of them missing in each configuration, and the mean over the configurations. */
function table(r: number, C: number, missing: number, ofSeeds: number, rest: number) {
  const normal = normalOf(mulberry(1 + r))
  const { permutation } = random(r, "test/crossed")
  const effects = Array.from({ length: C }, normal)
  const seeds = Array.from({ length: 8 }, () => ofSeeds * normal())
  const values = effects.flatMap((effect, c): ReadonlyArray<Crossed> => {
    const there = [...permutation(8)].slice(missing)
    return there.map((seed) => ({ configuration: String(c), seed, value: effect + seeds[seed] + rest * normal() }))
  })
  return { values, truth: mean(effects) }
}

describe("the interval of the mean over configurations", () => {
  test("is Student's of the means by seed where nothing is missing", () => {
    const { values } = table(0, 5, 0, 0.5, 0.3)
    const bySeed = Array.from({ length: 8 }, (_, s) => mean(values.filter((v) => v.seed === s).map((v) => v.value)))
    const found = crossedMean(values).estimate!
    const expected = estimate(bySeed)
    for (const name of ["centre", "error", "freedom"] as const) expect(found[name]).toBeCloseTo(expected[name], 9)
  })

  test.each([
    [2, 0, 1, 1],
    [2, 2, 1, 1],
    [5, 2, 1, 0.3],
    [5, 2, 0.3, 1],
    [5, 2, 0, 1],
    [20, 2, 1, 1],
    [20, 2, 0.2, 1],
    [20, 2, 1, 0.01]
  ])(
    "covers 0.93 to 0.97 of them: %i configurations, %i of 8 seeds missing in each, spread of seeds %d, of the rest %d",
    (C, missing, ofSeeds, rest) => {
      let covered = 0
      for (let r = 0; r < REPETITIONS; r++) {
        const { values, truth } = table(r, C, missing, ofSeeds, rest)
        const { low, high } = tInterval(crossedMean(values).estimate!, 0.95)
        if (low < truth && truth < high) covered++
      }
      expect(covered / REPETITIONS).toBeGreaterThanOrEqual(0.93)
      expect(covered / REPETITIONS).toBeLessThanOrEqual(0.97)
    }
  )

  test("says nothing of one seed, or where no configuration has two", () => {
    expect(crossedMean([{ configuration: "a", seed: 0, value: 1 }]).estimate).toBeUndefined()
    const one = (configuration: string, seed: number) => ({ configuration, seed, value: 1 })
    expect(crossedMean([one("a", 0), one("b", 1)]).estimate).toBeUndefined()
    expect(crossedMean([]).estimate).toBeUndefined()
  })
})
