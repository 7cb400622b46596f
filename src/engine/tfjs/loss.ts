/** The losses of network.ts on TensorFlow.js. */
import * as tf from "@tensorflow/tfjs"
import { lossOf, type Network } from "../../network/network.ts"

/** What examples are scored by: labels [B] int32, and targets [B, M] where the loss wants them; or [T, B], [T, B, M]. */
export interface Wanted {
  readonly labels: tf.Tensor
  readonly targets: tf.Tensor | undefined
}

interface Scored {
  readonly losses: tf.Tensor // [B]
  readonly gradient: tf.Tensor // [B, M]
}

/** By log-sum-exp; its gradient is softmax(logits) − one-hot. */
function crossEntropy(logits: tf.Tensor, wanted: tf.Tensor): Scored {
  const shifted = tf.sub(logits, tf.max(logits, -1, true))
  const terms = tf.exp(shifted)
  const sums = tf.sum(terms, -1, true)
  return {
    gradient: tf.sub(tf.div(terms, sums), wanted),
    losses: tf.sub(tf.squeeze(tf.log(sums), [-1]), tf.sum(tf.mul(shifted, wanted), -1))
  }
}

function divergence(logits: tf.Tensor, targets: tf.Tensor): Scored {
  const shifted = tf.sub(logits, tf.max(logits, -1, true))
  const terms = tf.exp(shifted)
  const sums = tf.sum(terms, -1, true)
  // q (log q − log p), 0 where q is: of 1 the logarithm is 0.
  const logs = tf.log(tf.where(tf.greater(targets, 0), targets, tf.onesLike(targets)))
  return {
    gradient: tf.sub(tf.mul(tf.div(terms, sums), tf.sum(targets, -1, true)), targets),
    losses: tf.sum(tf.mul(targets, tf.sub(logs, tf.sub(shifted, tf.log(sums)))), -1)
  }
}

function squaredError(logits: tf.Tensor, targets: tf.Tensor): Scored {
  const off = tf.sub(logits, targets)
  return { gradient: tf.mul(off, 2 / logits.shape[logits.rank - 1]), losses: tf.mean(tf.square(off), -1) }
}

/**
 * The network's loss and right answers (the first of several largest logits counts), summed over examples. logits
 * [B, M] → [2]; for T trials at once [T, B, M] → [2, T]. Its gradient is that of the loss alone.
 */
export function scoreOf<R extends tf.Tensor1D | tf.Tensor2D>(
  network: Network,
  logits: tf.Tensor,
  { labels, targets }: Wanted
): R {
  const classes = logits.shape[logits.rank - 1]
  const loss = lossOf(network)
  return tf.customGrad((given, save) => {
    const logits = given as tf.Tensor
    const wanted = targets ?? tf.oneHot(labels, classes).toFloat()
    const { losses, gradient } =
      loss === "cross-entropy"
        ? crossEntropy(logits, wanted)
        : loss === "kl-divergence"
          ? divergence(logits, wanted)
          : squaredError(logits, wanted)
    ;(save as tf.GradSaveFunc)([gradient])
    const right = tf.cast(tf.equal(tf.argMax(logits, -1), labels), "float32")
    return {
      value: tf.stack([tf.sum(losses, -1), tf.sum(right, -1)]),
      gradFunc: (dy: tf.Tensor, [difference]: Array<tf.Tensor>) =>
        tf.mul(difference, tf.reshape(tf.slice(dy, 0, 1), [...logits.shape.slice(0, -2), 1, 1]))
    }
  })(logits) as R
}
