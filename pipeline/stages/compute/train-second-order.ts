/** Trains one network by a method of second order, on the engine that it is given. */
import { imageSetOf } from "../../../src/data/examples.ts"
import type { SecondOrder } from "../../../src/engine/second-order.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { train } from "../../../src/optimize/minimize/training.ts"
import { writeHistory } from "../../../src/results/history.ts"
import { writeSteps } from "../../../src/results/steps.ts"
import { readWeights, writeWeights } from "../../../src/results/weights.ts"
import type { SecondOrderTrial } from "../schemas.ts"
import { networkOf } from "../trial.ts"

const compute: Compute<SecondOrderTrial, SecondOrder> = async (context) => {
  const { parameters, engine, inputs, checkpoints, threads, progress, device } = context
  const network = networkOf(parameters)
  const initial = readWeights(network, inputs.initial)
  const data = {
    train: imageSetOf(inputs.train),
    validation: imageSetOf(inputs.validation)
  }
  const objective = await engine.open(network, { threads, products: parameters.optimizer.method === "newton-cg" })
  try {
    const trained = train(objective, data, initial, parameters, { checkpoints, progress })
    if (engine.facts !== undefined) device(engine.facts())
    const { history, divergence } = trained
    return {
      weights: writeWeights(network, trained.parameters),
      history: divergence === undefined ? writeSteps(history) : writeHistory(history, divergence)
    }
  } finally {
    objective.close()
  }
}

export default compute
