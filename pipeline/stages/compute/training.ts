/** What the training modules of all engines share. */
import { readImageSet } from "../../../src/data/examples.ts"
import type { DeviceEngine, Engine } from "../../../src/engine/engine.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { train } from "../../../src/optimize/training.ts"
import { writeHistory } from "../../../src/results/history.ts"
import { readWeights, writeWeights } from "../../../src/results/weights.ts"
import type { TrainParameters } from "../schemas.ts"
import { networkOf } from "../trial.ts"

export const trainWith =
  (engine: Engine | DeviceEngine): Compute<TrainParameters> =>
  async ({ parameters, inputs, checkpoints, threads, progress, device }) => {
    const network = networkOf(parameters)
    const initial = readWeights(network, inputs.initial)
    const data = {
      train: readImageSet(inputs.train.bytes(), inputs.train.node),
      validation: readImageSet(inputs.validation.bytes(), inputs.validation.node)
    }
    const session = await engine.open(network, { precision: "f32", threads })
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
