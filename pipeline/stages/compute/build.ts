/** Draws a network's initial values. They do not depend on its depth, so any that divides the layers will do. */
import type { Compute } from "../../../src/graph/compute.ts"
import { initialValues } from "../../../src/network/initial.ts"
import type { Network } from "../../../src/network/network.ts"
import { writeWeights } from "../../../src/results/weights.ts"
import type { BuildParameters } from "../schemas.ts"
import { imageShape } from "../trial.ts"

const compute: Compute<BuildParameters> = ({ parameters: { dataset, layers, filters, kernel, seed } }) => {
  const network: Network = {
    ...imageShape(dataset),
    layers,
    depth: 1,
    filters,
    kernel,
    activation: "relu",
    residual: true
  }
  return { weights: writeWeights(network, initialValues(network, seed)) }
}

export default compute
