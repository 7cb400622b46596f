/** First-order methods as Keras 3 defines them, on TensorFlow.js: any number of parameters in one step. */
import * as tf from "@tensorflow/tfjs"
import type { FirstOrder } from "../engine.ts"

/** Parameters and the method's vectors, all of one shape. */
export interface Stepped {
  readonly parameters: tf.Tensor
  readonly slots: ReadonlyArray<tf.Tensor>
}

/**
 * One step along the gradient of the batch's mean loss. `rate`: `stepRate`; `learningRate`: of the step. Tensors where
 * columns differ in them.
 */
export function stepOf(
  optimizer: FirstOrder,
  state: Stepped,
  gradient: tf.Tensor,
  rate: number | tf.Tensor1D,
  learningRate: number | tf.Tensor1D
): Stepped {
  const { decay } = optimizer
  if (decay === undefined) return directionOf(optimizer, state, gradient, rate)
  const { parameters, slots } = state
  if (decay.kind === "l2") return directionOf(optimizer, state, tf.add(gradient, tf.mul(parameters, decay.rate)), rate)
  const shrunk = tf.sub(parameters, tf.mul(parameters, tf.mul(learningRate, decay.rate)))
  return directionOf(optimizer, { parameters: shrunk, slots }, gradient, rate)
}

/** The step itself, without decay. */
function directionOf(
  optimizer: FirstOrder,
  { parameters, slots }: Stepped,
  gradient: tf.Tensor,
  rate: number | tf.Tensor1D
): Stepped {
  switch (optimizer.method) {
    case "rmsprop": {
      const { rho, epsilon } = optimizer
      const v = average(slots[0], tf.square(gradient), rho)
      const change = tf.div(tf.mul(gradient, rate), tf.sqrt(tf.add(v, epsilon)))
      return { parameters: tf.sub(parameters, change), slots: [v] }
    }
    case "adam": {
      const { beta1, beta2, epsilon } = optimizer
      const m = average(slots[0], gradient, beta1)
      const v = average(slots[1], tf.square(gradient), beta2)
      const change = tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), epsilon))
      return { parameters: tf.sub(parameters, change), slots: [m, v] }
    }
    case "sgd": {
      const velocity = tf.sub(tf.mul(slots[0], optimizer.momentum), tf.mul(gradient, rate))
      return { parameters: tf.add(parameters, velocity), slots: [velocity] }
    }
  }
}

/** weight·old + (1 − weight)·new */
const average = (old: tf.Tensor, recent: tf.Tensor, weight: number) =>
  tf.add(tf.mul(old, weight), tf.mul(recent, 1 - weight))
