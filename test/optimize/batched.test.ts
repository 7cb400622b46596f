/** Trials that are trained as one computation: each keeps its history, its checkpoints and its end. */
import { expect, test } from "vitest"
import type { FirstOrder } from "../../src/engine/engine.ts"
import { groups, tfjsWasm } from "../../src/engine/tfjs/wasm.ts"
import type { Checkpoints } from "../../src/graph/compute.ts"
import { initialValues } from "../../src/network/initial.ts"
import { trainBatched } from "../../src/optimize/batched.ts"
import { type Trained, type Training, train } from "../../src/optimize/training.ts"
import { randomExamples, smallNetwork } from "../networks.ts"
import { relativeError } from "../support/distance.ts"

const network = smallNetwork({ filters: 2, layers: 2, depth: 1 })
const data = { train: randomExamples(network, 30), validation: randomExamples(network, 10, 2) }
const EPOCHS = 5
const rmsprop = { method: "rmsprop", learningRate: 3e-3, rho: 0.9, epsilon: 1e-7 } as const
const training = (seed: number, optimizer: FirstOrder = rmsprop): Training => {
  return { epochs: EPOCHS, batch: 8, optimizer, seed }
}

interface State {
  readonly extent: number
  readonly bytes: Uint8Array
}

/** Keeps every state that is offered. */
function keeper(from?: State) {
  const kept = new Map<number, Uint8Array>()
  const checkpoints: Checkpoints = { latest: () => from, offer: (extent, bytes) => void kept.set(extent, bytes()) }
  return { kept, checkpoints }
}

/** What each trial came to, its checkpoints, and the epochs that it told of; `from`: where trials go on. */
async function together(trainings: ReadonlyArray<Training>, from: ReadonlyArray<State | undefined> = []) {
  const ended: Array<number> = []
  const trials = trainings.map((one, t) => {
    const epochs: Array<number> = []
    return { ...one, ...keeper(from[t]), epochs, trained: undefined as Trained | undefined, seed: one.seed }
  })
  const session = await groups("tfjs-wasm-batched").open(network)
  await trainBatched(
    session,
    data,
    trials.map((trial, t) => ({
      ...trainings[t],
      depth: network.depth,
      initial: initialValues(network, trial.seed),
      checkpoints: trial.checkpoints,
      progress: ({ done }) => void trial.epochs.push(done),
      done(trained) {
        ended.push(t)
        trial.trained = trained
      }
    }))
  )
  session.close()
  return { ended, trials: trials.map(({ kept, trained, epochs }) => ({ kept, trained: trained!, told: epochs })) }
}

async function alone(one: Training): Promise<Trained> {
  const session = await tfjsWasm.open(network, { precision: "f32" })
  const initial = initialValues(network, one.seed)
  const trained = await train(session, data, initial, one, { ...keeper(), progress: () => {} })
  session.close()
  return trained
}

function expectEqual(one: Trained, other: Trained) {
  expect(relativeError(one.parameters, other.parameters)).toBeLessThan(1e-5)
  expect(one.history.map(({ epoch }) => epoch)).toEqual(other.history.map(({ epoch }) => epoch))
  const numbers = ({ history }: Trained) => history.flatMap((line) => Object.values(line).map((value) => value ?? -1))
  expect(relativeError(numbers(one), numbers(other))).toBeLessThan(1e-5)
}

test("each trial has the history and the end that it has alone", async () => {
  const trainings = [training(1), training(2, { ...rmsprop, learningRate: 1e-3 }), training(3)]
  const { trials } = await together(trainings)
  for (const [t, { trained, kept, told }] of trials.entries()) {
    expectEqual(trained, await alone(trainings[t]))
    expect(trained.divergence).toBeUndefined()
    expect(told).toEqual([1, 2, 3, 4, 5])
    expect([...kept.keys()]).toEqual([1, 2, 3, 4, 5])
  }
})

test("one that diverges ends with its history, and the others go on", async () => {
  const wild = training(2, { ...rmsprop, learningRate: 1e30 })
  const { ended, trials } = await together([training(1), wild, training(3)])
  const { divergence, history } = trials[1].trained
  expect(divergence).toMatchObject({ epoch: 1 })
  expect(history).toHaveLength(1)
  expect(trials[1].kept.size).toBe(0)
  expect(ended).toEqual([1, 0, 2])
  expectEqual(trials[0].trained, await alone(training(1)))
  expectEqual(trials[2].trained, await alone(training(3)))
})

test("trials go on from checkpoints at different epochs, each to its own end", async () => {
  const trainings = [training(1), training(2), training(3), training(4)]
  const whole = await together(trainings)
  const at = (t: number, extent: number): State => ({ extent, bytes: whole.trials[t].kept.get(extent)! })
  const { ended, trials } = await together(trainings, [at(0, 2), undefined, at(2, 4), at(3, 5)])
  expect(ended).toEqual([3, 2, 0, 1])
  expect(trials.map(({ told }) => told.length)).toEqual([3, 5, 1, 0])
  expect(trials[3].kept.size, "nothing was trained").toBe(0)
  trials.forEach(({ trained }, t) => expectEqual(trained, whole.trials[t].trained))

  const all = await together(
    trainings,
    [1, 2, 3, 2].map((extent, t) => at(t, extent))
  )
  expect(all.trials.map(({ told }) => told.length)).toEqual([4, 3, 2, 3])
  all.trials.forEach(({ trained }, t) => expectEqual(trained, whole.trials[t].trained))
})
