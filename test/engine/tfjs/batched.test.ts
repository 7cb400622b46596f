/** Batched training on the WASM backend beside the same trials one by one. */
import * as tf from "@tensorflow/tfjs"
import { describe, expect, test } from "vitest"
import type { Examples, FirstOrder, TrainingState } from "../../../src/engine/engine.ts"
import { groups, tfjsWasm } from "../../../src/engine/tfjs/wasm.ts"
import type { Network } from "../../../src/network/network.ts"
import { random } from "../../../src/network/philox.ts"
import { randomExamples, randomParameters, smallNetwork } from "../../networks.ts"
import { relativeError } from "../../support/distance.ts"

const NETWORKS: ReadonlyArray<readonly [string, Network]> = [
  ["sequential, one filter", smallNetwork({ filters: 1, channels: 1 })],
  ["parallel, one filter, three channels", smallNetwork({ filters: 1, channels: 3, depth: 1 })],
  ["sequential, three filters, two channels", smallNetwork()],
  ["in between, four filters, tanh", smallNetwork({ filters: 4, depth: 2, activation: "tanh" })],
  [
    "parallel, two filters, kernel 5, sigmoid",
    smallNetwork({ filters: 2, depth: 1, kernel: 5, activation: "sigmoid" })
  ],
  [
    "kernel 7 without residual connections",
    smallNetwork({ filters: 2, layers: 2, depth: 2, kernel: 7, residual: false })
  ],
  ["kernel 1, identity", smallNetwork({ filters: 1, layers: 2, depth: 1, kernel: 1, activation: "identity" })],
  ["scaled, of probabilities", smallNetwork({ filters: 2, scale: 0.5, loss: "kl-divergence" })],
  ["scaled, of a squared error", smallNetwork({ filters: 1, depth: 2, scale: 0.3, loss: "squared-error" })]
]
const RMSPROP: FirstOrder = { method: "rmsprop", learningRate: 3e-3, rho: 0.9, epsilon: 1e-7 }
const ADAM: FirstOrder = { method: "adam", learningRate: 3e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 }
const DECAYING: FirstOrder = { ...ADAM, decay: { kind: "decoupled", rate: 0.1 } }
const MOMENTUM: FirstOrder = { method: "sgd", learningRate: 0.02, momentum: 0.9 }

const EPOCHS = 4
const BATCH = 8

interface Trial {
  readonly seed: number
  readonly depth?: number // the network's, if left out
  readonly optimizer: FirstOrder
}

const initial = (network: Network, { seed }: Trial): TrainingState => ({
  parameters: randomParameters(network, seed),
  slots: [],
  step: 0
})
const depthIn =
  (network: Network) =>
  ({ depth = network.depth }: Trial) =>
    depth
const orderOf = (seed: number, epoch: number, count: number) => random(seed, `order/epoch=${epoch}`).permutation(count)

/** Losses of all epochs and of the validation after them, right answers, gradient norms, and the end state. */
async function batched(network: Network, trials: ReadonlyArray<Trial>, data: Examples, memory?: number) {
  const session = await groups("tfjs-wasm-batched").open(network, memory === undefined ? {} : { memory })
  const states = trials.map((trial) => initial(network, trial))
  session.load(states, ...(trials.some(({ depth }) => depth) ? [trials.map(depthIn(network))] : []))
  const numbers = trials.map((): Array<number> => [])
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    const orders = trials.map(({ seed }) => orderOf(seed, epoch, data.count))
    const scores = await session.epoch(
      data,
      orders,
      BATCH,
      trials.map(({ optimizer }) => optimizer)
    )
    const after = await session.evaluate(data)
    trials.forEach((_, t) => {
      const { loss, correct, gradientNorm } = scores[t]
      numbers[t].push(loss, correct, gradientNorm, after[t].loss, after[t].correct)
    })
  }
  const ends = session.save()
  session.close()
  return trials.map((_, t) => ({ numbers: numbers[t], state: ends[t] }))
}

async function alone(network: Network, trial: Trial, data: Examples) {
  const session = await tfjsWasm.open({ ...network, depth: depthIn(network)(trial) }, { precision: "f32" })
  session.load(initial(network, trial))
  const numbers: Array<number> = []
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    const order = orderOf(trial.seed, epoch, data.count)
    const { loss, correct, gradientNorm } = await session.epoch(data, order, BATCH, trial.optimizer)
    const after = await session.evaluate(data)
    numbers.push(loss, correct, gradientNorm, after.loss, after.correct)
  }
  const state = session.save()
  session.close()
  return { numbers, state }
}

/** What is of trial t, beside another way to come to it. */
const distance = (a: Awaited<ReturnType<typeof alone>>, b: Awaited<ReturnType<typeof alone>>) =>
  Math.max(
    relativeError(a.numbers, b.numbers),
    relativeError(a.state.parameters, b.state.parameters),
    ...a.state.slots.map((slot, i) => relativeError(slot, b.state.slots[i]))
  )
const TOLERANCE = 1e-5

describe("trials that are batched", () => {
  test.each(NETWORKS)("come to what each comes to alone: %s", async (_, network) => {
    const data = randomExamples(network, 28) // the last batch is half as large
    for (const optimizer of [RMSPROP, DECAYING, ADAM, MOMENTUM]) {
      const trials = [1, 2, 3].map((seed): Trial => {
        return { seed, optimizer: { ...optimizer, learningRate: optimizer.learningRate / seed } }
      })
      const together = await batched(network, trials, data)
      for (const [t, trial] of trials.entries()) {
        const own = await alone(network, trial, data)
        expect(own.state.step).toBe(together[t].state.step)
        expect(distance(together[t], own)).toBeLessThan(TOLERANCE)
        expect(distance(together[t], together[(t + 1) % 3]), "trials differ").toBeGreaterThan(100 * TOLERANCE)
      }
    }
  })

  test.each([1, 2, 3])("may be of different depths: %i filters", async (filters) => {
    const network = smallNetwork({ filters, layers: 4, depth: 4 })
    const data = randomExamples(network, 28)
    const trials = [4, 4, 1, 2, 1].map((depth, t): Trial => ({ seed: 1 + (t % 2), depth, optimizer: ADAM }))
    const together = await batched(network, trials, data)
    for (const [t, trial] of trials.entries()) {
      expect(distance(together[t], await alone(network, trial, data))).toBeLessThan(TOLERANCE)
    }
    expect(distance(together[0], together[2]), "depths differ").toBeGreaterThan(100 * TOLERANCE)
  })

  test("do not depend on their partners, their number or their place", async () => {
    const network = smallNetwork({ filters: 2 })
    const data = randomExamples(network, 20)
    const trial = (seed: number): Trial => ({ seed, optimizer: RMSPROP })
    const [one] = await batched(network, [trial(1)], data)
    for (const seeds of [
      [1, 2],
      [3, 1],
      [4, 5, 6, 7, 1, 8, 9]
    ]) {
      const group = await batched(network, seeds.map(trial), data)
      expect(distance(group[seeds.indexOf(1)], one)).toBeLessThan(TOLERANCE)
    }
  })

  test("are not touched by a partner whose numbers become infinite", async () => {
    const network = smallNetwork({ filters: 2, activation: "identity" })
    const data = randomExamples(network, 20)
    const calm: Trial = { seed: 1, optimizer: MOMENTUM }
    const wild: Trial = { seed: 2, optimizer: { ...MOMENTUM, learningRate: 1e9 } }
    const [one] = await batched(network, [calm], data)
    const [first, second, third] = await batched(network, [calm, wild, calm], data)
    expect(second.numbers.some((number) => !Number.isFinite(number))).toBe(true)
    expect(distance(first, one)).toBeLessThan(TOLERANCE)
    expect(distance(third, one)).toBeLessThan(TOLERANCE)
  })

  test.each(NETWORKS)("keep within their memory by micro-batches, with the same results: %s", async (_, network) => {
    const data = randomExamples(network, 28)
    const depths = [network.depth, network.layers, 1]
    const trials = [1, 2, 3].map((seed, t): Trial => ({ seed, depth: depths[t], optimizer: RMSPROP }))
    const whole = await peakOf(() => batched(network, trials, data))
    const memory = Math.floor(whole.bytes / 2)
    const parts = await peakOf(() => batched(network, trials, data, memory))
    expect(parts.bytes).toBeLessThan(memory)
    trials.forEach((_, t) => expect(distance(parts.result[t], whole.result[t])).toBeLessThan(TOLERANCE))
  })

  test("leave no tensor behind", async () => {
    const network = smallNetwork()
    const data = randomExamples(network, 20)
    const trials = [1, 2, 3].map((seed): Trial => ({ seed, optimizer: ADAM }))
    await batched(network, trials, data)
    const before = tf.memory().numTensors
    await batched(network, trials, data)
    expect(tf.memory().numTensors).toBe(before)
  })
})

/** The largest number of bytes in tensors while something runs. */
async function peakOf<A>(run: () => Promise<A>): Promise<{ readonly result: A; readonly bytes: number }> {
  const engine = tf.engine() as unknown as { trackTensor(...of: ReadonlyArray<unknown>): void }
  const { trackTensor } = engine
  const before = tf.memory().numBytes
  let bytes = 0
  engine.trackTensor = (...of) => {
    trackTensor.apply(engine, [...of])
    bytes = Math.max(bytes, tf.memory().numBytes - before)
  }
  try {
    return { result: await run(), bytes }
  } finally {
    engine.trackTensor = trackTensor
  }
}
