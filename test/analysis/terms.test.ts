import { describe, expect, test } from "vitest"
import { evaluations, exactTerms } from "../../src/analysis/terms.ts"
import type { State } from "../../src/engine/analysis.ts"
import { analyze } from "../../src/engine/wasm/analysis.ts"
import { randomExamples, randomParameters, smallNetwork } from "../networks.ts"
import { activeOnly, apart, bitCount, dissected, kinds, norm, plus } from "./dissected.ts"

describe.each(kinds)(
  "the exact Taylor terms of five layers, %s, %i filters, scale %d",
  (activation, filters, scale) => {
    const made = dissected(activation, { filters, scale })
    const { network, analysis, read, block, x } = made
    const N = network.depth
    const terms = exactTerms(analysis, N)().map(read)
    const whole = activeOnly(made, 2 ** N - 1)

    test("are what the definition gives, summed over all subsets", () => {
      for (let k = 0; k <= N; k++) {
        let term = new Float64Array(x.length)
        for (let S = 0; S < 2 ** N; S++) {
          if (bitCount(S) !== k) continue
          for (let U = 0; U < 2 ** N; U++) {
            if ((U & S) === U) term = plus(term, activeOnly(made, U), (k - bitCount(U)) % 2 === 0 ? 1 : -1)
          }
        }
        expect(norm(plus(terms[k], term, -1)) / norm(whole), `T_${k}`).toBeLessThan(1e-10)
      }
    })

    test("sum to the network's output", () => {
      expect(
        apart(
          terms.reduce((a, b) => plus(a, b)),
          whole
        )
      ).toBeLessThan(1e-10)
    })

    test("T_0 + T_1 is the parallel network run with the sequential network's weights", () => {
      const parallel = dissected(activation, { filters, scale, depth: 1 })
      expect(apart(plus(terms[0], terms[1]), plus(x, parallel.block(0, x)))).toBeLessThan(1e-10)
    })

    test("T_2 = Σ_{i<j} f_j(x + f_i(x)) − f_j(x)", () => {
      let term = new Float64Array(x.length)
      for (let j = 0; j < N; j++) {
        for (let i = 0; i < j; i++) term = plus(plus(term, block(j, plus(x, block(i, x)))), block(j, x), -1)
      }
      expect(norm(plus(terms[2], term, -1)) / norm(whole)).toBeLessThan(1e-10)
    })

    test("do not change with the number of orders asked for", () => {
      const few = exactTerms(analysis, 2)().map(read)
      few.forEach((term, k) => expect(norm(plus(term, terms[k], -1)) / norm(whole)).toBeLessThan(1e-12))
    })
  }
)

test("for networks of any depth the blocks are the layers of the expansion", () => {
  const made = dissected("tanh", { layers: 6, depth: 3 })
  const terms = exactTerms(made.analysis, 3)().map(made.read)
  const whole = activeOnly(made, 7)
  expect(
    apart(
      terms.reduce((a, b) => plus(a, b)),
      whole
    )
  ).toBeLessThan(1e-10)
  const single = [1, 2, 4].map((S) => plus(activeOnly(made, S), made.x, -1))
  expect(
    apart(
      terms[1],
      single.reduce((a, b) => plus(a, b))
    )
  ).toBeLessThan(1e-10)
})

test("as many blocks are evaluated as there are subsets of up to k of them", () => {
  const count = (depth: number, order: number) => {
    const network = smallNetwork({ layers: depth, depth, filters: 1 })
    const analysis = analyze(network, randomParameters(network, 1), "f64")
    analysis.run(randomExamples(network, 1), [0])
    let blocks = 0
    const counting = {
      ...analysis,
      addLayers(first: number, end: number, h: State, out: State) {
        blocks += end - first
        analysis.addLayers(first, end, h, out)
      }
    }
    exactTerms(counting, order)()
    return blocks
  }
  for (const [depth, order] of [
    [32, 2],
    [32, 3],
    [12, 12],
    [5, 1]
  ])
    expect(count(depth, order), `${depth} blocks up to order ${order}`).toBe(evaluations(depth, order))
  expect([evaluations(32, 2), evaluations(32, 3), evaluations(12, 12)]).toEqual([528, 5488, 4095])
})
