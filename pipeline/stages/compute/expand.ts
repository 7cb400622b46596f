/** The exact Taylor terms of a deep network, from its initial and from its trained weights (SCIENCE "A"). */
import { expand } from "../../../src/analysis/taylor.ts"
import { readImageSet, select } from "../../../src/data/examples.ts"
import { readWeights } from "../../../src/data/weights.ts"
import type { Compute, Input } from "../../../src/graph/compute.ts"
import type { Terms } from "../../../src/report/results.ts"
import type { TrainParameters } from "../schemas.ts"
import { networkOf } from "../trial.ts"

/** T_0, T_1, T_2; the rest is the remainder. */
const ORDER = 2

const compute: Compute<{ readonly trial: TrainParameters; readonly examples: number }> = ({
  parameters,
  inputs,
  progress
}) => {
  const network = networkOf(parameters.trial)
  const set = readImageSet(inputs.validation.bytes(), inputs.validation.node)
  const first = Uint32Array.from({ length: Math.min(parameters.examples, set.count) }, (_, i) => i)
  const images = select(set, first)
  const terms = (input: Input, at: Terms["at"]) =>
    expand(network, readWeights(network, input.bytes(), input.node), images, at, Math.min(ORDER, network.depth))
  const initial = terms(inputs.initial, "initial")
  progress({ done: 1, total: 2, unit: "state" })
  const trained = terms(inputs.weights, "trained")
  return { terms: new TextEncoder().encode(`${JSON.stringify([initial, trained], null, 2)}\n`) }
}

export default compute
