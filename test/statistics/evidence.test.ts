/** What is said of a grid, or of the part of it that is there. */
import { describe, expect, it } from "vitest"
import type { Crossed } from "../../src/statistics/crossed.ts"
import { evidenceOf } from "../../src/statistics/evidence.ts"
import { wilson } from "../../src/statistics/statistics.ts"
import { judge } from "../../src/statistics/verdict.ts"
import { mulberry } from "../support/random.ts"

const REPETITIONS = 1000

/** A value for each configuration and seed that `keep` keeps. */
const grid = (
  configurations: number,
  seeds: number,
  value: (configuration: number, seed: number) => number,
  keep: (configuration: number, seed: number) => boolean = () => true
): ReadonlyArray<Crossed> =>
  Array.from({ length: configurations }, (_, c) => c).flatMap((c) =>
    Array.from({ length: seeds }, (_, s) => s)
      .filter((s) => keep(c, s))
      .map((seed) => ({ configuration: String(c), seed, value: value(c, seed) }))
  )

describe("the interval", () => {
  const ramp = (seeds: number) => grid(1, seeds, (_, s) => 0.001 * (s - 1))
  const of = (seeds: number) => evidenceOf(ramp(seeds), { configurations: 1, pairs: seeds })

  it.each([
    [6, "t"],
    [14, "t"],
    [15, "BCa"]
  ])("of %i seeds is %s", (n, method) => expect(of(n).interval).toMatchObject({ method }))

  it("is none below 6 seeds", () => expect(judge([of(5)], 1)[0].interval).toBeUndefined())

  it("widens with the configurations that are missing, and of one of several there is none", () => {
    const values = grid(4, 8, (c, s) => [0.05, 0.2, 0.1, 0.08][c] + 0.01 * (s % 3))
    const width = (configurations: number) => {
      const { interval } = evidenceOf(values, { configurations, pairs: 8 * configurations })
      return interval === undefined ? 0 : interval.high - interval.low
    }
    expect(width(5)).toBeGreaterThan(width(4))
    expect(width(50)).toBeGreaterThan(width(5))
    expect(evidenceOf(values, { configurations: 5, pairs: 40 }).interval).toMatchObject({ method: "t, widened" })
    expect(evidenceOf(values.slice(0, 8), { configurations: 2, pairs: 16 }).interval).toBeUndefined()
    expect(evidenceOf(values.slice(0, 8), { configurations: 1, pairs: 8 }).interval).toBeDefined()
  })

  it("holds the mean over the whole in 93 to 97 % of repetitions where 12 of 30 configurations are there", () => {
    let covered = 0
    for (let r = 0; r < REPETITIONS; r++) {
      const uniform = mulberry(7 + r)
      const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
      const effects = Array.from({ length: 30 }, normal)
      const seeds = Array.from({ length: 8 }, () => 0.3 * normal())
      const values = grid(12, 8, (c, s) => effects[c] + seeds[s] + 0.1 * normal())
      const { interval } = evidenceOf(values, { configurations: 30, pairs: 240 })
      const truth = effects.reduce((a, b) => a + b, 0) / 30
      if (interval !== undefined && interval.low < truth && truth < interval.high) covered++
    }
    expect(covered / REPETITIONS).toBeGreaterThanOrEqual(0.93)
    expect(covered / REPETITIONS).toBeLessThanOrEqual(0.97)
  })
})

describe("seeds with gaps", () => {
  const effect = (c: number, s: number) => c + 0.1 * s

  it("give what they would without, where configurations and seeds add up", () => {
    const whole = evidenceOf(grid(3, 8, effect), { configurations: 3, pairs: 24 })
    const gaps = evidenceOf(
      grid(3, 8, effect, (c, s) => (s + 3 * c) % 8 > 1),
      { configurations: 3, pairs: 24 }
    )
    const centred = (differences: ReadonlyArray<number>) => differences.map((d) => d - differences[0])
    for (const [i, d] of centred(gaps.differences).entries()) expect(d).toBeCloseTo(centred(whole.differences)[i], 9)
  })

  it("of a part that has fewer than half of the pairs nothing is decided, however like one another they are", () => {
    const five = grid(5, 8, (c, s) => 0.0001 * ((c + s) % 3))
    const [judged] = judge([evidenceOf(five, { configurations: 180, pairs: 1440 })], 0.02)
    expect(judged.verdict).toEqual({ kind: "open", why: { reason: "coverage", pairs: 40, of: 1440 } })
    expect(judge([evidenceOf(five, { configurations: 5, pairs: 80 })], 0.02)[0].verdict.kind).not.toBe("open")
  })
})

describe("with two of eight seeds missing in each configuration, at most 5 % (and the noise of 1,000) say what is not true", () => {
  const MOST = 0.05 + 2 * Math.sqrt((0.05 * 0.95) / REPETITIONS)
  /** How often a verdict is wrong about a mean difference of `centre` over five configurations. */
  function wrong(centre: number, isWrong: (kind: string) => boolean): number {
    let found = 0
    for (let r = 0; r < REPETITIONS; r++) {
      const uniform = mulberry(11 + r)
      const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
      const effects = [-0.01, -0.005, 0, 0.005, 0.01]
      const seeds = Array.from({ length: 8 }, () => 0.008 * normal())
      const out = Array.from({ length: 5 }, () => [Math.floor(8 * uniform()), Math.floor(8 * uniform())])
      const values = grid(
        5,
        8,
        (c, s) => centre + effects[c] + seeds[s] + 0.01 * normal(),
        (c, s) => !out[c].includes(s)
      )
      if (isWrong(judge([evidenceOf(values, { configurations: 5, pairs: 40 })], 0.02)[0].verdict.kind)) found++
    }
    return found / REPETITIONS
  }

  it("that there is a difference", () => expect(wrong(0, (kind) => kind.startsWith("different"))).toBeLessThan(MOST))
  it("that there is none beyond the margin", () =>
    expect(wrong(0.02, (kind) => kind === "equal" || kind.endsWith("within the margin"))).toBeLessThan(MOST))
  it("that there is one beyond it", () => expect(wrong(0.02, (kind) => kind === "different")).toBeLessThan(MOST))
  it("and one within it is not told as more", () =>
    expect(wrong(0.01, (kind) => kind === "different")).toBeLessThan(0.01))
})

describe("the best of several networks that guess", () => {
  it.each([
    [2, 78, 0.731],
    [10, 2000, 0.11]
  ])("of %i configurations on %i images is better than guessing in at most 5 %", (configurations, images, share) => {
    let told = 0
    const upTo: Array<number> = [] // the binomial's distribution
    for (let k = 0, p = (1 - share) ** images, sum = 0; k <= images; k++) {
      sum += p
      upTo.push(sum)
      p *= ((images - k) / (k + 1)) * (share / (1 - share))
    }
    for (let r = 0; r < REPETITIONS; r++) {
      const uniform = mulberry(101 + r)
      const right = () => {
        const u = uniform()
        return upTo.findIndex((p) => u < p) / images
      }
      const best = Math.max(...Array.from({ length: configurations }, right))
      if (wilson(best, images, 0.95, configurations).low > share) told++
    }
    expect(told / REPETITIONS).toBeLessThan(0.05 + 2 * Math.sqrt((0.05 * 0.95) / REPETITIONS))
  })

  it("is told from guessing where it is right in all of two classes", () =>
    expect(wilson(1, 78, 0.95, 10).low).toBeGreaterThan(0.731))
})
