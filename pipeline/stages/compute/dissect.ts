/** The Taylor-term analysis of a network at one moment of its training (SCIENCE "A", "B", "C"). */
import { expansionOf } from "../../../src/analysis/expansion.ts"
import { readImageSet } from "../../../src/data/examples.ts"
import type { Analyst } from "../../../src/engine/analysis.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { writeExpansion } from "../../../src/results/expansion.ts"
import { readWeights } from "../../../src/results/weights.ts"
import type { DissectParameters } from "../dissect.ts"
import { networkOf } from "../trial.ts"
import { sample } from "./sample.ts"

const compute: Compute<DissectParameters, Analyst> = ({ parameters, engine, inputs, progress }) => {
  const { trial, order, examples } = parameters
  const network = networkOf(trial)
  const images = sample(readImageSet(inputs.validation.bytes(), inputs.validation.node), examples)
  const weights = readWeights(network, inputs.weights)
  const expansion = expansionOf(engine, network, weights, images, {
    order,
    progress: (done) => progress({ done, total: images.count, unit: "example" })
  })
  return { expansion: writeExpansion(expansion) }
}

export default compute
