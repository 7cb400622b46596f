/** The line search, against the strong Wolfe conditions themselves on thousands of functions. */
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { type AtStep, search, type Wolfe } from "../../../src/optimize/minimize/line-search.ts"

const wolfe: Wolfe = { c1: 1e-4, c2: 0.9, most: 60, rounding: 2 ** -50 }

/** Searches, counts, and checks what was found; `phi` at 0 is the start. */
function searched(phi: (step: number) => AtStep, first: number, conditions: Wolfe) {
  let asked = 0
  const start = phi(0)
  const result = search(
    (step) => {
      asked++
      expect(step).toBeGreaterThan(0)
      return phi(step)
    },
    start,
    first,
    conditions
  )
  expect(asked).toBeLessThanOrEqual(conditions.most)
  if (result.found) {
    const { step, at } = result
    const { c1, c2, rounding } = conditions
    expect(at).toEqual(phi(step))
    expect(at.value).toBeLessThanOrEqual(start.value + c1 * step * start.slope + rounding * Math.abs(start.value))
    expect(Math.abs(at.slope)).toBeLessThanOrEqual(c2 * Math.abs(start.slope))
  }
  return result
}

const finite = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const conditions = fc.record({ c2: finite(0.01, 0.99), first: fc.constantFrom(1e-6, 1e-3, 0.1, 1, 10, 1e4) })

/** Bounded below, downhill at 0: a bowl with waves on it. */
const bowls = fc
  .record({
    minimum: finite(0.01, 100),
    height: finite(1e-3, 1e3),
    waves: finite(0, 0.9),
    frequency: finite(0.1, 20),
    offset: finite(-100, 100)
  })
  .map(({ minimum, height, waves, frequency, offset }) => (x: number) => {
    const u = (x - minimum) / minimum
    // Waves that do not turn the slope at 0 round.
    const angle = frequency * x
    const swing = (waves * height * 2) / (minimum * Math.max(1, frequency))
    return {
      value: offset + height * u * u + (swing * (1 - Math.cos(angle))) / Math.max(1, frequency),
      slope: (2 * height * u) / minimum + (swing * frequency * Math.sin(angle)) / Math.max(1, frequency)
    }
  })

describe("the line search", () => {
  test("finds a step that meets both conditions, whatever the first one, on bowls with waves", () => {
    fc.assert(
      fc.property(bowls, conditions, (phi, { c2, first }) => {
        expect(searched(phi, first, { ...wolfe, c2, c1: Math.min(1e-4, c2 / 2) }).found).toBe(true)
      }),
      { numRuns: 3000, seed: 1 }
    )
  })

  test("finds one where values or slopes beyond a border are NaN or infinite", () => {
    const odd = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY)
    fc.assert(
      fc.property(
        bowls,
        conditions,
        odd,
        odd,
        fc.boolean(),
        finite(1.1, 50),
        (phi, { c2, first }, value, slope, both, border) => {
          const { slope: start } = phi(0)
          // The border is beyond the first step that serves.
          const serves = (x: number) => Math.abs(phi(x).slope) <= 0.005 * Math.abs(start)
          let least = 1e-3
          while (least < 1e3 && !serves(least)) least *= 1.001
          const edge = border * least
          const broken = (x: number) => (x < edge ? phi(x) : { value: both ? value : phi(x).value, slope })
          const result = searched(broken, first, { ...wolfe, c2 })
          if (result.found) expect(result.step).toBeLessThan(edge)
          else expect(result.why).toBe("exhausted")
        }
      ),
      { numRuns: 1000, seed: 2 }
    )
  })

  test("ends on any function at all, and takes nothing that does not meet the conditions", () => {
    const anything = fc.double()
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anything, anything), { minLength: 1, maxLength: 20 }),
        anything,
        anything,
        anything,
        (table, value, slope, first) => {
          let turn = 0
          const asked: Array<AtStep & { readonly step: number }> = []
          const start = { value, slope }
          const result = search(
            (step) => {
              const [v, s] = table[turn++ % table.length]
              asked.push({ value: v, slope: s, step })
              return { value: v, slope: s }
            },
            start,
            first,
            { ...wolfe, most: 25 }
          )
          expect(turn).toBeLessThanOrEqual(25)
          if (!result.found) return
          const one = asked.find(({ step }) => step === result.step)!
          expect(slope).toBeLessThan(0)
          expect(one.value).toBeLessThanOrEqual(value + 1e-4 * one.step * slope + 2 ** -50 * Math.abs(value))
          expect(Math.abs(one.slope)).toBeLessThanOrEqual(-0.9 * slope)
        }
      ),
      { numRuns: 5000, seed: 3 }
    )
  })

  test("steps over flat parts, and back from them", () => {
    for (const [from, to] of [
      [0.5, 2],
      [0.01, 5],
      [3, 1e6]
    ] as const) {
      // Down to `from`, level to `to`, then a bowl.
      const phi = (x: number) =>
        x < from
          ? { value: -x, slope: -1 }
          : x < to
            ? { value: -from, slope: 0 }
            : { value: -from - 1 + (x - to - 1) ** 2, slope: 2 * (x - to - 1) }
      for (const first of [1e-3, 0.1, 1, 10]) {
        const result = searched(phi, first, wolfe)
        expect(result.found, `${from} … ${to} from ${first}`).toBe(true)
      }
    }
  })

  test("does not begin where the slope does not go down", () => {
    const level = (slope: number, value = 1) => search(() => ({ value: 0, slope: 0 }), { value, slope }, 1, wolfe)
    for (const slope of [0, 1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
      expect(level(slope)).toEqual({ found: false, why: "no descent" })
    expect(level(-1, Number.NaN)).toEqual({ found: false, why: "no descent" })
    for (const first of [0, -1, Number.NaN])
      expect(search(() => ({ value: 0, slope: 0 }), { value: 1, slope: -1 }, first, wolfe).found).toBe(false)
  })
})
