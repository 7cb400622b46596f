import { describe, expect, test } from "vitest"
import { forwardOf, runBlocks } from "../../src/analysis/forward.ts"
import { expand, taylorTerms } from "../../src/analysis/taylor.ts"
import type { Activation, Network } from "../../src/network/network.ts"
import { referenceScore, relativeError } from "../engine/differences.ts"
import { randomExamples, randomParameters, smallNetwork } from "../networks.ts"

const N = 5
const cases = (["relu", "tanh", "sigmoid", "identity"] as const).map((activation) => [activation] as const)
const make = (activation: Activation, changes: Partial<Network> = {}) => {
  const network = smallNetwork({ layers: N, depth: N, activation, ...changes })
  const parameters = randomParameters(network, 3)
  const forward = forwardOf(network, parameters)
  const x = new Float64Array(forward.size)
  forward.stem(randomExamples(network, 1).images, x)
  return { network, parameters, forward, x }
}
const add = (a: Float64Array, b: Float64Array, factor = 1) => a.map((value, i) => value + factor * b[i])

/** H(S) with S as bits, by running the active layers in turn. */
function activeOnly({ forward, x }: ReturnType<typeof make>, subset: number): Float64Array {
  let h = x.slice()
  for (let j = 0; j < N; j++) {
    if ((subset >> j) % 2 === 0) continue
    const out = new Float64Array(forward.size)
    forward.block(j, h, out)
    h = add(h, out)
  }
  return h
}
const size = (bits: number) => bits.toString(2).replaceAll("0", "").length

describe.each(cases)("the Taylor terms of a network of five layers with %s", (activation) => {
  const made = make(activation)
  const { forward, x } = made
  const terms = taylorTerms(forward, x, N)
  const H = runBlocks(forward, x.slice())

  test("are what the definition gives, summed over all subsets", () => {
    for (let k = 0; k <= N; k++) {
      let term = new Float64Array(forward.size)
      for (let S = 0; S < 1 << N; S++) {
        if (size(S) !== k) continue
        for (let U = 0; U < 1 << N; U++) {
          if ((U & S) === U) term = add(term, activeOnly(made, U), (size(S) - size(U)) % 2 === 0 ? 1 : -1)
        }
      }
      expect(Math.max(...add(terms[k], term, -1).map(Math.abs)), `T_${k}`).toBeLessThan(1e-10)
    }
  })

  test("sum to the network's output", () => {
    const sum = terms.reduce((a, b) => add(a, b))
    expect(relativeError(sum, H)).toBeLessThan(1e-10)
  })

  test("T_0 + T_1 is the parallel network run with the sequential network's weights", () => {
    const parallel = forwardOf({ ...made.network, depth: 1 }, made.parameters)
    const output = runBlocks(parallel, x.slice())
    expect(relativeError(add(terms[0], terms[1]), output)).toBeLessThan(1e-14)
  })

  test("T_2 = Σ_{i<j} f_j(x + f_i(x)) − f_j(x)", () => {
    let term = new Float64Array(forward.size)
    const f = (j: number, h: Float64Array) => {
      const out = new Float64Array(forward.size)
      forward.block(j, h, out)
      return out
    }
    for (let j = 0; j < N; j++) {
      for (let i = 0; i < j; i++) term = add(add(term, f(j, add(x, f(i, x)))), f(j, x), -1)
    }
    expect(relativeError(terms[2], term)).toBeLessThan(1e-12)
  })

  test("do not change with the number of orders asked for", () => {
    const few = taylorTerms(forward, x, 2)
    expect(few).toEqual(terms.slice(0, 3))
  })
})

test("linear layers without biases: T_k holds the products of k layers, k-homogeneous in them", () => {
  const { network, parameters, forward, x } = make("identity", { filters: 1 })
  // Scaling every layer by s scales a product of k layers by s^k.
  const s = 0.5
  const scaled = Float64Array.from(parameters)
  const plain = Float64Array.from(parameters)
  const stem = 2 * 9 + 1
  for (let i = 0; i < N; i++) {
    const at = stem + i * 10
    plain[at + 9] = scaled[at + 9] = 0
    for (let w = 0; w < 9; w++) scaled[at + w] *= s
  }
  const whole = taylorTerms(forwardOf(network, plain), x, N)
  const smaller = taylorTerms(forwardOf(network, scaled), x, N)
  for (let k = 0; k <= N; k++)
    expect(
      relativeError(
        smaller[k],
        whole[k].map((v) => v * s ** k)
      )
    ).toBeLessThan(1e-10)
  expect(forward.size).toBe(7 * 8 + 2)
})

describe("the expansion over examples", () => {
  const network = smallNetwork({ activation: "tanh" })
  const parameters = randomParameters(network, 5)
  const examples = randomExamples(network, 7)

  test("has shares that sum to 1 and nothing left after all orders", () => {
    const { terms, unchanged } = expand(network, parameters, examples, "trained", 4)
    const shares = terms.slice(1).reduce((sum, { share }) => sum + (share as number), 0)
    expect(shares).toBeCloseTo(1, 10)
    expect(terms[4].remainder).toBeLessThan(1e-10)
    expect(terms[0].remainder).toBeCloseTo(1, 12)
    expect(unchanged).toBe(0)
  })

  test("scores the whole network, and after the first order the parallel one", () => {
    const { loss, accuracy, terms } = expand(network, parameters, examples, "initial", 2)
    const whole = referenceScore(network, parameters, examples)
    const parallel = referenceScore({ ...network, depth: 1 }, parameters, examples)
    expect(loss).toBeCloseTo(whole.loss / 7, 12)
    expect(accuracy).toBe(whole.correct / 7)
    expect(terms[1].loss).toBeCloseTo(parallel.loss / 7, 12)
  })

  test("takes the block for the layer of networks in between, and leaves nothing for the parallel one", () => {
    const half = expand({ ...network, depth: 2 }, parameters, examples, "trained", 2)
    expect(half.blocks).toBe(2)
    expect(half.terms[2].remainder).toBeLessThan(1e-10)
    const parallel = expand({ ...network, depth: 1 }, parameters, examples, "trained", 2)
    expect(parallel.terms[1].remainder).toBeLessThan(1e-12)
    expect(parallel.terms[2].norm).toBe(0)
  })

  test("has no ratios where the layers do nothing", () => {
    const silent = parameters.slice()
    silent.fill(0, 2 * 9 * 3 + 3, 2 * 9 * 3 + 3 + 4 * (9 * 9 + 3))
    const { terms, unchanged } = expand(network, silent, examples, "initial", 2)
    expect(unchanged).toBe(7)
    expect(terms.map(({ norm, share, remainder }) => [norm, share, remainder])).toEqual(
      terms.map(() => [null, null, null])
    )
  })

  test("is refused without residual connections", () => {
    expect(() => expand({ ...network, residual: false }, parameters, examples, "initial", 2)).toThrow(
      "residual is false"
    )
  })
})
