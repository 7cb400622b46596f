import { expect, test } from "vitest"
import search from "../../../../pipeline/stages/compute/search.ts"
import train from "../../../../pipeline/stages/compute/train.ts"
import trainSearched from "../../../../pipeline/stages/compute/train-searched.ts"
import type { FirstOrderTrial } from "../../../../pipeline/stages/schemas.ts"
import { networkOf } from "../../../../pipeline/stages/trial.ts"
import { imageSet, writeImageSets } from "../../../../src/data/examples.ts"
import { wasm } from "../../../../src/engine/wasm/engine.ts"
import { initialValues } from "../../../../src/network/initial.ts"
import { random } from "../../../../src/network/philox.ts"
import { readSearched } from "../../../../src/results/search.ts"
import { writeWeights } from "../../../../src/results/weights.ts"
import { artifact } from "../../../support/artifact.ts"
import { contextOf } from "../../../support/compute.ts"

const COUNT = 60
const shape = { count: 80, test: 0, channels: 1, height: 6, width: 6, classes: 3 }
const trial: FirstOrderTrial = {
  dataset: { name: "bars", shape, validation: 20, examples: null, splitSeed: 0 },
  ...{ layers: 2, depth: 2, filters: 1, kernel: 3, activation: "relu", residual: true, seed: 0 },
  optimizer: { method: "rmsprop", learningRate: 0.01, rho: 0.9, epsilon: 1e-7 },
  ...{ batch: 10, epochs: 4, engine: "wasm" }
}
const how = { factors: [1e-6, 1, 0.3, 1e30], epochs: 2, seed: 0 } as const

/** Noisy images whose bright third tells the class. */
function bars(): Uint8Array {
  const { below } = random(1, "test/bars")
  const labels = Uint8Array.from({ length: COUNT }, (_, i) => i % 3)
  const images = Uint8Array.from(
    { length: COUNT * 36 },
    (_, i) => below(100) + (Math.floor((i % 36) / 12) === labels[Math.floor(i / 36)] ? 150 : 0)
  )
  return writeImageSets({ "": imageSet(shape, images, labels, "bars") })
}
const inputs = {
  initial: artifact(writeWeights(networkOf(trial), initialValues(networkOf(trial), 0))),
  train: artifact(bars()),
  validation: artifact(bars())
}
const context = <P>(parameters: P, more: Record<string, ReturnType<typeof artifact>> = {}) =>
  contextOf(parameters, wasm, { inputs: { ...inputs, ...more } })

test("takes the better half to twice as many epochs until one is left; what diverges is never taken", async () => {
  const { rate } = await search(context({ trial, search: how }))
  const { learningRate, rounds } = readSearched(artifact(rate))
  expect(rounds.map(({ epochs, tried }) => [epochs, tried.length])).toEqual([
    [2, 4],
    [4, 2]
  ])
  const [first, second] = rounds.map(({ tried }) => new Map(tried.map((one) => [one.learningRate, one.loss])))
  expect([...second.keys()].toSorted()).toEqual([0.003, 0.01])
  expect(first.get(1e28)).toBeNaN()
  expect(second.get(learningRate)).toBe(Math.min(...second.values()))
  expect((await search(context({ trial, search: how }))).rate).toEqual(rate)

  // The training is the plain one at that rate, byte for byte.
  const found = await trainSearched(context({ ...trial, search: how }, { rate: artifact(rate) }))
  const optimizer = { ...trial.optimizer, learningRate }
  expect(found).toEqual(await train(context({ ...trial, optimizer })))
})
