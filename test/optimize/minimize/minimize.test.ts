/** Methods of second order beside SciPy, on functions whose minimum is known; ends that have names; going on. */
import { describe, expect, test } from "vitest"
import { cosPi, log } from "../../../src/network/math.ts"
import { type Random, random } from "../../../src/network/philox.ts"
import { conjugateGradient } from "../../../src/optimize/minimize/conjugate-gradient.ts"
import { lbfgs } from "../../../src/optimize/minimize/lbfgs.ts"
import type { Method } from "../../../src/optimize/minimize/method.ts"
import { begin, minimize, passesOf, type State } from "../../../src/optimize/minimize/minimize.ts"
import { newtonCg } from "../../../src/optimize/minimize/newton-cg.ts"
import { norm, type Problem } from "../../../src/optimize/minimize/problem.ts"
import { SIZE, softmaxRegression } from "./digits.ts"
import { quadratic, rosenbrock } from "./functions.ts"

const methods = {
  CG: conjugateGradient("polak-ribiere"),
  "Fletcher–Reeves": conjugateGradient("fletcher-reeves"),
  "L-BFGS": lbfgs(10),
  "Newton-CG": newtonCg(1000)
} satisfies Readonly<Record<string, Method>>

/** One of N(0, 1), by Box and Muller. */
const normal = ({ uniform }: Random) => Math.sqrt(-2 * log(1 - uniform())) * cosPi(2 * uniform())

/** The states of a run from the first to the last. */
function run(problem: Problem, method: Method, at: Float64Array, bounds: { gradientNorm: number; passes?: number }) {
  const states: Array<State> = [begin(problem, at)]
  for (const state of minimize(problem, method, states[0], { passes: 100_000, ...bounds })) states.push(state)
  return { states, last: states[states.length - 1] }
}

const median = (values: ReadonlyArray<number>) => {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2
}

describe("Rosenbrock's function", () => {
  const starts: Readonly<Record<number, ReadonlyArray<number>>> = {
    2: [-1.2, 1],
    5: [1.3, 0.7, 0.8, 1.9, 1.2],
    100: Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? -1.2 : 1))
  }
  /** Medians of SciPy 1.17.1 over 20 moved starts (test/oracle/scipy-rosenbrock.py). */
  const scipy: Readonly<Record<string, Readonly<Record<number, number>>>> = {
    CG: { 2: 65, 5: 86.5, 100: 1922 },
    "L-BFGS": { 2: 45, 5: 27, 100: 614.5 },
    "Newton-CG": { 2: 250.5, 5: 99, 100: 2043.5 }
  }
  /** Medians of evaluations and products over 20 starts moved by 1e-6 · N(0, 1). */
  const passes = (method: Method, size: number) => {
    const stream = random(size, "test/rosenbrock")
    const runs = Array.from({ length: 20 }, () => {
      const problem = rosenbrock()
      const at = Float64Array.from(starts[size], (x) => x + 1e-6 * normal(stream))
      const { last } = run(problem, method, at, { gradientNorm: 1e-5 })
      expect(last.ended).toBe("gradient norm reached")
      expect(last.point.value).toBeLessThan(1e-9)
      expect([last.evaluations, last.products]).toEqual([problem.asked.values, problem.asked.products])
      return passesOf(last)
    })
    return median(runs)
  }

  test("takes no more evaluations than SciPy: 1.2 times as many in the mean, 1.5 times in none", () => {
    const ratios = Object.entries(scipy).flatMap(([name, cells]) =>
      Object.entries(cells).map(
        ([size, theirs]) => passes(methods[name as keyof typeof methods], Number(size)) / theirs
      )
    )
    expect(Math.max(...ratios), ratios.map((r) => r.toFixed(2)).join(" ")).toBeLessThan(1.5)
    expect(ratios.reduce((product, r) => product * r, 1) ** (1 / ratios.length)).toBeLessThan(1.2)
  })

  test("Fletcher and Reeves converge too", () => {
    for (const size of [2, 5, 100]) passes(methods["Fletcher–Reeves"], size)
  })
})

test.each(Object.entries(methods))("%s finds the minimum of a quadratic of condition 1e6", (_, method) => {
  const eigenvalues = Array.from({ length: 20 }, (_, i) => 10 ** ((6 * i) / 19))
  const { last } = run(quadratic(eigenvalues), method, new Float64Array(20), { gradientNorm: 1e-7 })
  expect(last.ended).toBe("gradient norm reached")
  for (const x of last.point.at) expect(x).toBeCloseTo(1, 6)
})

describe("softmax regression on digits", () => {
  /** The minimum by SciPy 1.17.1 (test/oracle/scipy-digits.py). */
  const scipy = {
    value: 0.17693447476388852,
    norm: 14.924824345843739,
    some: [
      [100, 0.25246108890729735],
      [196, -0.4997988370910178],
      [500, -0.8724995804622016],
      [1234, -0.517169134611937],
      [1969, 0.12039626734439496]
    ]
  } as const

  test("Newton-CG comes to a gradient of 1e-10 from three starts, at SciPy's minimum", () => {
    for (const seed of [0, 1, 2]) {
      const stream = random(seed, "test/digits")
      const at = Float64Array.from({ length: SIZE }, () => (seed === 0 ? 0 : normal(stream)))
      const { last } = run(softmaxRegression(), newtonCg(500), at, { gradientNorm: 1e-10 })
      expect(last.ended).toBe("gradient norm reached")
      expect(norm(last.point.gradient)).toBeLessThanOrEqual(1e-10)
      expect(last.point.value).toBeCloseTo(scipy.value, 13)
      expect(norm(last.point.at)).toBeCloseTo(scipy.norm, 6)
      for (const [place, weight] of scipy.some) expect(last.point.at[place]).toBeCloseTo(weight, 6)
    }
  })
})

describe("ends", () => {
  const ofLine = (value: (x: number) => number, slope: (x: number) => number): Problem => ({
    rounding: 2 ** -50,
    value: ([x]) => ({ value: value(x), gradient: Float64Array.of(slope(x)) }),
    product: () => Float64Array.of(-1)
  })
  const end = (problem: Problem, method: Method, x = 1) =>
    run(problem, method, Float64Array.of(x), { gradientNorm: 0 }).last

  test.each(Object.entries(methods))("%s: names why there is no further step", (_, method) => {
    expect(
      end(
        ofLine(
          () => Number.NaN,
          () => 1
        ),
        method
      ).ended
    ).toBe("diverged")
    expect(
      end(
        ofLine(
          (x) => x,
          () => Number.POSITIVE_INFINITY
        ),
        method
      ).ended
    ).toBe("diverged")
    // A gradient that points the wrong way: every step goes up, until it is too short to be seen.
    const wrong = ofLine(
      (x) => -x,
      () => 1
    )
    expect(end(wrong, method).ended).toMatch(/line search exhausted|precision reached/)
    // No finite value anywhere but here.
    const hole = ofLine(
      (x) => (x === 1 ? 1 : Number.NaN),
      () => 1
    )
    expect(end(hole, method).ended).toBe("line search exhausted")
    // Down for ever.
    expect(
      end(
        ofLine(
          (x) => x,
          () => 1
        ),
        method
      ).ended
    ).toBe("line search exhausted")
    // Values that are all the same once rounded.
    expect(
      end(
        ofLine(
          (x) => 1e20 + x,
          () => 1
        ),
        method
      ).ended
    ).toBe("precision reached")
    expect(
      end(
        ofLine(
          (x) => x * x,
          (x) => 2 * x
        ),
        method
      ).ended
    ).toMatch(/gradient norm reached|precision reached/)
  })

  test("Newton-CG counts the steps that met negative curvature, and goes downhill all the same", () => {
    const well = ofLine(
      (x) => x ** 4 - x ** 2,
      (x) => 4 * x ** 3 - 2 * x
    )
    const problem = {
      ...well,
      product: ([x]: ArrayLike<number> & Iterable<number>, [v]: Float64Array) => Float64Array.of((12 * x * x - 2) * v)
    }
    const { last } = run(problem, newtonCg(10), Float64Array.of(0.01), { gradientNorm: 1e-9 })
    expect(last.ended).toBe("gradient norm reached")
    expect(last.negative).toBeGreaterThan(0)
    expect(last.point.at[0]).toBeCloseTo(Math.SQRT1_2, 8)
  })
})

test.each(Object.entries(methods))(
  "%s goes on from any state to the same bits, and ends where a longer run passes",
  (_, method) => {
    const at = Float64Array.of(1.3, 0.7, 0.8, 1.9, 1.2)
    const { states, last } = run(rosenbrock(), method, at, { gradientNorm: 1e-8 })
    expect(states.length).toBeGreaterThan(5)
    for (const from of states.slice(0, -1)) {
      let end = from
      for (const state of minimize(rosenbrock(), method, structuredClone(from), {
        passes: 100_000,
        gradientNorm: 1e-8
      }))
        end = state
      expect(end).toEqual(last)
    }
    for (const passes of [1, 2, 10, 20, 30]) {
      const short = run(rosenbrock(), method, at, { gradientNorm: 1e-8, passes })
      const place = states.findIndex((state) => passesOf(state) >= passes)
      expect(short.last).toEqual(states[place])
    }
  }
)
