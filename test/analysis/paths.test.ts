import { describe, expect, test } from "vitest"
import { jacobianNorms, largestSingular, NORM_TOLERANCE } from "../../src/analysis/jacobians.ts"
import { flippedMasks } from "../../src/analysis/masks.ts"
import { gradientByLength, pathNorms } from "../../src/analysis/paths.ts"
import type { State } from "../../src/engine/analysis.ts"
import { scoreLogits } from "../../src/engine/loss.ts"
import { apart, bitCount, type Dissected, dissected, inner, kinds, norm, type Pixels, plus } from "./dissected.ts"

const run = ({ block, network }: Dissected, x: Pixels) => {
  let h = x
  for (let j = 0; j < network.depth; j++) h = plus(h, block(j, h))
  return h
}
const loss = (made: Dissected, h: Pixels) =>
  scoreLogits(made.network, made.logits(h), { count: 1, images: new Uint8Array(), labels: Uint8Array.of(made.label) })
    .loss

/** J_jᵀ u of the passed example, by the analysis. */
function transposed({ analysis, read, write, x }: Dissected, j: number, u: Pixels): Pixels {
  const out = write(new Float64Array(x.length))
  analysis.addTransposedJacobian(j + 1, write(u), out)
  return read(out)
}

describe.each(kinds)(
  "the gradient by path length through five layers, %s, %i filters, scale %d",
  (activation, filters, scale) => {
    const made = dissected(activation, { filters, scale })
    const { network, analysis, read, x } = made
    const N = network.depth
    const a = gradientByLength(analysis, N)().map(read)

    test("starts from the loss's gradient by the output, by central differences", () => {
      const H = run(made, x)
      for (const i of [0, 17, x.length - 1]) {
        const moved = (s: number) =>
          loss(
            made,
            H.map((value, at) => value + (at === i ? s * 1e-5 : 0))
          )
        expect(a[0][i]).toBeCloseTo((moved(1) - moved(-1)) / 2e-5, 8)
      }
    })

    test("sums to the gradient by the input of the blocks, by central differences", () => {
      const sum = a.reduce((left, right) => plus(left, right))
      const direction = made.block(0, x)
      const step = 1e-6
      const moved = (s: number) => loss(made, run(made, plus(x, direction, s * step)))
      const slope = (moved(1) - moved(-1)) / (2 * step)
      expect(Math.abs(inner(sum, direction) - slope)).toBeLessThan(1e-7 * norm(sum) * norm(direction))
    })

    test("sums to the gradient of backpropagation", () => {
      let g = a[0]
      for (let j = N - 1; j >= 0; j--) g = plus(g, transposed(made, j, g))
      expect(
        apart(
          a.reduce((left, right) => plus(left, right)),
          g
        )
      ).toBeLessThan(1e-10)
    })

    test("is what the sum over all paths gives, whose norms one by one are Veit's", () => {
      const sums = a.map(() => new Float64Array(x.length))
      const norms = new Float64Array(N + 1)
      for (let S = 0; S < 2 ** N; S++) {
        let g = a[0]
        for (let j = N - 1; j >= 0; j--) if ((S >> j) % 2 === 1) g = transposed(made, j, g)
        sums[bitCount(S)] = plus(sums[bitCount(S)], g)
        norms[bitCount(S)] += norm(g)
      }
      const all = norm(a.reduce((left, right) => plus(left, right)))
      const separately = pathNorms(analysis)()
      for (let k = 0; k <= N; k++) {
        expect(norm(plus(a[k], sums[k], -1)) / all, `a_${k}`).toBeLessThan(1e-10)
        expect(separately[k][0] / norms[k], `length ${k}`).toBeCloseTo(1, 10)
      }
    })
  }
)

/** ‖A‖ of a matrix by its columns: AᵀA squared again and again, until its columns are the leading eigenvector. */
function spectralNorm(columns: ReadonlyArray<Pixels>): number {
  let power = columns.map((p) => columns.map((q) => inner(p, q)))
  let logarithm = 0
  let exponent = 1
  for (let i = 0; i < 18; i++) {
    const trace = power.reduce((sum, row, at) => sum + row[at], 0)
    logarithm += Math.log(trace) / exponent
    const scaled = power.map((row) => row.map((value) => value / trace))
    power = scaled.map((row) => row.map((_, at) => row.reduce((sum, value, k) => sum + value * scaled[k][at], 0)))
    exponent *= 2
  }
  return Math.exp(logarithm / 2)
}

/** A Jacobian's columns, by the images of all unit vectors. */
const columnsOf = ({ analysis, read, write, x }: Dissected, j: number) =>
  Array.from({ length: x.length }, (_, i) => {
    const v = write(new Float64Array(x.length).fill(1, i, i + 1))
    const image = write(new Float64Array(x.length))
    analysis.addJacobian(j, v, image)
    return read(image)
  })

// 10×11: singular values of a convolution lie so close that 20 steps of power iteration are 1 to 2 % low.
test.each([
  ["tanh", 5, 6],
  ["identity", 10, 11],
  ["relu", 10, 11]
] as const)("norms of Jacobians are within their tolerance (%s, %i×%i)", (activation, height, width) => {
  const made = dissected(activation, { filters: 1, layers: 2, depth: 2, height, width })
  const [[first]] = jacobianNorms(made.analysis)()
  const exact = spectralNorm(columnsOf(made, 1))
  expect(first).toBeLessThanOrEqual(exact * (1 + 1e-9))
  expect(first).toBeGreaterThan(exact * (1 - NORM_TOLERANCE / 10))
})

test("the largest singular value of a bidiagonal matrix, and the end of its left vector", () => {
  // B = [[3, 1], [0, 2]]: BBᵀ = [[10, 2], [2, 4]] has the eigenvalues 7 ± √13, the larger one with (2, √13 − 3).
  const { value, last } = largestSingular([3, 2], [1])
  expect(value).toBeCloseTo(Math.sqrt(7 + Math.sqrt(13)), 14)
  const end = Math.sqrt(13) - 3
  expect(last).toBeCloseTo(end / Math.hypot(2, end), 14)
  expect(largestSingular([5], [])).toEqual({ value: 5, last: 1 })
  expect(largestSingular([0], []).value).toBe(0)
  expect(largestSingular([2, 1], [0])).toEqual({ value: 2, last: 0 })
})

test("what is no number ends in none, at once", () => {
  const made = dissected("identity", { filters: 1, layers: 2, depth: 2 })
  const analysis = {
    ...made.analysis,
    addJacobian: (_: number, __: State, out: State) => void made.analysis.values(out).fill(Number.NaN)
  }
  expect(jacobianNorms(analysis)()[0][0]).toBeNaN()
})

test("flipped masks are counted where a layer sees x, and where it sees the parallel network", () => {
  const made = dissected("relu", { layers: 4, depth: 2 })
  const { analysis, network, block, x } = made
  const layer = dissected("relu", { layers: 4, depth: 4 }) // the same weights: its blocks are single layers
  const counts = flippedMasks(analysis)()
  const h1 = plus(x, block(0, x))
  const differ = (i: number, p: Pixels, q: Pixels) => {
    const [a, b] = [layer.block(i, p), layer.block(i, q)]
    return a.reduce((sum, value, at) => sum + (value > 0 !== b[at] > 0 ? 1 : 0), 0)
  }
  expect(network.depth).toBe(2)
  expect(counts.order0.map(([count]) => count)).toEqual([0, differ(2, h1, x) + differ(3, h1, x)])
  expect(counts.order1.map(([count]) => count)).toEqual([0, 0])
  expect(counts.order0[1][0]).toBeGreaterThan(0)

  // Three blocks: the third sees something else than x + f_1(x) + f_2(x).
  const deep = dissected("relu", { layers: 3, depth: 3 })
  const [f0, f1] = [deep.block(0, deep.x), deep.block(1, deep.x)]
  const first = plus(deep.x, f0)
  const passed = plus(first, deep.block(1, first))
  const seen = plus(plus(deep.x, f0), f1)
  const differing = (p: Pixels, q: Pixels) => {
    const [a, b] = [deep.block(2, p), deep.block(2, q)]
    return a.reduce((sum, value, at) => sum + (value > 0 !== b[at] > 0 ? 1 : 0), 0)
  }
  const third = flippedMasks(deep.analysis)()
  expect(third.order1[2][0]).toBe(differing(passed, seen))
  expect(third.order0[2][0]).toBe(differing(passed, deep.x))
})
