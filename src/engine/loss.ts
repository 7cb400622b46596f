/** The losses of network.ts, of logits, in plain loops. */

import { exp, log } from "../network/math.ts"
import { lossOf, type Network } from "../network/network.ts"
import type { GivenExamples, Score } from "./engine.ts"
import { targetsOf } from "./targets.ts"

/**
 * Sums over the chosen examples (all if left out) of the network's loss and of right answers. logits [count, M] row by
 * row, in the order of `indices`. Fills `gradient` [count, M], where given, with the gradient of the sum.
 */
export function scoreLogits(
  network: Network,
  logits: ArrayLike<number>,
  examples: GivenExamples,
  indices?: Uint32Array,
  gradient?: Float32Array | Float64Array
): Score {
  const { classes: M } = network
  const squared = lossOf(network) === "squared-error"
  const copyTargets = targetsOf(network, examples)
  const count = indices?.length ?? examples.count
  const z = new Float64Array(M)
  const targets = new Float64Array(M)
  const slopes = new Float64Array(M)
  let loss = 0
  let correct = 0
  for (let i = 0; i < count; i++) {
    const index = indices === undefined ? i : indices[i]
    const label = examples.labels[index]
    for (let m = 0; m < M; m++) z[m] = logits[i * M + m]
    let best = 0
    for (let m = 1; m < M; m++) if (z[m] > z[best]) best = m
    if (best === label) correct++
    copyTargets?.(index, targets, 0)
    if (squared) loss += squaredError(z, targets, slopes)
    else if (copyTargets === undefined) loss += crossEntropy(z, z[best], label, slopes)
    else loss += divergence(z, z[best], targets, slopes)
    gradient?.set(slopes, i * M)
  }
  return { count, loss, correct }
}

/** By log-sum-exp, in nats. `slopes`: its gradient, softmax(z) − one-hot. */
function crossEntropy(z: Float64Array, largest: number, label: number, slopes: Float64Array): number {
  const sum = softmax(z, largest, slopes)
  slopes[label] -= 1
  return log(sum) + largest - z[label]
}

/** Σ q (log q − log p) in nats, p = softmax(z). `slopes`: its gradient, p Σ q − q. */
function divergence(z: Float64Array, largest: number, q: Float64Array, slopes: Float64Array): number {
  const normalizer = log(softmax(z, largest, slopes))
  let whole = 0
  let nats = 0 * normalizer // NaN if it is none
  for (let m = 0; m < z.length; m++) {
    whole += q[m]
    if (q[m] > 0) nats += q[m] * (log(q[m]) - (z[m] - largest - normalizer))
  }
  for (let m = 0; m < z.length; m++) slopes[m] = slopes[m] * whole - q[m]
  return nats
}

/** Σ (z − t)² / M. `slopes`: its gradient. */
function squaredError(z: Float64Array, t: Float64Array, slopes: Float64Array): number {
  let squares = 0
  for (let m = 0; m < z.length; m++) {
    const off = z[m] - t[m]
    squares += off * off
    slopes[m] = (2 * off) / z.length
  }
  return squares / z.length
}

/** Fills `p` with softmax(z); gives Σ exp(z − largest). */
function softmax(z: Float64Array, largest: number, p: Float64Array): number {
  let sum = 0
  for (let m = 0; m < z.length; m++) sum += p[m] = exp(z[m] - largest)
  for (let m = 0; m < z.length; m++) p[m] /= sum
  return sum
}
