/** Verdicts follow from interval and margin, and are wrong no more often than they say. */
import { describe, expect, test } from "vitest"
import { estimate } from "../../src/statistics/statistics.ts"
import { beyond, type Evidence, judge, seedsNeeded } from "../../src/statistics/verdict.ts"
import { mulberry } from "../support/random.ts"

const REPETITIONS = 1000
const MARGIN = 0.02

const evidence = (differences: ReadonlyArray<number>): Evidence => ({
  differences,
  estimate: differences.length < 2 ? undefined : estimate(differences)
})
/** Eight differences of this mean, spread evenly about it. */
const around = (centre: number, spread: number, seeds = 8) =>
  evidence(Array.from({ length: seeds }, (_, i) => centre + spread * (i / (seeds - 1) - 0.5)))
const verdict = (one: Evidence) => judge([one], MARGIN)[0].verdict

describe("the five verdicts", () => {
  test.each([
    ["equal", around(0, 0.01), { kind: "equal" }],
    ["by more than the margin", around(0.1, 0.02), { kind: "different", sign: 1 }],
    ["by more than the margin, below zero", around(-0.1, 0.02), { kind: "different", sign: -1 }],
    [
      "excludes zero and straddles the margin",
      around(0.0207, 0.035),
      { kind: "different, by an open amount", sign: 1 }
    ],
    ["excludes zero within the margin", around(0.008, 0.01), { kind: "different, within the margin", sign: 1 }],
    ["holds zero and the margin", around(0, 0.2), { kind: "open", why: { reason: "wide" } }]
  ] as const)("%s", (_, one, expected) => expect(verdict(one)).toEqual(expected))
})

describe("each kind of open has its own reason", () => {
  test("too few seeds for any interval", () =>
    expect(verdict(around(0.1, 0.01, 5))).toEqual({ kind: "open", why: { reason: "few seeds", needs: 6 } }))

  test("no error of the mean, though there are seeds enough", () =>
    expect(verdict({ ...around(0.1, 0.01), estimate: undefined })).toEqual({
      kind: "open",
      why: { reason: "no interval" }
    }))

  test("too few for the family, and how many could decide in it", () => {
    const family = [0.1, 0.11, 0.12, 0.13].map((centre) => around(centre, 0.01, 6))
    expect(judge(family, MARGIN).map(({ verdict }) => verdict)).toEqual(
      family.map(() => ({ kind: "open", why: { reason: "family", needs: 8 } }))
    )
    const enough = family.map((_, i) => around(0.1 + i / 100, 0.01, 8))
    expect(judge(enough, MARGIN).every(({ verdict }) => verdict.kind === "different")).toBe(true)
  })

  test("the correction takes it back", () => {
    const weak = evidence([0.06, 0.05, 0.04, 0.07, 0.03, -0.01, 0.06, 0.05])
    expect(verdict(weak).kind).not.toBe("open")
    const wild = [1, 2, 3, 4].map((i) => around(0, 0.2 + i / 10))
    expect(judge([weak, ...wild], MARGIN)[0].verdict).toEqual({ kind: "open", why: { reason: "correction" } })
  })
})

test("the same data count once in a family", () => {
  const one = around(0.1, 0.01, 6)
  const [all, only] = judge([one, around(0.1, 0.01, 6)], MARGIN)
  expect(all).toEqual(only)
  expect(all).toMatchObject({ family: 1, verdict: { kind: "different", sign: 1 } })
})

test("the seeds needed are the fewest whose least p survives the correction", () => {
  expect([1, 2, 4, 5, 10].map(seedsNeeded)).toEqual([6, 7, 8, 8, 9])
})

test("a mean beyond the margin is told on either side", () => {
  expect(beyond(estimate([0.1, 0.11, 0.12]), MARGIN)).toBeLessThan(0.05)
  expect(beyond(estimate([-0.1, -0.11, -0.12]), MARGIN)).toBeLessThan(0.05)
  expect(beyond(estimate([0.01, 0.02, 0.03]), MARGIN)).toBeGreaterThan(0.5)
  expect(beyond({ centre: 0.03, error: 0, freedom: 7 }, MARGIN)).toBe(0)
})

/** How often a family of four has a verdict that is wrong, with differences of this mean in each. */
function wrong(centre: number, noise: number, isWrong: (kind: string) => boolean): number {
  let families = 0
  for (let r = 0; r < REPETITIONS; r++) {
    const uniform = mulberry(1 + r)
    const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
    const family = Array.from({ length: 4 }, () =>
      evidence(Array.from({ length: 10 }, () => centre + noise * normal()))
    )
    if (judge(family, MARGIN).some(({ verdict }) => isWrong(verdict.kind))) families++
  }
  return families / REPETITIONS
}

describe("over 1,000 families of four, at most 5 % (and the noise of so many) say what is not true", () => {
  const MOST = 0.05 + 2 * Math.sqrt((0.05 * 0.95) / REPETITIONS)
  const differs = (kind: string) => kind.startsWith("different")

  test("that there is a difference where there is none", () => expect(wrong(0, 0.02, differs)).toBeLessThan(MOST))

  test("that they are within the margin where they are at it", () =>
    expect(wrong(MARGIN, 0.01, (kind) => kind === "equal" || kind === "different, within the margin")).toBeLessThan(
      MOST
    ))

  test("that they differ by more than the margin where they are at it", () =>
    expect(wrong(MARGIN, 0.01, (kind) => kind === "different")).toBeLessThan(MOST))

  test("and a true difference within the margin is never told as more", () =>
    expect(wrong(0.01, 0.01, (kind) => kind === "different")).toBe(0))
})
