/** What the losses other than cross-entropy aim at, example by example. */
import { lossOf, type Network } from "../network/network.ts"
import type { GivenExamples } from "./engine.ts"

/**
 * A way to copy an example's targets [M] to place `at` of `to`, or undefined where the network's loss asks for labels
 * alone. Throws `RangeError` where it wants targets that the examples have not.
 */
export function targetsOf(
  network: Network,
  examples: GivenExamples
): ((index: number, to: Float32Array | Float64Array, at: number) => void) | undefined {
  const loss = lossOf(network)
  const { classes: M } = network
  const { targets, labels, count } = examples
  if (loss === "cross-entropy") return undefined
  if (targets === undefined) {
    if (loss === "kl-divergence")
      throw new RangeError(
        `the loss ${loss} wants targets, ${M} probabilities an example, and these examples have none`
      )
    return (index, to, at) => to.fill(0, at, at + M).fill(1, at + labels[index], at + labels[index] + 1)
  }
  if (targets.length !== count * M)
    throw new RangeError(`${count} examples of ${M} classes need ${count * M} targets, not ${targets.length}`)
  return (index, to, at) => to.set(targets.subarray(index * M, (index + 1) * M), at)
}
