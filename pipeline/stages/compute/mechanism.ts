/** Gradients, layers and smoothness of a network at one moment of its training. */
import { mechanisms } from "../../../src/analysis/mechanisms.ts"
import { imageSetOf } from "../../../src/data/examples.ts"
import type { Analyst } from "../../../src/engine/analysis.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { writeMechanisms } from "../../../src/results/mechanisms.ts"
import { readWeights } from "../../../src/results/weights.ts"
import type { MechanismParameters } from "../mechanism.ts"
import { networkOf } from "../trial.ts"
import { sample } from "./sample.ts"

const compute: Compute<MechanismParameters, Analyst> = ({ parameters, engine, inputs, progress, device }) => {
  const { trial, examples, lines, steps, noise } = parameters
  const network = networkOf(trial)
  const images = sample(imageSetOf(inputs.train), examples)
  const [weights, initial] = [inputs.weights, inputs.initial].map((artifact) => readWeights(network, artifact))
  const found = mechanisms(engine, network, weights, initial, images, {
    lines: { lines, steps },
    noise: { deviations: noise },
    progress: (done) => progress({ done, total: images.count, unit: "example" })
  })
  if (engine.facts !== undefined) device(engine.facts())
  return { mechanisms: writeMechanisms(found) }
}

export default compute
