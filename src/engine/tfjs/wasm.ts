/**
 * The engine `tfjs-wasm`: TensorFlow.js on its WebAssembly backend, one thread (under Node it has no more).
 *
 * That backend has no gradient of a convolution by its filter, and the one by its input is slow. Both are convolutions
 * themselves, for stride 1 and padding 'same', which is all that is needed here.
 */
import * as tf from "@tensorflow/tfjs"
import "@tensorflow/tfjs-backend-wasm"
import type { BatchedEngine } from "../batched.ts"
import { type DeviceEngine, inClass } from "../engine.ts"
import { batched } from "./batched/session.ts"
import { registerDepthwiseGradients } from "./batched/wasm.ts"
import { type Gradients, registerGradients } from "./gradients.ts"
import { type TfjsEngine, tfjsEngine } from "./session.ts"

/** dy [B, H, W, G], filter [K, K, F, G] → dx [B, H, W, F]: dy convolved with the filter flipped and transposed. */
const byInput: Gradients["byInput"] = (dy, filter) =>
  tf.tidy(() => tf.conv2d(dy, tf.transpose(tf.reverse(filter, [0, 1]), [0, 1, 3, 2]), 1, "same"))

/**
 * x [B, H, W, F], dy [B, H, W, G] → [K, K, F, G]: channels become images and images channels; the whole of dy is the
 * window that moves over the padded x.
 */
const byFilter: Gradients["byFilter"] = (x, dy, filterShape) =>
  tf.tidy(() => {
    const [B, H, W, F] = x.shape
    const G = dy.shape[3]
    // Height and width as one axis: tfjs transposes fewer axes faster.
    const images = tf.transpose(tf.reshape(x, [B, H * W, F]), [2, 1, 0])
    const window = tf.transpose(tf.reshape(dy, [B, H * W, G]), [1, 0, 2])
    const frame = (filterShape[0] - 1) / 2
    const gradient = tf.conv2d(tf.reshape(images, [F, H, W, B]) as tf.Tensor4D, tf.reshape(window, [H, W, B, G]), 1, [
      [0, 0],
      [frame, frame],
      [frame, frame],
      [0, 0]
    ]) // [F, K, K, G]
    return tf.transpose(gradient, [1, 2, 0, 3])
  })

export const tfjsWasm: TfjsEngine = tfjsEngine("tfjs-wasm", "wasm", () => {
  tf.unregisterKernel("Conv2DBackpropInput", "wasm")
  registerGradients({ byInput, byFilter }, { byInput: "Conv2DBackpropInput", byFilter: "Conv2DBackpropFilter" })
})

export const training = (numericClass: string): DeviceEngine => inClass(tfjsWasm, numericClass)

export const groups = (numericClass: string): BatchedEngine =>
  inClass(batched(tfjsWasm, registerDepthwiseGradients), numericClass)
