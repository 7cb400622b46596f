/** Loss and gradient without any engine: f64 loops, and finite differences of them. */

import type { Examples, Score } from "../../src/engine/engine.ts"
import { scoreLogits } from "../../src/engine/loss.ts"
import type { Network } from "../../src/network/network.ts"
import { forwardOf, runBlocks } from "../support/forward.ts"

/** Logits [count, M] in f64. */
export function referenceLogits(network: Network, parameters: ArrayLike<number>, examples: Examples): Float64Array {
  const { channels, height, width, classes } = network
  const forward = forwardOf(network, parameters)
  const logits = new Float64Array(examples.count * classes)
  const pixels = channels * height * width
  for (let i = 0; i < examples.count; i++) {
    const h = new Float64Array(forward.size)
    forward.stem(examples.images.subarray(i * pixels, (i + 1) * pixels), h)
    logits.set(forward.logits(runBlocks(forward, h)), i * classes)
  }
  return logits
}

export function referenceScore(network: Network, parameters: ArrayLike<number>, examples: Examples): Score {
  return scoreLogits(network, referenceLogits(network, parameters, examples), examples)
}

/** Gradient of the mean loss by central differences, [P]. */
export function finiteDifferences(network: Network, parameters: ArrayLike<number>, examples: Examples): Float64Array {
  const moved = Float64Array.from(parameters)
  const h = 1e-6
  return moved.map((value, i) => {
    const at = (x: number) => {
      moved[i] = x
      return referenceScore(network, moved, examples).loss / examples.count
    }
    const slope = (at(value + h) - at(value - h)) / (2 * h)
    moved[i] = value
    return slope
  })
}
