/** Networks and examples for the tests of the kernels. */

import type { Examples } from "../../../src/engine/engine.ts"
import { type Network, parameterCount, tensors } from "../../../src/network/network.ts"

const base = {
  channels: 1,
  height: 8,
  width: 8,
  classes: 10,
  layers: 4,
  depth: 4,
  filters: 4,
  kernel: 3,
  residual: true
} as const

/** One of each kind of kernel, with sizes that no block divides. */
export const networks: ReadonlyArray<Network> = [
  { ...base, activation: "relu" },
  { ...base, activation: "tanh", height: 5, width: 7, classes: 3, depth: 2, filters: 1 },
  { ...base, activation: "relu", channels: 3, height: 6, width: 9, classes: 12, depth: 1, filters: 3 },
  { ...base, activation: "sigmoid", height: 9, width: 6, depth: 2, filters: 7, residual: false },
  { ...base, activation: "relu", height: 4, width: 5, depth: 2, filters: 5, kernel: 5 },
  { ...base, activation: "relu", height: 7, width: 5, depth: 4, filters: 2, kernel: 7, residual: false },
  { ...base, activation: "identity", height: 3, width: 3, depth: 1, filters: 6, kernel: 1, classes: 2 },
  { ...base, activation: "tanh", height: 6, width: 5, depth: 2, scale: 0.5, loss: "squared-error" },
  { ...base, activation: "relu", channels: 2, filters: 3, scale: 0.25, loss: "kl-divergence", classes: 4 },
  { ...base, activation: "relu", height: 9, depth: 4, filters: 2, kernel: 7, scale: 0.7, loss: "squared-error" },
  { ...base, activation: "sigmoid", depth: 1, filters: 2, residual: false, scale: 2 }
]

export const title = (n: Network) =>
  `${n.channels}×${n.height}×${n.width}, ${n.classes} classes, N ${n.layers}, d ${n.depth}, F ${n.filters}, K ${n.kernel}, ` +
  `${n.activation}${n.residual ? "" : ", no residual"}` +
  `${n.scale === undefined ? "" : `, scale ${n.scale}`}${n.loss === undefined ? "" : `, ${n.loss}`}`

/** Numbers in [0, 1), the same for the same seed. */
export function numbers(seed: number): () => number {
  let state = seed >>> 0
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
}

/** Parameters of moderate size, each a float32 so that both precisions take the same. */
export function someParameters(network: Network, seed = 1): Float64Array {
  const next = numbers(seed)
  const parameters = new Float64Array(parameterCount(network))
  for (const { shape, offset, size } of tensors(network)) {
    const scale = shape.length > 1 ? Math.sqrt(3 / (size / shape[0])) : 0.2
    for (let i = 0; i < size; i++) parameters[offset + i] = Math.fround((next() * 2 - 1) * scale)
  }
  return parameters
}

/** With targets where the network's loss wants some: probabilities, which a squared error takes as well. */
export function someExamples(network: Network, count: number, seed = 2): Examples {
  const { channels, height, width, classes, loss } = network
  const next = numbers(seed)
  const rows = Array.from({ length: loss === undefined ? 0 : count }, () => Array.from({ length: classes }, next))
  const targets = rows.flatMap((row) => row.map((x) => x / row.reduce((a, b) => a + b)))
  return {
    ...(loss !== undefined && { targets: Float32Array.from(targets) }),
    count,
    images: Uint8Array.from({ length: count * channels * height * width }, () => next() * 256),
    labels: Uint8Array.from({ length: count }, () => next() * classes)
  }
}

/** ‖a − b‖ / ‖b‖ */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let difference = 0
  let norm = 0
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2
    norm += b[i] ** 2
  }
  return Math.sqrt(difference / norm)
}
