/** Looks at claims while seeds are added: levels as SciPy has them, and errors no more often than declared. */
import { describe, expect, test } from "vitest"
import { judgeInLooks, levelsOf } from "../../src/statistics/sequential.ts"
import { mulberry } from "../support/random.ts"
import scipy from "./scipy-designs.json" with { type: "json" }

const LOOKS = [8, 12, 16, 24]
const MARGIN = 0.02
const FAMILY = 3
const STUDIES = 1000

test.each(scipy.levels)(
  "SciPy agrees on the levels of $looks, $sides-sided, α $alpha",
  ({ looks, alpha, sides, levels }) => {
    for (const [k, level] of levelsOf(looks, alpha, sides === 1 ? 1 : 2).entries()) {
      expect(Math.abs(level / levels[k] - 1)).toBeLessThan(1e-4)
    }
  }
)

test("with α spread over five equal looks the bounds are those that are published", () => {
  // Lan & DeMets's spending function after Pocock, five looks: ±2.4380, 2.4268, 2.4101, 2.3966, 2.3859 (R's ldbounds).
  const published = [0.014769, 0.015233, 0.015948, 0.016548, 0.017037]
  for (const [k, level] of levelsOf([1, 2, 3, 4, 5], 0.05, 2).entries()) expect(level).toBeCloseTo(published[k], 4)
})

describe("verdicts", () => {
  const around = (centre: number, spread: number, seeds: number) =>
    Array.from({ length: seeds }, (_, i) => centre + spread * (((i * 7) % seeds) / (seeds - 1) - 0.5))
  const verdict = (one: ReadonlyArray<number>) => judgeInLooks([one], MARGIN, LOOKS)[0]

  test("before the first look there is none", () => {
    expect(verdict(around(0.1, 0.001, 7))).toEqual({
      verdict: { kind: "open", why: { reason: "few seeds", needs: 8 } },
      ...{ seeds: undefined, estimate: undefined, interval: undefined, next: 8 }
    })
  })

  test.each([
    ["equal", around(0, 0.01, 8), "equal"],
    ["beyond the margin", around(0.1, 0.02, 8), "different"],
    ["excludes zero and straddles the margin", around(0.022, 0.025, 8), "different, by an open amount"],
    ["excludes zero within the margin", around(0.008, 0.008, 8), "different, within the margin"]
  ])("%s: it ends at the first look", (_, one, kind) => {
    const looked = verdict(one)
    expect([looked.verdict.kind, looked.seeds, looked.next]).toEqual([kind, 8, undefined])
    // What comes after the end changes nothing.
    expect(verdict([...one, ...around(-5, 1, 16)])).toEqual(looked)
  })

  test("what is wide stays open until the looks are over", () => {
    const wide = around(0, 0.2, 24)
    expect([8, 11, 12, 24].map((seeds) => verdict(wide.slice(0, seeds)).next)).toEqual([12, 12, 16, undefined])
    expect(verdict(wide).verdict).toEqual({ kind: "open", why: { reason: "wide" } })
  })

  test("seeds between two looks are not looked at", () => {
    const wide = around(0.05, 0.2, 8)
    expect(verdict([...wide, 9, 9, 9])).toEqual(verdict(wide))
  })

  test("claims of a family that have no seeds count in it", () => {
    const borderline = around(0.02, 0.047, 8)
    expect(verdict(borderline).verdict.kind).toMatch(/^different/)
    expect(judgeInLooks([borderline, [], [], []], MARGIN, LOOKS)[0].verdict.kind).toBe("open")
  })
})

/**
 * Of 1,000 simulated studies of three claims with this true difference, each stopped when it is decided, the shares that
 * find any difference, any equivalence, and the mean number of seeds that a claim took.
 */
function simulated(truth: number, deviation: number, seed: number) {
  const uniform = mulberry(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const found = { difference: 0, equivalence: 0, beyond: 0, seeds: 0 }
  for (let study = 0; study < STUDIES; study++) {
    const all = Array.from({ length: FAMILY }, () => Array.from({ length: 24 }, () => truth + deviation * normal()))
    // As it is run: at each look the claims that are open get their next seeds.
    let there = all.map(() => 8)
    let looked = judgeInLooks(
      all.map((own, i) => own.slice(0, there[i])),
      MARGIN,
      LOOKS
    )
    while (looked.some(({ next }) => next !== undefined)) {
      there = looked.map(({ next }, i) => next ?? there[i])
      looked = judgeInLooks(
        all.map((own, i) => own.slice(0, there[i])),
        MARGIN,
        LOOKS
      )
    }
    const kinds = looked.map(({ verdict }) => verdict.kind)
    if (kinds.some((kind) => kind.startsWith("different"))) found.difference++
    if (kinds.some((kind) => kind === "equal" || kind === "different, within the margin")) found.equivalence++
    if (kinds.includes("different")) found.beyond++
    found.seeds += there.reduce((a, b) => a + b, 0) / FAMILY
  }
  return Object.fromEntries(Object.entries(found).map(([name, count]) => [name, count / STUDIES]))
}

describe("of 1,000 studies that stop when they are decided no more than declared are wrong", () => {
  // Three standard errors of a share of 0.05 in 1,000 are 0.02.
  const MOST = 0.05 + 0.02

  test("no difference: rarely is one found, often an equivalence, with fewer seeds than all", () => {
    const found = simulated(0, 0.02, 1)
    expect(found.difference).toBeLessThan(MOST)
    expect(found.equivalence).toBeGreaterThan(0.9)
    expect(found.seeds).toBeLessThan(18)
  })

  test("at the margin: rarely is it called equal, or beyond", () => {
    const found = simulated(MARGIN, 0.02, 2)
    expect(found.equivalence).toBeLessThan(MOST)
    expect(found.beyond).toBeLessThan(MOST)
    expect(found.difference).toBeGreaterThan(0.9)
  })

  test("beyond the margin: it is found, and never called equal", () => {
    const found = simulated(3 * MARGIN, 0.02, 3)
    expect(found.equivalence).toBe(0)
    expect(found.beyond).toBeGreaterThan(0.9)
    expect(found.seeds).toBeLessThan(12)
  })
})
