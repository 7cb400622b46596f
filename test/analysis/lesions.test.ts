/** Lesions beside plain loops, beside networks that are what a lesion makes of others, and where layers cannot matter. */
import { describe, expect, test } from "vitest"
import { kendall, lesionEvaluations, lesions, lesionsOf, runner, type Wiring } from "../../src/analysis/lesions.ts"
import { type Network, tensors } from "../../src/network/network.ts"
import { referenceScore } from "../engine/differences.ts"
import { randomExamples, randomParameters, smallNetwork } from "../networks.ts"
import { f32, f64 } from "../support/analysts.ts"
import { apart, dissected, kinds, plus, times } from "./dissected.ts"

const examples = randomExamples(smallNetwork(), 7)
const found = (network: Network, parameters = randomParameters(network, 5), analyst = f64) =>
  lesions(analyst, network, parameters, examples, 3, () => {})
const meanLoss = (network: Network, parameters = randomParameters(network, 5)) =>
  referenceScore(network, parameters, examples).loss / 7

/** Parameters with one layer's weights and biases at zero. */
function silenced(network: Network, layer: number): Float32Array {
  const parameters = randomParameters(network, 5)
  for (const { name, offset, size } of tensors(network))
    if (name.startsWith(`layers.${layer}.`)) parameters.fill(0, offset, offset + size)
  return parameters
}

test("Kendall's τ as SciPy's kendalltau gives it", () => {
  expect(kendall([0, 1, 2, 3])).toBe(1)
  expect(kendall([3, 2, 1, 0])).toBe(-1)
  expect(kendall([1, 0, 2, 3])).toBeCloseTo(2 / 3, 12)
  expect(kendall([2, 0, 1, 4, 3])).toBeCloseTo(0.4, 12)
})

describe("the plan of lesions", () => {
  const plan = lesionsOf({ layers: 8, depth: 4 }, 5)

  test("keeps each layer but those left out, in groups of the network's own size", () => {
    const kept = (wiring: Wiring) => wiring.flat().toSorted((a, b) => a - b)
    const all = [0, 1, 2, 3, 4, 5, 6, 7]
    expect(plan.whole).toEqual([[0, 1], [2, 3], [4, 5], [6, 7]]) // biome-ignore format: one line
    expect(plan.without[3]).toEqual([[0, 1], [2], [4, 5], [6, 7]]) // biome-ignore format: one line
    expect(plan.swapped[1]).toEqual([[0, 2], [1, 3], [4, 5], [6, 7]]) // biome-ignore format: one line
    expect(plan.reversed).toEqual([[7, 6], [5, 4], [3, 2], [1, 0]]) // biome-ignore format: one line
    expect(plan.sideBySide.map(({ group, wiring }) => [group, wiring.length])).toEqual([[4, 2], [8, 1]]) // biome-ignore format: one line
    for (const { wiring } of plan.shuffled) expect(kept(wiring)).toEqual(all)
    for (const { left, wirings } of plan.several)
      for (const wiring of wirings) expect(wiring.flat()).toHaveLength(8 - left)
    expect(plan.several.map(({ left, wirings }) => [left, wirings.length])).toEqual([[2, 5], [4, 5], [8, 1]]) // biome-ignore format: one line
    expect(new Set(plan.shuffled.map(({ swaps }) => swaps))).toEqual(new Set([1, 2, 4, 8, 16]))
  })

  test("draws the same for every depth, and reaches from little disorder to much", () => {
    const other = lesionsOf({ layers: 8, depth: 8 }, 5)
    expect(other.shuffled.map(({ tau }) => tau)).toEqual(plan.shuffled.map(({ tau }) => tau))
    const taus = plan.shuffled.map(({ tau }) => tau)
    expect(Math.max(...taus)).toBeGreaterThan(0.8)
    expect(Math.min(...taus)).toBeLessThan(0.1)
    expect(lesionEvaluations({ layers: 8, depth: 8 }, 5)).toBe(8 + 8 * 7 + 5 * 6 + 5 * 4 + 7 * 8 + 8 + 25 * 8 + 3 * 8)
  })
})

test.each(kinds)("a wiring runs as plain loops do, %s, %i filters, scale %d", (activation, filters, scale) => {
  const made = dissected(activation, { filters, scale })
  const run = runner(made.analysis)
  const wiring = [[3], [], [1, 4], [0, 2]]
  let h = made.x
  for (const group of wiring) {
    const seen = h
    h = group.reduce((sum, layer) => plus(sum, made.block(layer, seen)), seen)
  }
  expect(apart(made.read(run(wiring)), h)).toBeLessThan(1e-13)
})

test("without residual connections a group gives its layers' sum alone", () => {
  const made = dissected("tanh", { residual: false })
  const out = made.read(runner(made.analysis)([[2], [0, 1]]))
  const h = made.block(2, made.x)
  expect(apart(out, plus(made.block(0, h), made.block(1, h)))).toBeLessThan(1e-13)
  expect(times(out, 1)).toEqual(out)
})

describe("lesions of a network", () => {
  const network = smallNetwork({ activation: "tanh" })

  test("begin with the network itself, and side by side are the networks of smaller depth", () => {
    const { whole, sideBySide, several } = found(network)
    expect(whole.loss).toBeCloseTo(meanLoss(network), 12)
    expect(sideBySide.map(({ group }) => group)).toEqual([2, 4])
    for (const { group, score } of sideBySide)
      expect(score.loss).toBeCloseTo(meanLoss({ ...network, depth: 4 / group }), 12)
    const silent = [0, 1, 2, 3].reduce(
      (parameters, layer) => {
        const own = silenced(network, layer)
        return parameters.map((value, i) => (own[i] === 0 ? 0 : value))
      },
      randomParameters(network, 5)
    )
    expect(several.at(-1)!.left).toBe(4)
    expect(several.at(-1)!.scores[0].loss).toBeCloseTo(meanLoss(network, silent), 12)
  })

  test("leave out what a layer of zeros gives: nothing", () => {
    const { whole, without } = found(network, silenced(network, 2))
    expect(without[2]).toEqual(whole)
    expect(Math.abs(without[1].loss - whole.loss)).toBeGreaterThan(1e-4)
    // And of the whole network, what it would give were the layer zero.
    expect(found(network).without[2].loss).toBeCloseTo(whole.loss, 12)
  })

  test.each([
    ["f64", f64, 1e-12],
    ["f32", f32, 1e-5]
  ] as const)("do not tell orders of parallel layers apart but by rounding, in %s", (_, analyst, rounding) => {
    const { whole, swapped, reversed, shuffled, sideBySide } = found(
      { ...network, depth: 1 },
      randomParameters(network, 5),
      analyst
    )
    for (const { loss } of [...swapped, reversed, ...shuffled.map(({ score }) => score)])
      expect(Math.abs(loss - whole.loss)).toBeLessThan(rounding)
    expect(sideBySide).toEqual([])
  })

  test("tell orders of layers in sequence apart, unless these commute", () => {
    const deep = found(network)
    expect(Math.abs(deep.reversed.loss - deep.whole.loss)).toBeGreaterThan(1e-3)
    // Numbers 1 + w without biases, in whatever order.
    const scalar = smallNetwork({ activation: "identity", kernel: 1, filters: 1 })
    const parameters = randomParameters(scalar, 5)
    for (const { name, offset } of tensors(scalar)) if (/layers.*bias/.test(name)) parameters[offset] = 0
    const { whole, swapped, reversed, without } = found(scalar, parameters)
    for (const { loss } of [...swapped, reversed]) expect(loss).toBeCloseTo(whole.loss, 12)
    expect(Math.abs(without[0].loss - whole.loss)).toBeGreaterThan(1e-4)
  })
})
