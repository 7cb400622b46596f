/**
 * Finds a learning rate by successive halving (Jamieson & Talwalkar 2016): all are tried for a few epochs, the better half
 * goes on to twice as many, until one is left. What counts is the loss on examples set aside from the training set.
 */
import { imageSetOf, type StoredSet, select } from "../../../src/data/examples.ts"
import { stratifiedSplit } from "../../../src/data/split.ts"
import type { DeviceEngine, Engine } from "../../../src/engine/engine.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { train } from "../../../src/optimize/training.ts"
import { type Searched, writeSearched } from "../../../src/results/search.ts"
import { readWeights } from "../../../src/results/weights.ts"
import type { FirstOrderTrial, Search } from "../schemas.ts"
import { networkOf } from "../trial.ts"

export interface SearchParameters {
  readonly trial: FirstOrderTrial
  readonly search: Search
}

interface Candidate {
  readonly learningRate: number
  reached: { readonly extent: number; readonly bytes: Uint8Array } | undefined
  loss: number
}

/** A fifth of the training set is set aside. */
const ASIDE = 5

function divided(set: StoredSet) {
  const { train, validation } = stratifiedSplit(set.labels, Math.floor(set.count / ASIDE), 0)
  return { train: select(set, train), validation: select(set, validation) }
}

const compute: Compute<SearchParameters, Engine | DeviceEngine> = async (context) => {
  const { parameters, engine, inputs, threads, progress, device } = context
  const { trial, search } = parameters
  const network = networkOf(trial)
  const initial = readWeights(network, inputs.initial)
  const data = divided(imageSetOf(inputs.train))
  const session = await engine.open(network, { precision: "f32", threads, memory: trial.deviceMemory })
  if ("facts" in engine) device(engine.facts?.() ?? {})
  try {
    let left = search.factors.map((factor): Candidate => {
      return { learningRate: factor * trial.optimizer.learningRate, reached: undefined, loss: Number.NaN }
    })
    const rounds: Array<Searched["rounds"][number]> = []
    for (let epochs = search.epochs; left.length > 1; epochs *= 2) {
      for (const one of left) {
        const optimizer = { ...trial.optimizer, learningRate: one.learningRate }
        const { history, divergence } = await train(
          session,
          data,
          initial,
          { ...trial, optimizer, epochs },
          {
            checkpoints: {
              latest: () => one.reached,
              offer: (extent, bytes, keep) => {
                if (keep === "always") one.reached = { extent, bytes: bytes() }
              }
            },
            progress: () => {}
          }
        )
        one.loss = divergence === undefined ? history[history.length - 1].validationLoss : Number.NaN
      }
      rounds.push({ epochs, tried: left.map(({ learningRate, loss }) => ({ learningRate, loss })) })
      const worth = ({ loss }: Candidate) => (Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY)
      left = left.toSorted((a, b) => worth(a) - worth(b)).slice(0, Math.ceil(left.length / 2))
      progress({ done: rounds.length, total: 32 - Math.clz32(search.factors.length - 1), unit: "round" })
    }
    return { rate: writeSearched({ learningRate: left[0].learningRate, rounds }) }
  } finally {
    session.close()
  }
}

export default compute
