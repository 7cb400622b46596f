/** Truncated expansions through the dense layer, as it was trained and trained again for them. */
import { readouts } from "../../../src/analysis/readout.ts"
import { imageSetOf } from "../../../src/data/examples.ts"
import type { Analyst } from "../../../src/engine/analysis.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { writeReadout } from "../../../src/results/readout.ts"
import { readWeights } from "../../../src/results/weights.ts"
import type { ReadoutParameters } from "../readout.ts"
import type { FirstOrderTrial } from "../schemas.ts"
import { networkOf } from "../trial.ts"
import { sample } from "./sample.ts"

const compute: Compute<ReadoutParameters & { readonly trial: FirstOrderTrial }, Analyst> = ({
  parameters,
  engine,
  inputs,
  progress,
  device
}) => {
  const { trial, order, examples, epochs } = parameters
  const network = networkOf(trial)
  const data = {
    train: sample(imageSetOf(inputs.train), examples),
    validation: imageSetOf(inputs.validation)
  }
  const weights = readWeights(network, inputs.weights)
  const { batch = trial.batch, learningRate = trial.optimizer.learningRate } = parameters
  const retraining = { epochs, batch, optimizer: { ...trial.optimizer, learningRate }, seed: trial.seed }
  const scores = readouts(engine, network, weights, data, order, retraining, (done, total) =>
    progress({ done, total, unit: "layer" })
  )
  if (engine.facts !== undefined) device(engine.facts())
  return { readout: writeReadout(scores) }
}

export default compute
