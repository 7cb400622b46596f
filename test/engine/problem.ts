/**
 * Random networks, parameters and examples for the tests of engines, from a small generator of their own, so that
 * they depend on nothing that is under test.
 */
import fc from "fast-check"
import type { Examples } from "../../src/engine/engine.ts"
import { type Network, parameterCount, tensors } from "../../src/network/network.ts"
import { preActivations } from "./reference.ts"

/** mulberry32: uniform numbers in [0, 1). */
export function generator(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A small network; name what matters to the test. */
export function network(some: Partial<Network> = {}): Network {
  return {
    channels: 2,
    height: 5,
    width: 6,
    classes: 3,
    layers: 4,
    depth: 4,
    filters: 2,
    kernel: 3,
    activation: "relu",
    residual: true,
    ...some
  }
}

/** Glorot uniform weights, biases uniform in ±0.2, [P]. Exact in float32, so that engines of both precisions agree. */
export function randomParameters(network: Network, seed: number): Float64Array {
  const random = generator(seed)
  const parameters = new Float64Array(parameterCount(network))
  for (const { name, shape, offset, size } of tensors(network)) {
    const [out, into = 0, ...kernel] = shape
    const field = kernel.reduce((a, b) => a * b, 1)
    const bound = name.endsWith("bias") ? 0.2 : Math.sqrt(6 / (field * (out + into)))
    for (let i = 0; i < size; i++) parameters[offset + i] = Math.fround(bound * (2 * random() - 1))
  }
  return parameters
}

export function randomExamples({ channels, height, width, classes }: Network, count: number, seed: number): Examples {
  const random = generator(seed)
  return {
    count,
    images: Uint8Array.from({ length: count * channels * height * width }, () => Math.floor(256 * random())),
    labels: Uint8Array.from({ length: count }, () => Math.floor(classes * random()))
  }
}

/** 0 … count − 1 in random order. */
export function shuffled(count: number, seed: number): Uint32Array {
  const random = generator(seed)
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor((i + 1) * random())
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}

/** The smallest distance of a pre-activation from 0, where ReLU bends, over all examples. */
export function distanceFromBend(network: Network, parameters: Float64Array, examples: Examples): number {
  let distance = Infinity
  for (let index = 0; index < examples.count; index++)
    for (const z of preActivations(network, parameters, examples, index))
      for (const value of z) distance = Math.min(distance, Math.abs(value))
  return distance
}

/**
 * Parameters and examples; for ReLU such that no pre-activation is closer to 0 than `distance`: small changes of
 * parameters or rounding errors then switch no unit on or off.
 */
export function problem(network: Network, count: number, distance: number, firstSeed = 1) {
  for (let seed = firstSeed; ; seed++) {
    const parameters = randomParameters(network, seed)
    const examples = randomExamples(network, count, seed + 1e6)
    if (network.activation !== "relu" || distanceFromBend(network, parameters, examples) > distance)
      return { parameters, examples }
  }
}

/** ‖a − b‖₂ / ‖b‖₂, 0 where both are 0. */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths ${a.length} and ${b.length} differ`)
  let difference = 0
  let size = 0
  for (let i = 0; i < b.length; i++) {
    difference += (a[i] - b[i]) ** 2
    size += b[i] ** 2
  }
  return difference === 0 ? 0 : Math.sqrt(difference / size)
}

/** The relative errors of two flat vectors by tensor: { "stem.weight": 1e-7, … }. */
export function relativeErrors(network: Network, a: ArrayLike<number>, b: ArrayLike<number>): Record<string, number> {
  const part = (vector: ArrayLike<number>, from: number, to: number) => Array.prototype.slice.call(vector, from, to)
  return Object.fromEntries(
    tensors(network).map(({ name, offset, size }) => [
      name,
      relativeError(part(a, offset, offset + size), part(b, offset, offset + size))
    ])
  )
}

/** Any network of the family, small enough for plain loops. */
export const anyNetwork: fc.Arbitrary<Network> = fc
  .record({
    channels: fc.integer({ min: 1, max: 4 }),
    height: fc.integer({ min: 1, max: 13 }),
    width: fc.integer({ min: 1, max: 13 }),
    classes: fc.integer({ min: 2, max: 12 }),
    layers: fc.integer({ min: 1, max: 4 }),
    divisor: fc.nat(),
    filters: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constantFrom(12, 16)),
    kernel: fc.constantFrom(1, 3, 5, 7),
    activation: fc.constantFrom("relu", "tanh", "sigmoid", "identity"),
    residual: fc.boolean()
  })
  .map(({ divisor, ...rest }) => {
    const depths = [1, 2, 3, 4].filter((depth) => rest.layers % depth === 0)
    return { ...rest, depth: depths[divisor % depths.length] } as Network
  })
