import * as tf from "@tensorflow/tfjs"
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest"
import type { DeviceSession, FirstOrder } from "../../../src/engine/engine.ts"
import { tfjsCpu } from "../../../src/engine/tfjs/cpu.ts"
import { tfjsWasm } from "../../../src/engine/tfjs/wasm.ts"
import type { Network } from "../../../src/network/network.ts"
import { randomExamples, randomParameters, smallNetwork } from "../../networks.ts"
import { relativeError } from "../../support/distance.ts"
import { finiteDifferences, referenceLogits, referenceScore } from "../differences.ts"
import { survivesNaN, trainsWith } from "../suite.ts"

const NETWORKS: ReadonlyArray<readonly [string, Network]> = [
  ["sequential", smallNetwork()],
  ["parallel", smallNetwork({ depth: 1 })],
  ["in between, tanh", smallNetwork({ depth: 2, activation: "tanh" })],
  ["single filter, kernel 5, sigmoid", smallNetwork({ filters: 1, kernel: 5, activation: "sigmoid", channels: 1 })],
  ["kernel 7 on images of 5×6", smallNetwork({ filters: 2, kernel: 7, layers: 2, depth: 1 })],
  ["single filter, kernel 1", smallNetwork({ filters: 1, kernel: 1, depth: 2 })],
  ["without residual connections", smallNetwork({ residual: false, activation: "identity" })],
  ["scaled, of probabilities", smallNetwork({ scale: 0.5, loss: "kl-divergence" })],
  ["scaled, parallel, of a squared error", smallNetwork({ depth: 1, scale: 0.3, loss: "squared-error" })],
  ["scaled, without residual connections", smallNetwork({ depth: 2, residual: false, scale: 2, activation: "tanh" })]
]

/** Finite differences of each network, found once for both engines. */
const known = new Map<Network, ReturnType<typeof findSlopes>>()
function findSlopes(network: Network) {
  const examples = randomExamples(network, 2)
  const parameters = randomParameters(network, 2)
  return { examples, parameters, slopes: finiteDifferences(network, parameters, examples) }
}
function slopesOf(network: Network) {
  const found = known.get(network) ?? findSlopes(network)
  known.set(network, found)
  return found
}

describe.each([tfjsWasm, tfjsCpu])("the engine $name", (engine) => {
  trainsWith(engine, "f32", 1e-3)
  survivesNaN(engine, "f32")

  test.each(NETWORKS)("computes logits, loss and right answers: %s", async (_, network) => {
    const examples = randomExamples(network, 9)
    const parameters = randomParameters(network, 1)
    const session = await engine.open(network, { precision: "f32" })
    session.load({ parameters })
    expect(relativeError(await session.logits(examples), referenceLogits(network, parameters, examples))).toBeLessThan(
      2e-6
    )
    const score = await session.evaluate(examples)
    const reference = referenceScore(network, parameters, examples)
    expect(score).toMatchObject({ count: 9, correct: reference.correct })
    expect(score.loss).toBeCloseTo(reference.loss, 5)
    session.close()
  })

  test.each(NETWORKS)("computes the gradient of the mean loss (finite differences in f64): %s", async (_, network) => {
    const { examples, parameters, slopes } = slopesOf(network)
    const session = await engine.open(network, { precision: "f32" })
    session.load({ parameters })
    const { gradient, loss } = await session.gradient(examples)
    expect(relativeError(gradient, slopes)).toBeLessThan(1e-5)
    expect(loss).toBeCloseTo(referenceScore(network, parameters, examples).loss, 5)
    session.close()
  })

  test("takes the examples that are chosen, in their order", async () => {
    const network = smallNetwork()
    const examples = randomExamples(network, 6)
    const session = await engine.open(network, { precision: "f32" })
    session.load({ parameters: randomParameters(network, 1) })
    const all = await session.logits(examples)
    const chosen = await session.logits(examples, Uint32Array.of(4, 1))
    expect(relativeError(chosen, [...all.subarray(16, 20), ...all.subarray(4, 8)])).toBeLessThan(1e-6)
    expect((await session.evaluate(examples, Uint32Array.of(4, 1))).count).toBe(2)
  })

  test("leaves no tensor behind, and frees the device when it closes", async () => {
    const network = smallNetwork()
    const examples = randomExamples(network, 20)
    const session = await engine.open(network, { precision: "f32" })
    const empty = tf.memory()
    session.load({ parameters: randomParameters(network, 1) })
    const order = Uint32Array.from({ length: 20 }, (_, i) => i)
    const use = async () => {
      await session.epoch(examples, order, 8, RMSPROP)
      await session.gradient(examples)
      await session.evaluate(examples, order)
      await session.logits(examples)
    }
    await use()
    const before = tf.memory()
    for (let i = 0; i < 3; i++) await use()
    expect(tf.memory().numTensors).toBe(before.numTensors)
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers)
    session.close()
    expect(tf.memory().numTensors).toBe(empty.numTensors)
    expect(tf.memory().numDataBuffers).toBe(empty.numDataBuffers)
  })

  test("reads from the device once an epoch, whatever the number of steps", async () => {
    const network = smallNetwork()
    const examples = randomExamples(network, 20)
    const session = await engine.open(network, { precision: "f32" })
    session.load({ parameters: randomParameters(network, 1) })
    const reads = (["data", "dataSync"] as const).map((way) => vi.spyOn(tf.Tensor.prototype, way))
    await session.epoch(
      examples,
      Uint32Array.from({ length: 20 }, (_, i) => i),
      2,
      RMSPROP
    )
    session.save()
    expect(reads.map(({ mock }) => mock.calls.length)).toEqual([1, 0])
    vi.restoreAllMocks()
    session.close()
  })

  test("keeps to its memory, with the same gradient", async () => {
    const network = smallNetwork({ height: 16, width: 16, filters: 4, depth: 2 })
    const examples = randomExamples(network, 96)
    const parameters = randomParameters(network, 1, 0.1)
    const peak = async (memory: number) => {
      const session = await engine.open(network, { precision: "f32", memory })
      session.load({ parameters })
      // Once: it takes the examples there, and in plain JavaScript it takes long.
      let found: Awaited<ReturnType<typeof session.gradient>> | undefined
      const { peakBytes } = await tf.profile(async () => {
        found = await session.gradient(examples)
        return [] as Array<tf.Tensor>
      })
      session.close()
      return { gradient: found!.gradient, loss: found!.loss, peakBytes }
    }
    const [free, bounded, scant] = [await peak(1e9), await peak(6e6), await peak(1.5e6)]
    expect(free.peakBytes).toBeGreaterThan(6e6)
    expect(bounded.peakBytes).toBeLessThan(6e6)
    expect(scant.peakBytes, "the examples do not stay there").toBeLessThan(1.5e6)
    for (const { gradient, loss } of [bounded, scant]) {
      expect(relativeError(gradient, free.gradient)).toBeLessThan(1e-6)
      expect(loss).toBeCloseTo(free.loss, 3)
    }
  })

  test("refuses another precision and parameters of another network", async () => {
    const network = smallNetwork()
    await expect(engine.open(network, { precision: "f64" })).rejects.toThrow("computes in f32, not in f64")
    const session = await engine.open(network, { precision: "f32" })
    expect(() => session.load({ parameters: new Float32Array(3) })).toThrow("parameters, not 3")
  })
})

test("two engines in one process keep to their own backends", async () => {
  const network = smallNetwork()
  const examples = randomExamples(network, 2)
  const sessions = [
    await tfjsWasm.open(network, { precision: "f32" }),
    await tfjsCpu.open(network, { precision: "f32" })
  ]
  for (const session of sessions) session.load({ parameters: randomParameters(network, 1) })
  await sessions[0].logits(examples)
  expect(tf.getBackend()).toBe("wasm")
  await sessions[1].logits(examples)
  expect(tf.getBackend()).toBe("cpu")
})

const RMSPROP: FirstOrder = { method: "rmsprop", learningRate: 0.01, rho: 0.9, epsilon: 1e-7 }
const OPTIMIZERS: ReadonlyArray<readonly [string, FirstOrder, () => tf.Optimizer]> = [
  ["RMSprop", RMSPROP, () => tf.train.rmsprop(0.01, 0.9, 0, 1e-7)],
  [
    "Adam",
    { method: "adam", learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-12 },
    () => tf.train.adam(0.01, 0.9, 0.999, 1e-12) // they scale epsilon differently: tiny, it does not matter
  ],
  ["SGD with momentum", { method: "sgd", learningRate: 0.05, momentum: 0.9 }, () => tf.train.momentum(0.05, 0.9)]
]

describe.each(OPTIMIZERS)("an epoch with %s", (_, optimizer, reference) => {
  const network = smallNetwork()
  const examples = randomExamples(network, 22)
  const order = Uint32Array.from({ length: 22 }, (_, i) => (i * 7) % 22)
  const start = randomParameters(network, 4)
  let session: DeviceSession
  beforeAll(async () => {
    session = await tfjsWasm.open(network, { precision: "f32" })
  })
  afterAll(() => session.close())

  test("makes the steps that TensorFlow.js's own optimizer makes, the last batch smaller", async () => {
    const variable = tf.variable(tf.tensor1d(start))
    const own = reference()
    let [loss, correct, squares] = [0, 0, 0]
    for (let from = 0; from < 22; from += 8) {
      session.load({ parameters: variable.dataSync() as Float32Array })
      const part = await session.gradient(examples, order.subarray(from, from + 8))
      own.applyGradients({ [variable.name]: tf.tensor1d(part.gradient as Float32Array) })
      loss += part.loss
      correct += part.correct
      squares += (part.gradient as Float32Array).reduce((a, g) => a + g * g, 0)
    }
    session.load({ parameters: start })
    const epoch = await session.epoch(examples, order, 8, optimizer)
    const { parameters, step } = session.save()
    expect(step).toBe(3)
    expect(relativeError(parameters, variable.dataSync())).toBeLessThan(2e-6)
    expect(epoch).toMatchObject({ count: 22, correct })
    expect(epoch.loss).toBeCloseTo(loss, 4)
    expect(epoch.gradientNorm).toBeCloseTo(Math.sqrt(squares / 3), 4)
  })

  test("goes on from a saved state with the same bits", async () => {
    session.load({ parameters: start })
    await session.epoch(examples, order, 8, optimizer)
    const saved = session.save()
    await session.epoch(examples, order, 8, optimizer)
    const end = session.save()
    session.load(saved)
    await session.epoch(examples, order, 8, optimizer)
    expect(session.save()).toEqual(end)
    expect(saved.step).toBe(3)
  })
})
