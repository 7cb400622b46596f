/** The Taylor expansion of a network at one moment of its training. */
import { expansionOf } from "../../../src/analysis/expansion.ts"
import { imageSetOf } from "../../../src/data/examples.ts"
import type { Analyst } from "../../../src/engine/analysis.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { writeExpansion } from "../../../src/results/expansion.ts"
import { readWeights } from "../../../src/results/weights.ts"
import type { ExpandParameters } from "../expand.ts"
import { networkOf } from "../trial.ts"
import { sample } from "./sample.ts"

const compute: Compute<ExpandParameters, Analyst> = ({ parameters, engine, inputs, progress, device }) => {
  const { trial, order, views, examples } = parameters
  const network = networkOf(trial)
  const images = sample(imageSetOf(inputs.validation), examples)
  const weights = readWeights(network, inputs.weights)
  const expansion = expansionOf(engine, network, weights, images, {
    order,
    views,
    progress: (done) => progress({ done, total: images.count, unit: "example" })
  })
  if (engine.facts !== undefined) device(engine.facts())
  return { expansion: writeExpansion(expansion) }
}

export default compute
