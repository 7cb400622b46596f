/** Learning rates that change: worked out by hand, and by Math's cosine. */
import * as fc from "fast-check"
import { expect, test } from "vitest"
import { cosPi } from "../../src/network/math.ts"
import { ratesOf, type Schedule } from "../../src/optimize/schedule.ts"

/** The rates of all steps of so many epochs of `steps`. */
const all = (schedule: Schedule, epochs: number, steps: number, rate = 1) =>
  Array.from({ length: epochs }, (_, epoch) => ratesOf(schedule, rate, epoch + 1, steps)).flat()

test("constant is constant", () => {
  expect(all({ kind: "constant", warmup: 0 }, 2, 3, 0.3)).toEqual(Array(6).fill(0.3))
})

test("a warm-up rises linearly to the whole rate, over parts of epochs too", () => {
  expect(all({ kind: "constant", warmup: 2 }, 3, 2)).toEqual([0.25, 0.5, 0.75, 1, 1, 1])
  expect(all({ kind: "constant", warmup: 0.5 }, 1, 4)).toEqual([0.5, 1, 1, 1])
})

test("step falls by its factor after every so many epochs", () => {
  expect(all({ kind: "step", warmup: 0, every: 2, factor: 0.5 }, 5, 2)).toEqual([
    1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25
  ])
})

test("cosine falls from the rate to its last share, and stays there", () => {
  const rates = all({ kind: "cosine", warmup: 1, epochs: 5, last: 0.1 }, 6, 10, 2)
  rates.forEach((rate, done) => {
    const way = Math.min(1, Math.max(0, (done - 10) / 40))
    const expected = 2 * Math.min(1, (done + 1) / 10) * (0.1 + (0.9 * (1 + Math.cos(Math.PI * way))) / 2)
    expect(rate).toBeCloseTo(expected, 14)
  })
  expect(rates[10]).toBe(2)
  expect(rates[30]).toBeCloseTo(1.1, 14)
  expect(rates[59]).toBeCloseTo(0.2, 14)
})

test("cos πx agrees with Math's", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (x) => Math.abs(cosPi(x) - Math.cos(Math.PI * x)) < 4e-16),
    { numRuns: 2000 }
  )
  expect([0, 0.5, 1].map(cosPi)).toEqual([1, 0, -1])
})
