import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { exp, expm1, log, power, sigmoid, tanh } from "../../src/network/math.ts"

const view = new DataView(new ArrayBuffer(8))
/** A double's place among all doubles in order, so that a difference of places is a distance in ulps. */
function place(x: number): bigint {
  view.setFloat64(0, x)
  const bits = view.getBigInt64(0)
  return bits < 0n ? -(bits & 0x7fffffffffffffffn) : bits
}
function ulps(a: number, b: number): number {
  if (Object.is(a, b) || (a === 0 && b === 0)) return 0
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b) ? 0 : Infinity
  return Math.abs(Number(place(a) - place(b)))
}

const functions = [
  ["exp", exp, Math.exp],
  ["expm1", expm1, Math.expm1],
  ["log", log, Math.log],
  ["tanh", tanh, Math.tanh]
] as const

describe.each(functions)("%s", (_, own, reference) => {
  const close = (x: number) => {
    expect(ulps(own(x), reference(x)), `at ${x}`).toBeLessThanOrEqual(2)
  }
  test("agrees with Math's over all doubles", () => {
    fc.assert(fc.property(fc.double(), close), { numRuns: 5000 })
  })
  test("agrees with Math's where networks live", () => {
    fc.assert(fc.property(fc.double({ min: -30, max: 30 }), close), { numRuns: 5000 })
    fc.assert(fc.property(fc.double({ min: 0.5, max: 2 }), close), { numRuns: 5000 })
    for (let x = -800; x <= 800; x += 0.37) close(x)
  })
  test("knows the special values", () => {
    for (const x of [0, -0, 1, -1, Infinity, -Infinity, NaN, 5e-324, 1.7976931348623157e308, 709.78, -745.1, 710])
      close(x)
  })
})

test("sigmoid is 1 / (1 + e^-x) and stays within 0 … 1", () => {
  expect(sigmoid(0)).toBe(0.5)
  expect(sigmoid(800)).toBe(1)
  expect(sigmoid(-800)).toBe(0)
  fc.assert(
    fc.property(fc.double({ min: -30, max: 30, noNaN: true }), (x) => ulps(sigmoid(x), 1 / (1 + Math.exp(-x))) <= 8)
  )
})

test("power is repeated multiplication", () => {
  expect(power(3, 0)).toBe(1)
  expect(power(2, 40)).toBe(1099511627776)
  expect(power(0.999, 1000)).toBeCloseTo(0.999 ** 1000, 14)
})
