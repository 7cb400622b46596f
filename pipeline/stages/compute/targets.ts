/** Gives examples the outputs of a teacher network as targets, on the engine that it is given. */
import { join } from "node:path"
import { imageSetOf } from "../../../src/data/examples.ts"
import { copyImage } from "../../../src/data/images.ts"
import { writeSet } from "../../../src/data/stored.ts"
import type { DeviceEngine, Engine } from "../../../src/engine/engine.ts"
import type { Compute, Input, OutputFile } from "../../../src/graph/compute.ts"
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

const compute: Compute<TargetsParameters, Engine | DeviceEngine, OutputFile> = async (context) => {
  const { parameters, engine, inputs, threads, device } = context
  const { teacher, outputs } = parameters
  const network = networkOf(teacher)
  const weights = silence(network, readWeights(network, inputs.weights), teacher.acting ?? teacher.layers)
  const session = await engine.open(network, { precision: "f32", threads, memory: parameters.deviceMemory })
  if ("facts" in engine) device(engine.facts?.() ?? {})
  const taught = async (name: string, input: Input): Promise<OutputFile> => {
    const set = imageSetOf(input)
    const logits = Float32Array.from(await session.logits(set))
    const wrong = logits.findIndex((logit) => !Number.isFinite(logit))
    if (wrong >= 0)
      throw new RangeError(
        `the teacher has no finite outputs: ${logits[wrong]} on example ${Math.floor(wrong / network.classes)} of ${input.node}; its training diverged, choose another`
      )
    const targets = outputs === "logits" ? logits : softmax(logits, network.classes)
    const path = join(context.scratch("key"), `${name}.safetensors`)
    const pixels = set.channels * set.height * set.width
    writeSet(path, set, { labels: set.labels, targets }, (i, to, at) => copyImage(set.images, i, pixels, to, at))
    return { path }
  }
  try {
    session.load({ parameters: weights })
    return {
      train: await taught("train", inputs.train),
      validation: await taught("validation", inputs.validation)
    }
  } finally {
    session.close()
  }
}

export default compute
