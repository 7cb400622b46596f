/** The exact Taylor terms of a deep network, from its initial and from its trained weights (SCIENCE "A"). */
import { expand } from "../../../src/analysis/expansion.ts"
import { readImageSet } from "../../../src/data/examples.ts"
import type { Analyst } from "../../../src/engine/analysis.ts"
import type { Compute, Input } from "../../../src/graph/compute.ts"
import { type Terms, writeTerms } from "../../../src/results/terms.ts"
import { readWeights } from "../../../src/results/weights.ts"
import type { TrainParameters } from "../schemas.ts"
import { networkOf } from "../trial.ts"
import { sample } from "./sample.ts"

/** T_0, T_1, T_2; the rest is the remainder. */
const ORDER = 2

const compute: Compute<{ readonly trial: TrainParameters; readonly examples: number }, Analyst> = ({
  parameters,
  engine,
  inputs,
  progress
}) => {
  const network = networkOf(parameters.trial)
  const images = sample(readImageSet(inputs.validation.bytes(), inputs.validation.node), parameters.examples)
  const terms = (input: Input, at: Terms["at"]) =>
    expand(engine, network, readWeights(network, input), images, at, Math.min(ORDER, network.depth))
  const initial = terms(inputs.initial, "initial")
  progress({ done: 1, total: 2, unit: "state" })
  const trained = terms(inputs.weights, "trained")
  // The weights of a training that diverged may have no output to expand.
  const expanded = [initial, trained].filter(({ loss }) => Number.isFinite(loss))
  return { terms: writeTerms(expanded) }
}

export default compute
