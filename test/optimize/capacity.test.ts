/** The search for the largest number of examples that is fitted, on made-up trainings. */
import { describe, expect, test } from "vitest"
import { bracketOf, nextTry, type Search, type Try } from "../../src/optimize/capacity.ts"

const search: Search = { fewest: 16, most: 8000, learningRates: [1, 3], precision: 1.05, tries: 100 }

/** Runs a search to its end; `fits` says what of a training. */
function run(
  fits: (examples: number, rate: number) => boolean,
  how: Partial<Search> = {},
  before: ReadonlyArray<Try> = []
) {
  const asked = { ...search, ...how }
  const tries: Array<Try> = [...before]
  for (let next = nextTry(tries, asked); next !== undefined; next = nextTry(tries, asked)) {
    const right = fits(next.examples, next.learningRate)
    tries.push({ ...next, epochs: 5, correct: right ? next.examples : next.examples - 1 })
  }
  return { tries, ...bracketOf(tries, asked) }
}

describe("the search", () => {
  test.each([16, 17, 100, 137, 1000, 4097, 7990])(
    "finds a capacity of %d to the precision that was asked for",
    (capacity) => {
      for (const precision of [1.01, 1.05, 1.5]) {
        const { fitted, missed, tries } = run((examples) => examples <= capacity, { precision })
        expect(fitted).toBeLessThanOrEqual(capacity)
        expect(missed).toBeGreaterThan(capacity)
        expect(missed! <= fitted * precision || missed === fitted + 1).toBe(true)
        // Nothing is tried twice.
        expect(new Set(tries.map(({ examples, learningRate }) => `${examples}/${learningRate}`)).size).toBe(
          tries.length
        )
      }
    }
  )

  test("is censored where all examples are fitted, and where not even the fewest are", () => {
    expect(run(() => true)).toMatchObject({ fitted: 8000, missed: null })
    expect(run((examples) => examples <= 12)).toMatchObject({ fitted: 0, missed: 16 })
    expect(run(() => true, { most: 10 })).toMatchObject({ fitted: 10, missed: null, tries: [{ examples: 10 }] })
  })

  test("misses a number only once every rate has failed, and begins with the one that fitted last", () => {
    const { fitted, missed, tries } = run((examples, rate) => examples <= (rate === 3 ? 500 : 40))
    expect(fitted).toBeGreaterThan(500 / 1.05)
    expect(missed).toBeLessThanOrEqual(fitted * 1.05)
    const first = tries.findIndex(({ examples, correct, learningRate }) => learningRate === 3 && correct === examples)
    for (const [i, { examples, learningRate }] of tries.entries())
      if (i > first && tries[i - 1].examples !== examples) expect(learningRate).toBe(3)
  })

  test("goes on from any of its tries to the same end, and with more tries from where fewer ended", () => {
    const fits = (examples: number, rate: number) => examples <= 100 * rate
    const whole = run(fits)
    for (let i = 0; i < whole.tries.length; i++) expect(run(fits, {}, whole.tries.slice(0, i))).toEqual(whole)
    const few = run(fits, { tries: 5 })
    expect(few.tries).toHaveLength(5)
    expect(run(fits, {}, few.tries)).toEqual(whole)
  })

  test("does not try a rate at more than it has missed", () => {
    const { tries, fitted } = run((examples, rate) => examples <= (rate === 3 ? 500 : 40))
    expect(fitted).toBeGreaterThan(470)
    expect(
      tries.filter(({ learningRate, examples, correct }) => learningRate === 1 && correct !== examples)
    ).toHaveLength(1)
    // Of two rates each may be the one that reaches further.
    const other = run((examples, rate) => examples <= (rate === 1 ? 500 : 40), { learningRates: [3, 1, 9] })
    expect(other.fitted).toBe(fitted)
    expect(other.missed! <= other.fitted * search.precision).toBe(true)
  })

  test("takes a training that diverged for one that has not fitted", () => {
    const tries = [1, 3].map((learningRate): Try => ({ examples: 16, learningRate, epochs: 1, correct: null }))
    expect(bracketOf(tries, search)).toEqual({ fitted: 0, missed: 16 })
    expect(bracketOf(tries.slice(0, 1), search)).toEqual({ fitted: 0, missed: null })
    expect(nextTry(tries.slice(0, 1), search)).toEqual({ examples: 16, learningRate: 3 })
  })
})
