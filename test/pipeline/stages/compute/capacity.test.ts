/** How many examples a small network fits: true labels and labels drawn at random, stopped and gone on with. */
import { expect, test } from "vitest"
import { type CapacityParameters, capacity } from "../../../../pipeline/stages/capacity.ts"
import compute from "../../../../pipeline/stages/compute/capacity.ts"
import type { FirstOrderTrial } from "../../../../pipeline/stages/schemas.ts"
import { networkOf } from "../../../../pipeline/stages/trial.ts"
import { imageSet, writeImageSets } from "../../../../src/data/examples.ts"
import { wasm } from "../../../../src/engine/wasm/engine.ts"
import { initialValues } from "../../../../src/network/initial.ts"
import { readCapacity } from "../../../../src/results/capacity.ts"
import { writeWeights } from "../../../../src/results/weights.ts"
import { artifact } from "../../../support/artifact.ts"
import { contextOf } from "../../../support/compute.ts"
import { thirds } from "../../../support/thirds.ts"

const shape = { count: 240, test: 0, channels: 1, height: 6, width: 5, classes: 3 }
const trial: FirstOrderTrial = {
  dataset: { name: "thirds", shape, validation: 40, examples: null, splitSeed: 0 },
  ...{ layers: 2, depth: 2, filters: 1, kernel: 3, activation: "relu", residual: true, seed: 3 },
  optimizer: { method: "rmsprop", learningRate: 0.01, rho: 0.9, epsilon: 1e-7 },
  ...{ batch: 8, epochs: 25, engine: "wasm" }
}
const how = { fewest: 4, factors: [1, 0.2], precision: 1.2, tries: 40 } as const
const { images, labels } = thirds(200, "test/capacity", 120, 120)
const inputs = {
  initial: artifact(writeWeights(networkOf(trial), initialValues(networkOf(trial), 3))),
  train: artifact(writeImageSets({ "": imageSet(shape, images, labels, "thirds") }))
}

type State = { readonly extent: number; readonly bytes: Uint8Array }

async function found(labels: CapacityParameters["labels"], more: Partial<CapacityParameters> = {}, from?: State) {
  const states: Array<State> = []
  const told: Array<{ readonly done: number; readonly total: number }> = []
  const context = contextOf({ ...how, ...more, labels, trial }, wasm, {
    inputs,
    checkpoints: {
      latest: () => from,
      offer: (extent, bytes) => void states.push({ extent, bytes: bytes() })
    },
    progress: ({ done, total }) => told.push({ done, total })
  })
  const { capacity: bytes } = await compute(context)
  return { bytes, states, told, ...readCapacity(artifact(bytes)) }
}

test("labels drawn at random are fitted for fewer images than their own; progress never goes beyond its end", async () => {
  const [own, random] = [await found("true"), await found("random")]
  expect(random.fitted).toBeGreaterThanOrEqual(4)
  expect(random.missed).not.toBeNull()
  expect(random.fitted).toBeLessThan(0.7 * own.fitted)
  expect(own).toMatchObject({ images: 200 })
  for (const { tries } of [own, random])
    for (const { examples, correct, epochs } of tries) {
      expect(correct).toBeLessThanOrEqual(examples)
      // Whoever has not fitted has had all its epochs.
      expect(correct === examples || epochs === trial.epochs).toBe(true)
    }
  expect(random.told.map(({ done }) => done)).toEqual(random.tries.map((_, i) => i + 1))
  expect(random.told.every(({ done, total }) => done <= total)).toBe(true)
  expect(random.told.at(-1)?.total).toBe(random.tries.length)
})

test("from any of its states it comes to the same bytes, and one with more tries goes on from one with fewer", async () => {
  const whole = await found("random")
  for (const state of whole.states.filter((_, i) => i % 3 === 0))
    expect((await found("random", {}, state)).bytes).toEqual(whole.bytes)
  const few = await found("random", { tries: 3 })
  expect(few.tries).toEqual(whole.tries.slice(0, 3))
  expect((await found("random", {}, few.states.at(-1))).bytes).toEqual(whole.bytes)
})

test("what is no search for a capacity is refused when it is planned; its nodes have places in the grid", () => {
  const of = (more: object) => () => capacity.node({ trial: { ...trial, ...more }, labels: "true", ...how })
  const lbfgs = { method: "lbfgs", history: 10, precision: "f64", gradientNorm: 0 } as const
  expect(of({ optimizer: lbfgs, batch: 200 })).toThrow("lbfgs has no learning rate")
  expect(of({ patience: 3 })).toThrow("trial.patience: a search for the capacity trains on labels")
  expect(of({ until: { loss: 0.1 } })).toThrow("trial.until: a search for")
  expect(of({ from: { depth: 1, epochs: 2 } })).toThrow("trial.from: a search for")
  expect(of({ dataset: { ...trial.dataset, standardize: true } })).toThrow("standardize: it is for images as they are")
  const node = of({})()
  expect(node.label).toBe("thirds/layers=2,depth=2,filters=1,seed=3,labels=true")
  expect(capacity.axes?.({ trial, labels: "true", ...how })).toMatchObject({ labels: "true", depth: 2, seed: 3 })
})
