/** The loss of all networks here, softmax cross-entropy, on TensorFlow.js. */
import * as tf from "@tensorflow/tfjs"

/**
 * [cross-entropy in nats by log-sum-exp, right answers (the first of several largest logits counts)], sums over
 * examples. logits [B, M], labels [B] int32. Its gradient is that of the first alone: softmax(logits) − one-hot.
 */
export function scoreOf(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const classes = logits.shape[1]
  return tf.customGrad((given, save) => {
    const logits = given as tf.Tensor2D
    const wanted = tf.oneHot(labels, classes).toFloat()
    const shifted = tf.sub(logits, tf.max(logits, 1, true))
    const terms = tf.exp(shifted)
    const sums = tf.sum(terms, 1, true) // [B, 1]
    ;(save as tf.GradSaveFunc)([tf.sub(tf.div(terms, sums), wanted)])
    const loss = tf.sub(tf.sum(tf.log(sums)), tf.sum(tf.mul(shifted, wanted)))
    const right = tf.sum(tf.cast(tf.equal(tf.argMax(logits, 1), labels), "float32"))
    return {
      value: tf.stack([loss, right]),
      gradFunc: (dy: tf.Tensor, [difference]: Array<tf.Tensor>) => tf.mul(difference, tf.slice(dy, 0, 1))
    }
  })(logits) as tf.Tensor1D
}
