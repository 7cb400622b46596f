/** Trains one network up to a criterion, at the learning rate that a search has found where there was one. */
import { imageSetOf } from "../../../src/data/examples.ts"
import type { DeviceEngine, Engine } from "../../../src/engine/engine.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { trainUntil } from "../../../src/optimize/until.ts"
import { writeHistory } from "../../../src/results/history.ts"
import { readSearched } from "../../../src/results/search.ts"
import { readWeights, writeWeights } from "../../../src/results/weights.ts"
import type { FirstOrderTrial } from "../schemas.ts"
import { networkOf } from "../trial.ts"

const compute: Compute<FirstOrderTrial, Engine | DeviceEngine> = async (context) => {
  const { parameters, engine, inputs, checkpoints, threads, progress, device } = context
  const network = networkOf(parameters)
  const initial = readWeights(network, inputs.initial)
  const data = { train: imageSetOf(inputs.train), validation: imageSetOf(inputs.validation) }
  const { batch, deviceMemory: memory, until = {} } = parameters
  const { learningRate } = inputs.rate === undefined ? parameters.optimizer : readSearched(inputs.rate)
  const training = { ...parameters, until, optimizer: { ...parameters.optimizer, learningRate } }
  const session = await engine.open(network, { precision: "f32", threads, memory, batch })
  if ("facts" in engine) device(engine.facts?.() ?? {})
  try {
    const trained = await trainUntil(session, data, initial, training, { checkpoints, progress })
    return {
      weights: writeWeights(network, trained.parameters),
      history: writeHistory(trained.history, trained.divergence)
    }
  } finally {
    session.close()
  }
}

export default compute
