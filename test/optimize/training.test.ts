/** Training by epochs: history, checkpoints and the end of a training that diverges. */
import { expect, test } from "vitest"
import { wasm } from "../../src/engine/wasm/engine.ts"
import type { Checkpoints } from "../../src/graph/compute.ts"
import { initialValues } from "../../src/network/initial.ts"
import type { Network } from "../../src/network/network.ts"
import { type Training, train } from "../../src/optimize/training.ts"
import { readHistory, writeHistory } from "../../src/results/history.ts"
import { artifact } from "../support/artifact.ts"
import { thirds } from "../support/thirds.ts"

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

const examples = (count: number, purpose: string) => thirds(count, purpose, 120, 120)
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

test("a rate that changes and weights that decay go on from any checkpoint to the same bytes", async () => {
  const optimizer = { ...rmsprop, decay: { kind: "decoupled", rate: 0.1 } } as const
  const training: Training = { ...settings, optimizer, schedule: { kind: "cosine", warmup: 1, epochs: 6, last: 0 } }
  const { trained, kept } = await run(training)
  for (const [extent, { bytes }] of kept) expect((await run(training, { extent, bytes })).trained).toEqual(trained)
  expect((await run({ ...training, schedule: undefined })).trained.parameters).not.toEqual(trained.parameters)
  // Nothing of it looks at the training's length.
  const short = await run({ ...training, epochs: 3 })
  expect(trained.history.slice(0, 4)).toEqual(short.trained.history)
  expect((await run(training, { extent: 3, bytes: short.kept.get(3)!.bytes })).trained).toEqual(trained)
})

test("with a constant schedule the bytes are those without one", async () => {
  const { trained } = await run({ ...settings, schedule: { kind: "constant", warmup: 0 } })
  expect(trained).toEqual((await run(settings)).trained)
})

/** So high a rate that the validation loss goes up and down. */
const wavering: Training = { ...settings, epochs: 20, optimizer: { method: "sgd", learningRate: 0.6, momentum: 0.9 } }

test("the weights of the best epoch are kept where they are asked for", async () => {
  const { trained: last } = await run(wavering)
  const losses = last.history.slice(1).map((line) => line.validationLoss)
  const best = 1 + losses.indexOf(Math.min(...losses))
  expect(best, "the test wants a best epoch before the last").toBeLessThan(20)
  const { trained, kept } = await run({ ...wavering, keep: "best" })
  expect(trained.history).toEqual(last.history)
  expect(trained.parameters).toEqual((await run({ ...wavering, epochs: best })).trained.parameters)
  for (const extent of [best - 1, best, 20].filter((epoch) => epoch > 0)) {
    const from = { extent, bytes: kept.get(extent)!.bytes }
    expect((await run({ ...wavering, keep: "best" }, from)).trained, `from epoch ${extent}`).toEqual(trained)
  }
})

test("a training without patience for worse epochs ends, and a longer one ends there too", async () => {
  const { trained: whole } = await run(wavering)
  const losses = whole.history.map((line) => line.validationLoss)
  const patience = 2
  // The first epoch that, like the one before it, is no better than the best until then.
  const end = losses.findIndex(
    (_, epoch) =>
      epoch > patience && Math.min(...losses.slice(1, epoch - 1)) <= Math.min(...losses.slice(epoch - 1, epoch + 1))
  )
  expect(end, "the test wants an early end").toBeGreaterThan(0)
  const { trained, kept } = await run({ ...wavering, patience })
  expect(trained.history).toEqual(whole.history.slice(0, end + 1))
  expect(trained.parameters).toEqual((await run({ ...wavering, epochs: end })).trained.parameters)
  expect(kept.get(end)!.keep).toBe(true)
  const longer = await run({ ...wavering, epochs: 40, patience }, { extent: end, bytes: kept.get(end)!.bytes })
  expect(longer.trained).toEqual(trained)
  expect(longer.progress).toEqual([])
})
