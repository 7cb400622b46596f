/**
 * Initial values: Glorot uniform (Glorot & Bengio 2010), zero biases. Each tensor is drawn by its own name, so that
 * networks that differ in depth, activation or number of layers start equal wherever they have the same tensor.
 */
import { type Network, type Tensor, tensors } from "./network.ts"
import { random } from "./philox.ts"

/** √(6 / (fan in + fan out)); weight [out, in, K, K] or [out, in]. */
function glorotLimit({ shape }: Tensor): number {
  const [outputs, inputs, ...window] = shape
  const area = window.reduce((a, b) => a * b, 1)
  return Math.sqrt(6 / (area * (inputs + outputs)))
}

/** The parameters that a training with this seed starts from, flat, in the order of `tensors(network)`. */
export function initialValues(network: Network, seed: number): Float32Array<ArrayBuffer> {
  const list = tensors(network)
  const last = list[list.length - 1]
  const values = new Float32Array(last.offset + last.size)
  for (const tensor of list) {
    if (!tensor.name.endsWith(".weight")) continue
    const limit = glorotLimit(tensor)
    const { uniform } = random(seed, `initial/${tensor.name}`)
    for (let i = 0; i < tensor.size; i++) values[tensor.offset + i] = limit * (2 * uniform() - 1)
  }
  return values
}
