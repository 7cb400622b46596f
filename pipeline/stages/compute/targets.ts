/** Gives examples the outputs of a teacher network as targets, on the engine that it is given. */
import { type ImageSet, readImageSet, writeImageSets } from "../../../src/data/examples.ts"
import type { DeviceEngine, Engine } from "../../../src/engine/engine.ts"
import type { Compute, Input } from "../../../src/graph/compute.ts"
import { exp } from "../../../src/network/math.ts"
import { type Network, tensors } from "../../../src/network/network.ts"
import { readWeights } from "../../../src/results/weights.ts"
import type { TargetsParameters } from "../schemas.ts"
import { networkOf } from "../trial.ts"

/** Sets the residual layers from `acting` on to zero, weights and biases. parameters: [P], changed. */
function silence(network: Network, parameters: Float32Array, acting: number): Float32Array {
  for (const { name, offset, size } of tensors(network)) {
    const [, layer] = /^layers\.(\d+)\./.exec(name) ?? []
    if (layer !== undefined && Number(layer) >= acting) parameters.fill(0, offset, offset + size)
  }
  return parameters
}

/** Rows of logits [n, M] become rows of probabilities. */
function softmax(logits: Float32Array, classes: number): Float32Array {
  const row = new Float64Array(classes)
  for (let from = 0; from < logits.length; from += classes) {
    const z = logits.subarray(from, from + classes)
    const largest = z.reduce((most, one) => Math.max(most, one), Number.NEGATIVE_INFINITY)
    let sum = 0
    for (let m = 0; m < classes; m++) sum += row[m] = exp(z[m] - largest)
    for (let m = 0; m < classes; m++) z[m] = row[m] / sum
  }
  return logits
}

const compute: Compute<TargetsParameters, Engine | DeviceEngine> = async (context) => {
  const { parameters, engine, inputs, threads, device } = context
  const { teacher, outputs } = parameters
  const network = networkOf(teacher)
  const weights = silence(network, readWeights(network, inputs.weights), teacher.acting ?? teacher.layers)
  const session = await engine.open(network, { precision: "f32", threads, memory: parameters.deviceMemory })
  if ("facts" in engine) device(engine.facts?.() ?? {})
  const taught = async (input: Input): Promise<ImageSet> => {
    const set = readImageSet(input.bytes(), input.node)
    const logits = Float32Array.from(await session.logits(set))
    const wrong = logits.findIndex((logit) => !Number.isFinite(logit))
    if (wrong >= 0)
      throw new RangeError(
        `the teacher has no finite outputs: ${logits[wrong]} on example ${Math.floor(wrong / network.classes)} of ${input.node}; its training diverged, choose another`
      )
    return { ...set, targets: outputs === "logits" ? logits : softmax(logits, network.classes) }
  }
  try {
    session.load({ parameters: weights })
    return {
      train: writeImageSets({ "": await taught(inputs.train) }),
      validation: writeImageSets({ "": await taught(inputs.validation) })
    }
  } finally {
    session.close()
  }
}

export default compute
