import { describe, expect, test } from "vitest"
import { expansionOf } from "../../src/analysis/expansion.ts"
import { quartiles } from "../../src/analysis/measures.ts"
import { VIEWS } from "../../src/results/expansion.ts"
import { referenceScore } from "../engine/differences.ts"
import { randomExamples, randomParameters, smallNetwork } from "../networks.ts"
import { f32, f64 } from "../support/analysts.ts"

const network = smallNetwork({ activation: "tanh" })
const parameters = randomParameters(network, 5)
const examples = randomExamples(network, 7)
const options = { order: 4, views: VIEWS, progress: () => {} } as const
const exactOnly = (order: number) => ({ order, views: [], progress: () => {} })
const total = (values: ReadonlyArray<{ readonly share: number | null }>) => values.reduce((sum, v) => sum + v.share!, 0)

describe("the expansion over examples", () => {
  test("has shares that sum to 1 and nothing left after all orders", () => {
    const { exact: terms, unchanged } = expansionOf(f64, network, parameters, examples, exactOnly(4))
    expect(total(terms.slice(1))).toBeCloseTo(1, 10)
    expect(terms[4].remainder).toBeLessThan(1e-10)
    expect(terms[0].remainder).toBeCloseTo(1, 12)
    expect(terms[0].quartiles).toEqual([1, 1, 1])
    expect(unchanged).toBe(0)
  })

  test("scores the whole network, and after the first order the parallel one", () => {
    const { loss, accuracy, exact: terms } = expansionOf(f64, network, parameters, examples, exactOnly(2))
    const whole = referenceScore(network, parameters, examples)
    const parallel = referenceScore({ ...network, depth: 1 }, parameters, examples)
    expect(loss).toBeCloseTo(whole.loss / 7, 12)
    expect(accuracy).toBe(whole.correct / 7)
    expect(terms[1].loss).toBeCloseTo(parallel.loss / 7, 12)
  })

  test("takes the block for the layer of networks in between, and leaves nothing for the parallel one", () => {
    const half = expansionOf(f64, { ...network, depth: 2 }, parameters, examples, exactOnly(2))
    expect(half.blocks).toBe(2)
    expect(half.exact[2].remainder).toBeLessThan(1e-10)
    const parallel = expansionOf(f64, { ...network, depth: 1 }, parameters, examples, exactOnly(1))
    expect(parallel.exact[1].remainder).toBeLessThan(1e-10)
  })

  test("is refused without residual connections", () => {
    const ablated = { ...network, residual: false }
    expect(() => expansionOf(f64, ablated, parameters, examples, exactOnly(2))).toThrow("residual is false")
  })
})

describe("the analysis over examples", () => {
  test("sums to the whole in each of its three views", () => {
    const { exact, spectrum, gradient, strength } = expansionOf(f64, network, parameters, examples, options)
    expect(total(exact.slice(1))).toBeCloseTo(1, 10)
    expect(total(spectrum!.slice(1))).toBeCloseTo(1, 10)
    expect(total(gradient!)).toBeCloseTo(1, 10)
    expect(spectrum![4].remainder).toBeLessThan(1e-10)
    expect(spectrum![0].bent).toBe(0)
    expect(spectrum![2].bent).toBeGreaterThan(1e-3)
    expect(strength!.perBlock).toHaveLength(4)
    expect(strength!.perBlock[0].flippedAtInput).toBe(null)
    const largest = Math.max(...strength!.perBlock.map(({ norm }) => norm[1]))
    expect(strength!.whole[2]).toBeGreaterThanOrEqual(4 * largest)
  })

  test("looks at what is asked for, and finds there what it finds in all", () => {
    const all = expansionOf(f64, network, parameters, examples, options)
    for (const view of VIEWS) {
      const some = expansionOf(f64, network, parameters, examples, { ...options, views: [view] })
      const others = VIEWS.filter((other) => other !== view)
      expect(some).toEqual({ ...all, ...Object.fromEntries(others.map((other) => [other, null])) })
    }
  })

  test("gives each example the same, whichever others pass with it", () => {
    const one = expansionOf(f64, network, parameters, randomExamples(network, 1), options)
    const { images, labels } = randomExamples(network, 1)
    const twice = {
      count: 3,
      images: new Uint8Array([...images, ...images, ...images]),
      labels: new Uint8Array(3).fill(labels[0])
    }
    const three = expansionOf(f64, network, parameters, twice, options)
    expect(three.exact.map((order) => order.remainder)).toEqual(
      one.exact.map((order) => expect.closeTo(order.remainder!, 12))
    )
    expect(three.gradient!.map((part) => part.separately)).toEqual(
      one.gradient!.map((part) => expect.closeTo(part.separately!, 12))
    )
    expect(three.loss).toBeCloseTo(one.loss, 12)
    expect(three.strength!.whole).toEqual(one.strength!.whole)
  })

  test("finds in f32 what it finds in f64", () => {
    const relu = { ...network, activation: "relu", filters: 4 } as const
    const weights = randomParameters(relu, 8)
    const wide = expansionOf(f64, relu, weights, examples, options)
    const narrow = expansionOf(f32, relu, weights, examples, options)
    wide.exact.forEach((order, k) => {
      expect(narrow.exact[k].share).toBeCloseTo(order.share!, 4)
      expect(narrow.exact[k].loss).toBeCloseTo(order.loss, 4)
    })
    wide.gradient!.forEach((part, k) => expect(narrow.gradient![k].share).toBeCloseTo(part.share!, 4))
    expect(narrow.strength!.whole[1] / wide.strength!.whole[1]).toBeCloseTo(1, 3)
    expect(narrow.strength!.perBlock[3].flippedAtInput).toBeCloseTo(wide.strength!.perBlock[3].flippedAtInput!, 3)
  })

  test("has no ratios where the layers do nothing, and counts such examples", () => {
    const silent = parameters.slice()
    silent.fill(0, 2 * 9 * 3 + 3, 2 * 9 * 3 + 3 + 4 * (9 * 9 + 3))
    const { exact, unchanged, change, strength, gradient } = expansionOf(f64, network, silent, examples, options)
    expect(unchanged).toBe(7)
    expect(change).toBe(0)
    expect(strength!.whole).toEqual([0, 0, 0])
    expect(gradient![0].share).toBe(1)
    for (const { norm, share, remainder, quartiles } of exact) {
      expect([norm, share, remainder, quartiles]).toEqual([null, null, null, null])
    }
  })

  test("takes the ratio of sums over all examples and the quartiles over those with H ≠ x", () => {
    // One layer, no biases but the stem's negative one: dark images give h_0 = 0 and H = x.
    const small = smallNetwork({ layers: 2, depth: 2, filters: 1, channels: 1 })
    const weights = randomParameters(small, 2).fill(-0.1, 9, 10)
    weights.fill(0.1, 0, 9)
    weights.fill(0, 19, 20).fill(0, 29, 30)
    weights.fill(0.2, 10, 19).fill(0.2, 20, 29)
    const shown = randomExamples(small, 4)
    shown.images.fill(0, 0, 60)
    const { unchanged, exact } = expansionOf(f64, small, weights, shown, { ...options, order: 2 })
    expect(unchanged).toBe(2)
    expect(exact[1].remainder).toBeGreaterThan(0)
    expect(exact[1].quartiles![0]).toBeGreaterThan(0)
  })
})

test("quartiles interpolate between neighbours", () => {
  expect(quartiles([4, 1, 3, 2, 5])).toEqual([2, 3, 4])
  expect(quartiles([2, 1])).toEqual([1.25, 1.5, 1.75])
  expect(quartiles([7])).toEqual([7, 7, 7])
})
