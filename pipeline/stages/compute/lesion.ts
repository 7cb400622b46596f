/** Lesions of a trained network. */
import { lesions } from "../../../src/analysis/lesions.ts"
import { imageSetOf } from "../../../src/data/examples.ts"
import type { Analyst } from "../../../src/engine/analysis.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { writeLesions } from "../../../src/results/lesions.ts"
import { readWeights } from "../../../src/results/weights.ts"
import type { LesionParameters } from "../lesion.ts"
import { networkOf } from "../trial.ts"
import { sample } from "./sample.ts"

const compute: Compute<LesionParameters, Analyst> = ({ parameters, engine, inputs, progress, device }) => {
  const { trial, examples, draws } = parameters
  const network = networkOf(trial)
  const images = sample(imageSetOf(inputs.validation), examples)
  const weights = readWeights(network, inputs.weights)
  const found = lesions(engine, network, weights, images, draws, (done) =>
    progress({ done, total: images.count, unit: "example" })
  )
  if (engine.facts !== undefined) device(engine.facts())
  return { lesions: writeLesions(found) }
}

export default compute
