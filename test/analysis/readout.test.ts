import { expect, test } from "vitest"
import { readouts } from "../../src/analysis/readout.ts"
import { tensors } from "../../src/network/network.ts"
import { finiteDifferences, referenceScore } from "../engine/differences.ts"
import { randomExamples, randomParameters, smallNetwork } from "../networks.ts"
import { f32 } from "../support/analysts.ts"

const network = smallNetwork({ activation: "tanh", filters: 1, layers: 2, depth: 2 })
const parameters = randomParameters(network, 5)
const data = { train: randomExamples(network, 6), validation: randomExamples(network, 9, 2) }
const optimizer = { method: "sgd", learningRate: 0.1, momentum: 0 } as const
const run = (epochs: number, batch: number) =>
  readouts(f32, network, parameters, data, 1, { epochs, batch, optimizer, seed: 1 }, () => {})
const parallel = { ...network, depth: 1 }

test("scores the truncations and the whole through the trained dense layer", () => {
  const [input, first, whole] = run(1, 6)
  expect([input.order, first.order, whole.order]).toEqual([0, 1, null])
  for (const [readout, expected] of [
    [first, referenceScore(parallel, parameters, data.validation)],
    [whole, referenceScore(network, parameters, data.validation)]
  ] as const) {
    expect(readout.trained.validation.loss).toBeCloseTo(expected.loss / 9, 5)
    expect(readout.trained.validation.accuracy).toBe(expected.correct / 9)
    expect(readout.trained.validation.count).toBe(9)
  }
})

test("one step on the whole set moves the dense layer alone, along its gradient by finite differences", () => {
  const [, first, whole] = run(1, 6)
  const dense = tensors(network).find(({ name }) => name === "dense.weight")!.offset
  for (const [readout, shape] of [
    [first, parallel],
    [whole, network]
  ] as const) {
    const gradient = finiteDifferences(shape, parameters, data.train)
    const moved = Float64Array.from(parameters, (value, i) => (i < dense ? value : value - 0.1 * gradient[i]))
    const expected = referenceScore(shape, moved, data.validation)
    expect(readout.retrained.validation.loss).toBeCloseTo(expected.loss / 9, 5)
    expect(readout.retrained.validation.loss).not.toBeCloseTo(readout.trained.validation.loss, 3)
  }
})

test("more epochs in batches lower the training loss of every truncation", () => {
  for (const { trained, retrained } of run(20, 4)) expect(retrained.train.loss).toBeLessThan(trained.train.loss)
})
