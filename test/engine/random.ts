/**
 * Random parameters and examples for tests and benchmarks of engines, from a small generator of their own, so that
 * they depend on nothing that is under test.
 */
import type { Examples } from "../../src/engine/engine.ts"
import { lossOf, type Network, parameterCount, tensors } from "../../src/network/network.ts"
import { mulberry } from "../support/random.ts"

/** Glorot uniform weights, biases uniform in ±0.2, [P]. Exact in float32, so that engines of both precisions agree. */
export function randomParameters(network: Network, seed: number): Float64Array {
  const random = mulberry(seed)
  const parameters = new Float64Array(parameterCount(network))
  for (const { name, shape, offset, size } of tensors(network)) {
    const [out, into = 0, ...kernel] = shape
    const field = kernel.reduce((a, b) => a * b, 1)
    const bound = name.endsWith("bias") ? 0.2 : Math.sqrt(6 / (field * (out + into)))
    for (let i = 0; i < size; i++) parameters[offset + i] = Math.fround(bound * (2 * random() - 1))
  }
  return parameters
}

/**
 * Targets [count, M], where the network's loss wants any: probabilities, every fourth of them 0, or numbers in ±2. Of a
 * generator of their own, so that images and labels are the same for all losses.
 */
function randomTargets(network: Network, count: number, seed: number): Pick<Examples, "targets"> {
  const { classes: M } = network
  const loss = lossOf(network)
  if (loss === "cross-entropy") return {}
  const random = mulberry(seed + 0x7a96e75)
  if (loss === "squared-error") return { targets: Float32Array.from({ length: count * M }, () => 4 * random() - 2) }
  const targets = new Float32Array(count * M)
  for (let i = 0; i < count; i++) {
    const row = Array.from({ length: M }, (_, m) => (m > 0 && random() < 0.25 ? 0 : 0.05 + random()))
    const sum = row.reduce((a, b) => a + b)
    targets.set(
      row.map((x) => x / sum),
      i * M
    )
  }
  return { targets }
}

export function randomExamples(network: Network, count: number, seed: number): Examples {
  const { channels, height, width, classes } = network
  const random = mulberry(seed)
  return {
    ...randomTargets(network, count, seed),
    count,
    images: Uint8Array.from({ length: count * channels * height * width }, () => Math.floor(256 * random())),
    labels: Uint8Array.from({ length: count }, () => Math.floor(classes * random()))
  }
}

/** 0 … count − 1 in random order. */
export function shuffled(count: number, seed: number): Uint32Array {
  const random = mulberry(seed)
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor((i + 1) * random())
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}
