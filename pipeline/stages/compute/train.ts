/** Trains one network on the engine that it is given. */
import { imageSetOf } from "../../../src/data/examples.ts"
import type { DeviceEngine, Engine } from "../../../src/engine/engine.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { train } from "../../../src/optimize/training.ts"
import { writeHistory } from "../../../src/results/history.ts"
import { readWeights, writeWeights } from "../../../src/results/weights.ts"
import type { FirstOrderTrial } from "../schemas.ts"
import { networkOf } from "../trial.ts"

const compute: Compute<FirstOrderTrial, Engine | DeviceEngine> = async (context) => {
  const { parameters, engine, inputs, checkpoints, threads, progress, device } = context
  const network = networkOf(parameters)
  const initial = readWeights(network, inputs.initial)
  const data = {
    train: imageSetOf(inputs.train),
    validation: imageSetOf(inputs.validation)
  }
  const { batch, deviceMemory: memory } = parameters
  const session = await engine.open(network, { precision: "f32", threads, memory, batch })
  if ("facts" in engine) device(engine.facts?.() ?? {})
  try {
    const trained = await train(session, data, initial, parameters, { checkpoints, progress })
    return {
      weights: writeWeights(network, trained.parameters),
      history: writeHistory(trained.history, trained.divergence)
    }
  } finally {
    session.close()
  }
}

export default compute
