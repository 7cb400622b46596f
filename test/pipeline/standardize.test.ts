/** Standardized images: what networks see, by which statistics, and who refuses them. */
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { digits } from "../../pipeline/datasets/digits.ts"
import evaluate from "../../pipeline/stages/compute/evaluate.ts"
import evaluateStandardized from "../../pipeline/stages/compute/evaluate-standardized.ts"
import train from "../../pipeline/stages/compute/train.ts"
import trainStandardized from "../../pipeline/stages/compute/train-standardized.ts"
import { expand } from "../../pipeline/stages/expand.ts"
import type { FirstOrderTrial, TrainParameters } from "../../pipeline/stages/schemas.ts"
import { prepared } from "../../pipeline/stages/steps.ts"
import { train as trainStage } from "../../pipeline/stages/train.ts"
import { type ImageSet, writeImageSets } from "../../src/data/examples.ts"
import { type ChannelStatistics, statisticsOf } from "../../src/data/statistics.ts"
import { loadEngine } from "../../src/engine/engines.ts"
import { buildGraph } from "../../src/graph/graph.ts"
import { initialValues } from "../../src/network/initial.ts"
import { type Network, tensors } from "../../src/network/network.ts"
import { random } from "../../src/network/philox.ts"
import { writeStatistics } from "../../src/results/statistics.ts"
import { writeWeights } from "../../src/results/weights.ts"
import { call } from "../support/compute.ts"

const network: Network = {
  ...{ channels: 3, height: 6, width: 7, classes: 4 },
  ...{ layers: 2, depth: 2, filters: 2, kernel: 3, activation: "tanh", residual: true }
}
const pictures = (count: number, byte?: (channel: number) => number): ImageSet => {
  const { word } = random(count, "test/standardize")
  const images = Uint8Array.from({ length: count * 126 }, (_, i) => byte?.(Math.floor((i % 126) / 42)) ?? word() % 256)
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 4)
  return { ...{ channels: 3, height: 6, width: 7, classes: 4, count }, images, labels }
}

const engine = await loadEngine("wasm", "standardized")
const usual = await loadEngine("wasm", "training")
const open = async (statistics: ChannelStatistics, of = network) => engine.open(of, { precision: "f32", statistics })

describe("a network sees", () => {
  const none = { mean: [0, 0, 0], deviation: [1, 1, 1] }

  test("pixel / 255 where the mean is 0 and the deviation 1, to the bit", async () => {
    const session = await open(none)
    const plain = await usual.open(network, { precision: "f32" })
    const parameters = initialValues(network, 1)
    session.load({ parameters })
    plain.load({ parameters })
    const set = pictures(70)
    expect(session.gradient(set)).toEqual(await plain.gradient(set))
    expect(session.logits(set)).toEqual(await plain.logits(set))
    expect(session.evaluate(set)).toEqual(await plain.evaluate(set))
  })

  test("nothing where each channel is its mean, as beyond the edges", async () => {
    const bytes = [51, 102, 204]
    const session = await open({ mean: bytes.map((byte) => byte / 255), deviation: [0.1, 0.2, 0.3] })
    const plain = await usual.open(network, { precision: "f32" })
    const parameters = initialValues(network, 2).map((value) => value + 0.01)
    session.load({ parameters })
    plain.load({ parameters })
    const black = await plain.logits(pictures(3, () => 0))
    expect(session.logits(pictures(3, (channel) => bytes[channel]))).toEqual(black)
    expect(session.logits(pictures(3))).not.toEqual(await plain.logits(pictures(3)))
  })

  test("what folding the statistics into a kernel of one pixel gives", async () => {
    const small: Network = { ...network, kernel: 1 }
    const statistics = { mean: [0.2, 0.5, 0.7], deviation: [0.1, 0.25, 0.4] }
    const parameters = initialValues(small, 3)
    const folded = parameters.slice()
    const [weight, bias] = ["stem.weight", "stem.bias"].map((name) => tensors(small).find((one) => one.name === name)!)
    for (let filter = 0; filter < 2; filter++)
      for (let channel = 0; channel < 3; channel++) {
        const at = weight.offset + 3 * filter + channel
        folded[at] /= statistics.deviation[channel]
        folded[bias.offset + filter] -= folded[at] * statistics.mean[channel]
      }
    const session = await open(statistics, small)
    const plain = await usual.open(small, { precision: "f32" })
    session.load({ parameters })
    plain.load({ parameters: folded })
    const expected = await plain.logits(pictures(9))
    for (const [i, logit] of session.logits(pictures(9)).entries()) expect(logit).toBeCloseTo(expected[i], 4)
  })

  test("statistics of its channels, or nothing", async () => {
    await expect(open({ mean: [0], deviation: [1] })).rejects.toThrow("expected statistics of 3 channels, found 1")
    await expect(engine.open(network, { precision: "f32" })).rejects.toThrow("found 0")
  })
})

test("statistics are mean and deviation of every channel", () => {
  const sets = fc
    .record({
      channels: fc.integer({ min: 1, max: 3 }),
      size: fc.integer({ min: 1, max: 5 }),
      count: fc.integer({ min: 1, max: 6 })
    })
    .chain(({ channels, size, count }) => {
      const length = channels * size * count
      return fc.record({
        channels: fc.constant(channels),
        size: fc.constant(size),
        count: fc.constant(count),
        images: fc.uint8Array({ minLength: length, maxLength: length })
      })
    })
  fc.assert(
    fc.property(sets, ({ channels, size, count, images }) => {
      const set = { channels, height: 1, width: size, classes: 1, count, images, labels: new Uint8Array(count) }
      const { mean, deviation } = statisticsOf(set)
      for (let channel = 0; channel < channels; channel++) {
        const values = [...images]
          .filter((_, i) => Math.floor(i / size) % channels === channel)
          .map((byte) => byte / 255)
        const middle = values.reduce((a, b) => a + b, 0) / values.length
        const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / values.length)
        expect(mean[channel]).toBeCloseTo(middle, 10)
        expect(deviation[channel]).toBeCloseTo(new Set(values).size === 1 ? 1 : spread, 10)
      }
    }),
    { numRuns: 50 }
  )
})

const trial: FirstOrderTrial = {
  dataset: prepared(digits.parameters, { standardize: true }),
  ...{ layers: 2, depth: 2, filters: 2, kernel: 3, activation: "tanh", residual: true, seed: 1 },
  optimizer: { method: "adam", learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  ...{ batch: 16, epochs: 2, engine: "wasm" }
}

test("a training and its scores are by the statistics that they are given", async () => {
  const { channels, height, width, classes } = network
  const own = {
    ...trial,
    dataset: { ...trial.dataset, shape: { count: 50, test: 0, channels, height, width, classes }, validation: 10 }
  }
  const sets = { train: writeImageSets({ "": pictures(40) }), validation: writeImageSets({ "": pictures(10) }) }
  const initial = writeWeights(network, initialValues(network, 1))
  const statistics = (mean: number, deviation: number) =>
    writeStatistics({ mean: [mean, mean, mean], deviation: [deviation, deviation, deviation] })
  const before = await call(train, own, usual, { ...sets, initial })
  const same = await call(trainStandardized, own, engine, { ...sets, initial, statistics: statistics(0, 1) })
  expect(same).toEqual(before)
  const other = await call(trainStandardized, own, engine, { ...sets, initial, statistics: statistics(0.5, 0.3) })
  expect(other.weights).not.toEqual(before.weights)
  const scored = await call(evaluate, own, usual, { ...sets, ...before })
  expect(await call(evaluateStandardized, own, engine, { ...sets, ...before, statistics: statistics(0, 1) })).toEqual(
    scored
  )
})

test("statistics are of the training images alone, whatever their labels; other images are kept as they are", () => {
  const noisy = { ...trial, dataset: prepared(trial.dataset, { labelNoise: 0.3, examples: 100 }) }
  const { nodes, byName } = buildGraph([trainStage.node(noisy)])
  const named = (stage: string) => nodes.filter((node) => node.stage.name === stage).map(({ name }) => name)
  expect(named("statistics")).toEqual(["statistics/digits/examples=100"])
  expect(named("preprocess")).toEqual(
    expect.arrayContaining(["preprocess/digits/examples=100", "preprocess/digits/examples=100,labelNoise=0.3"])
  )
  expect(
    byName.has(
      "train/digits/examples=100,labelNoise=0.3,standardize=true/layers=2,depth=2,filters=2,activation=tanh,method=adam,seed=1"
    )
  ).toBe(true)
  expect(trainStage.engine!(trial).numericClass).toBe(
    trainStage.engine!({ ...trial, dataset: digits.parameters }).numericClass
  )
})

test.for([
  [{ engine: "tfjs-cpu" }, "the engine tfjs-cpu: it has no part for 'standardized'; wasm has"],
  [{ engine: "tfjs-wasm", batched: true }, "not for trainings in groups"],
  [
    { optimizer: { method: "lbfgs", history: 10, precision: "f64", gradientNorm: 0 }, batch: 8000 },
    "images are standardized for trainings by mini-batches, one by one, not for the method lbfgs"
  ]
] as const)("or refused when it is planned: %j", ([wrong, message]) => {
  expect(() => trainStage.engine!({ ...trial, ...wrong } as unknown as TrainParameters)).toThrow(message)
})

test("and networks of standardized images are not taken apart, and teach nobody", () => {
  const apart = { trial, order: 1, views: [], examples: 8, precision: "f64" } as const
  expect(() => expand.node(apart)).toThrow("networks of standardized images are not taken apart")
  const student = { ...trial, loss: "kl-divergence", teacher: trial } as const
  expect(() => trainStage.node(student)).toThrow("teacher: neither it nor its students are for standardized images")
})
