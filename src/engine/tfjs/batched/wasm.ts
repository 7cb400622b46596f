/**
 * What several trials in one computation want of TensorFlow.js' WebAssembly backend besides.
 *
 * It has no gradients of a depthwise convolution. By its input it is such a convolution itself; by its filter
 * it is a sum of products for each place of the window. For stride 1 and padding 'same', which is all that is needed.
 */
import * as tf from "@tensorflow/tfjs"
import { type Gradients, registerGradients } from "../gradients.ts"

/** dy [B, H, W, F], filter [K, K, F, 1] → dx [B, H, W, F]: dy convolved with the filter flipped. */
const byInput: Gradients["byInput"] = (dy, filter) =>
  tf.tidy(() => tf.depthwiseConv2d(dy, tf.reverse(filter, [0, 1]), 1, "same"))

/** x, dy [B, H, W, F] → [K, K, F, 1]: x at each place of the window times dy, summed over images and places. */
const byFilter: Gradients["byFilter"] = (x, dy, filterShape) =>
  tf.tidy(() => {
    const [B, H, W, F] = x.shape
    const K = filterShape[0]
    const frame = (K - 1) / 2
    const framed = tf.pad4d(x, [
      [0, 0],
      [frame, frame],
      [frame, frame],
      [0, 0]
    ])
    // Places and channels as one axis, and a row of ones times a matrix: tfjs cuts long rows faster than short ones, and
    // multiplies matrices faster than it sums over an outer axis.
    const rows = tf.reshape(framed, [B, H + 2 * frame, (W + 2 * frame) * F]) as tf.Tensor3D
    const slopes = tf.reshape(dy, [B, H, W * F])
    const ones = tf.ones([1, B * H * W]) as tf.Tensor2D
    const sums: Array<tf.Tensor> = []
    for (let y = 0; y < K; y++) {
      for (let x = 0; x < K; x++) {
        const sum = tf.tidy(() => {
          const products = tf.mul(tf.slice3d(rows, [0, y, x * F], [B, H, W * F]), slopes)
          return tf.matMul(ones, tf.reshape(products, [B * H * W, F]) as tf.Tensor2D)
        })
        sums.push(sum)
      }
    }
    return tf.reshape(tf.concat(sums), filterShape)
  })

/** Once, before a gradient is asked for. */
export const registerDepthwiseGradients = (): void =>
  registerGradients(
    { byInput, byFilter },
    { byInput: "DepthwiseConv2dNativeBackpropInput", byFilter: "DepthwiseConv2dNativeBackpropFilter" }
  )
