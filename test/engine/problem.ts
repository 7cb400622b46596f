/** Problems to compare engines on: networks, with parameters and examples, and the distance between two results. */
import fc from "fast-check"
import type { Examples } from "../../src/engine/engine.ts"
import { type Activation, type Loss, type Network, tensors } from "../../src/network/network.ts"
import { smallNetwork } from "../networks.ts"
import { relativeError } from "../support/distance.ts"
import { randomExamples, randomParameters } from "./random.ts"
import { preActivations } from "./reference.ts"

/** A small network of two filters and three classes; name what matters to the test. */
export const network = (some: Partial<Network> = {}): Network => smallNetwork({ classes: 3, filters: 2, ...some })

/** Everything that a network of four layers may be but for its shape. */
export const variants = (["relu", "tanh", "sigmoid", "identity"] satisfies Array<Activation>).flatMap((activation) =>
  [1, 2, 4].flatMap((depth) => [true, false].map((residual) => ({ activation, depth, residual })))
)

/** Each of them with every loss, with and without a scale of the branch (one that lets no gradient fade). */
export const family = variants.flatMap((variant) =>
  (["cross-entropy", "kl-divergence", "squared-error"] satisfies Array<Loss>).flatMap((loss) =>
    [1, variant.residual ? 0.5 : 2].map((scale) => ({ ...variant, loss, scale }))
  )
)

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
    const scale = [1, 1, 0.25, Math.SQRT1_2][Math.floor(divisor / 4) % 4]
    const loss = (["cross-entropy", "cross-entropy", "kl-divergence", "squared-error"] as const)[
      Math.floor(divisor / 16) % 4
    ]
    return { ...rest, depth: depths[divisor % depths.length], scale, loss } as Network
  })
