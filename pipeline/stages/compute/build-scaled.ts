/** Initial values as build.ts draws them, the weights of the residual layers multiplied by a gain. */
import type { Compute } from "../../../src/graph/compute.ts"
import { tensors } from "../../../src/network/network.ts"
import { readWeights, writeWeights } from "../../../src/results/weights.ts"
import type { BuildParameters } from "../schemas.ts"
import { imageShape } from "../trial.ts"
import build from "./build.ts"

const compute: Compute<BuildParameters> = async (context) => {
  const { dataset, layers, filters, kernel, gain = 1 } = context.parameters
  const { weights } = await build(context)
  const shape = { layers, depth: 1, filters, kernel, activation: "relu", residual: true } as const
  const network = { ...imageShape(dataset), ...shape }
  const values = readWeights(network, { node: "this node", output: "weights", bytes: () => weights })
  for (const { name, offset, size } of tensors(network))
    if (name.startsWith("layers.") && name.endsWith(".weight"))
      for (let i = offset; i < offset + size; i++) values[i] *= gain
  return { weights: writeWeights(network, values) }
}

export default compute
