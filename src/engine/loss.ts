/** The loss of all networks here: softmax cross-entropy. */

import { exp, log } from "../network/math.ts"
import type { Score } from "./engine.ts"

/**
 * Sums over examples of the cross-entropy in nats, by log-sum-exp, and of right answers. logits [count, M] row by row;
 * labels [count]. Fills `gradient` [count, M], where given, with the gradient of the sum, softmax(logits) − one-hot.
 */
export function crossEntropy(
  logits: ArrayLike<number>,
  labels: ArrayLike<number>,
  classes: number,
  gradient?: Float32Array | Float64Array
): Score {
  const count = labels.length
  const terms = new Float64Array(classes)
  let loss = 0
  let correct = 0
  for (let i = 0; i < count; i++) {
    const row = i * classes
    const label = labels[i]
    let best = 0
    for (let m = 1; m < classes; m++) if (logits[row + m] > logits[row + best]) best = m
    const largest = logits[row + best]
    let sum = 0
    for (let m = 0; m < classes; m++) sum += terms[m] = exp(logits[row + m] - largest)
    loss += log(sum) + largest - logits[row + label]
    if (best === label) correct++
    if (gradient !== undefined) {
      for (let m = 0; m < classes; m++) gradient[row + m] = terms[m] / sum - (m === label ? 1 : 0)
    }
  }
  return { count, loss, correct }
}
