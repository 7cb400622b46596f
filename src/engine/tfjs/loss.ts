/** The loss of all networks here, softmax cross-entropy, on TensorFlow.js. */
import * as tf from "@tensorflow/tfjs"

/**
 * Cross-entropy in nats by log-sum-exp, and right answers (the first of several largest logits counts), summed over
 * examples. logits [B, M], labels [B] int32 → [2]; for T trials at once [T, B, M], [T, B] → [2, T]. Its gradient is that
 * of the cross-entropy alone: softmax(logits) − one-hot.
 */
export function scoreOf<R extends tf.Tensor1D | tf.Tensor2D>(logits: tf.Tensor, labels: tf.Tensor): R {
  const classes = logits.shape[logits.rank - 1]
  return tf.customGrad((given, save) => {
    const logits = given as tf.Tensor
    const wanted = tf.oneHot(labels, classes).toFloat()
    const shifted = tf.sub(logits, tf.max(logits, -1, true))
    const terms = tf.exp(shifted)
    const sums = tf.sum(terms, -1, true)
    ;(save as tf.GradSaveFunc)([tf.sub(tf.div(terms, sums), wanted)])
    const losses = tf.sub(tf.squeeze(tf.log(sums), [-1]), tf.sum(tf.mul(shifted, wanted), -1))
    const right = tf.cast(tf.equal(tf.argMax(logits, -1), labels), "float32")
    return {
      value: tf.stack([tf.sum(losses, -1), tf.sum(right, -1)]),
      gradFunc: (dy: tf.Tensor, [difference]: Array<tf.Tensor>) =>
        tf.mul(difference, tf.reshape(tf.slice(dy, 0, 1), [...logits.shape.slice(0, -2), 1, 1]))
    }
  })(logits) as R
}
