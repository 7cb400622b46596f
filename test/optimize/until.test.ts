/** Training to a criterion: the same steps as without one, up to the epoch that meets it. */
import { expect, test } from "vitest"
import { wasm } from "../../src/engine/wasm/engine.ts"
import { initialValues } from "../../src/network/initial.ts"
import type { Network } from "../../src/network/network.ts"
import { type Training, train } from "../../src/optimize/training.ts"
import { type Criterion, trainUntil } from "../../src/optimize/until.ts"
import { thirds } from "../support/thirds.ts"

const network: Network = {
  ...{ channels: 1, height: 6, width: 5, classes: 3, layers: 4, depth: 2, filters: 2, kernel: 3 },
  ...{ activation: "relu", residual: true }
}
const data = { train: thirds(50, "train", 120, 120), validation: thirds(20, "validation", 120, 120) }
const optimizer = { method: "rmsprop", learningRate: 3e-3, rho: 0.9, epsilon: 1e-7 } as const
const settings: Training = { epochs: 8, batch: 16, optimizer, seed: 4 }

type State = { readonly extent: number; readonly bytes: Uint8Array }

async function run(until: Criterion | undefined, training: Training = settings, from?: State) {
  const kept = new Map<number, Uint8Array>()
  const ends: Array<number> = []
  const context = {
    checkpoints: {
      latest: () => from,
      offer: (extent: number, bytes: () => Uint8Array, keep?: "always") => {
        kept.set(extent, bytes())
        if (keep === "always") ends.push(extent)
      }
    },
    progress: () => {}
  }
  const session = await wasm.open(network, { precision: "f32" })
  const initial = initialValues(network, 0)
  const trained =
    until === undefined
      ? await train(session, data, initial, training, context)
      : await trainUntil(session, data, initial, { ...training, until }, context)
  session.close()
  return { trained, kept, ends }
}

test("one that is never met changes nothing: the same bytes as without", async () => {
  const plain = await run(undefined)
  expect(await run({ loss: 1e-9 })).toEqual(plain)
  expect((await run({ gradientNorm: 1e-9 })).trained).toEqual(plain.trained)
})

test("it ends with the first epoch whose training loss or gradient norm is at most that", async () => {
  const { history } = (await run(undefined)).trained
  for (const name of ["loss", "gradientNorm"] as const) {
    const asked = history[5][name]!
    const first = history.findIndex((line) => line[name] !== null && line[name] <= asked)
    const { trained, ends } = await run({ [name]: asked })
    expect(trained.history).toEqual(history.slice(0, first + 1))
    expect(trained.parameters).toEqual((await run(undefined, { ...settings, epochs: first })).trained.parameters)
    expect(ends).toEqual([first])
    // Whichever is met first.
    expect((await run({ loss: 1e-9, gradientNorm: 1e-9, [name]: asked })).trained).toEqual(trained)
  }
})

test("from any of its checkpoints it comes to the same bytes; with more epochs it stays where it was met", async () => {
  const asked = { loss: (await run(undefined)).trained.history[5].loss! }
  const { trained, kept, ends } = await run(asked)
  for (const [extent, bytes] of kept) expect((await run(asked, settings, { extent, bytes })).trained).toEqual(trained)
  const [end] = ends
  const longer = await run(asked, { ...settings, epochs: 30 }, { extent: end, bytes: kept.get(end)! })
  expect(longer.trained).toEqual(trained)
  // One that has missed it goes on.
  const missed = await run(asked, { ...settings, epochs: 2 })
  expect(missed.trained.history).toHaveLength(3)
  expect((await run(asked, settings, { extent: 2, bytes: missed.kept.get(2)! })).trained).toEqual(trained)
})

test("one that diverges says so", async () => {
  const wild = { ...settings, optimizer: { method: "sgd", learningRate: 1e30, momentum: 0 } } as const
  const { trained } = await run({ loss: 0.1 }, wild)
  expect(trained).toEqual((await run(undefined, wild)).trained)
  expect(trained.divergence).toBeDefined()
})
