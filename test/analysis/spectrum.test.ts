import { describe, expect, test } from "vitest"
import { frozenSpectrum } from "../../src/analysis/spectrum.ts"
import { exactTerms } from "../../src/analysis/terms.ts"
import {
  activeOnly,
  apart,
  bitCount,
  type Dissected,
  dissected,
  kinds,
  norm,
  type Pixels,
  plus,
  times
} from "./dissected.ts"

/** J_j v of the passed example, by the analysis. */
function jacobian({ analysis, read, write, x }: Dissected, j: number, v: Pixels): Pixels {
  const out = write(new Float64Array(x.length))
  analysis.addJacobian(j + 1, write(v), out)
  return read(out)
}

describe.each(kinds)(
  "the frozen-affine spectrum of five layers, %s, %i filters, scale %d",
  (activation, filters, scale) => {
    const made = dissected(activation, { filters, scale })
    const { network, analysis, read, block, x } = made
    const N = network.depth
    const e = frozenSpectrum(analysis, N)().map(read)
    const passed = Array.from({ length: N + 1 }, (_, j) => read(analysis.trajectory(j)))

    test("its Jacobians are those of the blocks, by central differences", () => {
      for (let j = 0; j < N; j++) {
        const v = block((j + 1) % N, x)
        const step = 1e-6
        const around = (s: number) => block(j, plus(passed[j], v, s * step))
        const difference = times(plus(around(1), around(-1), -1), 1 / (2 * step))
        expect(apart(jacobian(made, j, v), difference), `J_${j}`).toBeLessThan(1e-7)
      }
    })

    test("sums to the network's output", () => {
      expect(
        apart(
          e.reduce((a, b) => plus(a, b)),
          activeOnly(made, 2 ** N - 1)
        )
      ).toBeLessThan(1e-10)
    })

    test("is what the sum over all ordered paths gives", () => {
      const sums = e.map(() => new Float64Array(x.length))
      const constants = passed.slice(0, N).map((h, j) => plus(block(j, h), jacobian(made, j, h), -1))
      // A path goes through the blocks in S in order, from x or from the constant of one of them.
      for (let S = 0; S < 2 ** N; S++) {
        const blocks = Array.from({ length: N }, (_, j) => j).filter((j) => (S >> j) % 2 === 1)
        const through = (from: ReadonlyArray<number>, start: Pixels) =>
          from.reduce((v, j) => jacobian(made, j, v), start)
        sums[bitCount(S)] = plus(sums[bitCount(S)], through(blocks, x))
        if (blocks.length > 0) {
          const [first, ...rest] = blocks
          sums[blocks.length] = plus(sums[blocks.length], through(rest, constants[first]))
        }
      }
      for (let k = 0; k <= N; k++) expect(norm(plus(e[k], sums[k], -1)) / norm(passed[N]), `e_${k}`).toBeLessThan(1e-10)
    })

    test("stops at the order asked for", () => {
      const few = frozenSpectrum(analysis, 2)().map(read)
      expect(few).toEqual(e.slice(0, 3))
    })
  }
)

test("affine layers: T_k = e_k", () => {
  const { analysis, read } = dissected("identity", { filters: 4 })
  const e = frozenSpectrum(analysis, 5)().map(read)
  const T = exactTerms(analysis, 5)().map(read)
  T.forEach((term, k) => expect(apart(term, e[k]), `order ${k}`).toBeLessThan(1e-10))
})

test("curved layers: e_0 + e_1 is not the parallel network", () => {
  const { analysis, read } = dissected("tanh")
  const e = frozenSpectrum(analysis, 1)().map(read)
  const T = exactTerms(analysis, 1)().map(read)
  expect(apart(plus(e[0], e[1]), plus(T[0], T[1]))).toBeGreaterThan(1e-3)
})
