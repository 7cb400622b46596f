/** Training by epochs: history, checkpoints and the end of a training that diverges. */
import { expect, test } from "vitest"
import type { Examples } from "../../src/engine/engine.ts"
import { wasm } from "../../src/engine/wasm/engine.ts"
import type { Checkpoints } from "../../src/graph/compute.ts"
import { initialValues } from "../../src/network/initial.ts"
import type { Network } from "../../src/network/network.ts"
import { random } from "../../src/network/philox.ts"
import { type Training, train } from "../../src/optimize/training.ts"
import { readHistory, writeHistory } from "../../src/results/history.ts"
import { artifact } from "../support/artifact.ts"

const network: Network = {
  channels: 1,
  height: 6,
  width: 5,
  classes: 3,
  layers: 4,
  depth: 2,
  filters: 2,
  kernel: 3,
  activation: "relu",
  residual: true
}

/** Noisy images whose brightest third tells the class: easy to learn. */
function examples(count: number, purpose: string): Examples {
  const stream = random(1, purpose)
  const labels = Uint8Array.from({ length: count }, () => stream.below(3))
  const images = Uint8Array.from(
    { length: count * 30 },
    (_, i) => stream.below(120) + (Math.floor((i % 30) / 10) === labels[Math.floor(i / 30)] ? 120 : 0)
  )
  return { count, images, labels }
}
const data = { train: examples(50, "train"), validation: examples(20, "validation") }
const initial = initialValues(network, 0)
const rmsprop = { method: "rmsprop", learningRate: 3e-3, rho: 0.9, epsilon: 1e-7 } as const
const settings: Training = { epochs: 6, batch: 16, optimizer: rmsprop, seed: 4 }

/** Keeps every state that is offered. */
function keeper(from?: { extent: number; bytes: Uint8Array }) {
  const kept = new Map<number, { readonly bytes: Uint8Array; readonly keep: boolean }>()
  const checkpoints: Checkpoints = {
    latest: () => from,
    offer: (extent, bytes, keep) => void kept.set(extent, { bytes: bytes(), keep: keep === "always" })
  }
  return { kept, checkpoints }
}

async function run(training: Training, from?: { extent: number; bytes: Uint8Array }) {
  const { kept, checkpoints } = keeper(from)
  const progress: Array<number> = []
  const session = await wasm.open(network, { precision: "f32" })
  const trained = await train(session, data, initial, training, {
    checkpoints,
    progress: ({ done }) => progress.push(done)
  })
  session.close()
  return { trained, kept, progress }
}

test.for([
  rmsprop,
  { method: "adam", learningRate: 1e-2, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
  { method: "sgd", learningRate: 0.05, momentum: 0.9 }
] as const)("$method learns, and goes on from any of its checkpoints to the same bytes", async (optimizer) => {
  const training = { ...settings, optimizer }
  const { trained, kept, progress } = await run(training)
  expect(trained.history.map((line) => line.epoch)).toEqual([0, 1, 2, 3, 4, 5, 6])
  expect(progress).toEqual([1, 2, 3, 4, 5, 6])
  expect(trained.history[0]).toMatchObject({ loss: null, accuracy: null })
  expect(trained.history[6].validationLoss).toBeLessThan(0.7 * trained.history[0].validationLoss)
  expect([...kept].map(([epoch, { keep }]) => [epoch, keep])).toEqual(
    [1, 2, 3, 4, 5, 6].map((epoch) => [epoch, epoch === 6])
  )
  for (const [extent, { bytes }] of kept) {
    const resumed = await run(training, { extent, bytes })
    expect(resumed.trained, `from epoch ${extent}`).toEqual(trained)
    expect(resumed.progress).toHaveLength(6 - extent)
  }
})

test("a longer training goes on from the end of a shorter one", async () => {
  const long = await run({ ...settings, epochs: 9 })
  const { kept } = await run(settings)
  const resumed = await run({ ...settings, epochs: 9 }, { extent: 6, bytes: kept.get(6)!.bytes })
  expect(resumed.trained).toEqual(long.trained)
})

test("architectures see the same batches: with equal networks, equal trainings", async () => {
  const other = await run({ ...settings, seed: 5 })
  const same = await run(settings)
  expect((await run(settings)).trained).toEqual(same.trained)
  expect(other.trained.parameters).not.toEqual(same.trained.parameters)
})

test("a training that diverges ends with its history and says where", async () => {
  const { trained } = await run({
    ...settings,
    epochs: 50,
    optimizer: { method: "sgd", learningRate: 1e30, momentum: 0 }
  })
  expect(trained.divergence).toBeDefined()
  const { epoch, largestWeight } = trained.divergence!
  expect(trained.history).toHaveLength(epoch)
  expect(Number(largestWeight) > 1e3 || largestWeight === "NaN").toBe(true)
  const { history, divergence } = readHistory(artifact(writeHistory(trained.history, trained.divergence)))
  expect(history).toEqual(trained.history)
  expect(divergence).toEqual(trained.divergence)
})

test("no epochs at all leave the initial values", async () => {
  const { trained } = await run({ ...settings, epochs: 0 })
  expect(trained.parameters).toEqual(initial)
  expect(trained.history).toHaveLength(1)
})
