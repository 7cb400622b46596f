/**
 * A network in TensorFlow.js. Images and activations are NHWC; a block of n layers side by side is one convolution
 * with n·F filters, whose outputs are summed over the layers.
 */
import * as tf from "@tensorflow/tfjs"
import { type Network, scaleOf } from "../../network/network.ts"
import { type KernelLayout, type Leaf, leavesOf as layOut } from "./leaves.ts"

/** The leaves [shape] of a vector [P] that holds one after another. */
export function split(leaves: ReadonlyArray<Leaf>, vector: tf.Tensor1D): ReadonlyArray<tf.Tensor> {
  const sizes = leaves.map(({ places }) => places.length)
  return tf.split(vector, sizes).map((part, i) => part.reshape([...leaves[i].shape]))
}

/** Kernels [K, K, inputs, outputs]. */
const LAYOUT: KernelLayout = {
  shape: (K, inputs, outputs) => [K, K, inputs, outputs],
  *elements(K, inputs, outputs) {
    for (let window = 0; window < K * K; window++) {
      for (let i = 0; i < inputs; i++) for (let o = 0; o < outputs; o++) yield [window, i, o]
    }
  }
}

export const leavesOf = (network: Network): ReadonlyArray<Leaf> => layOut(network, LAYOUT)

const ACTIVATIONS = { relu: tf.relu, tanh: tf.tanh, sigmoid: tf.sigmoid, identity: <T extends tf.Tensor>(x: T) => x }

/**
 * features [B, n] · weight [n, M]. Its own gradients, because those of tf.matMul multiply transposed matrices, for which
 * the WASM backend has but a slow loop.
 */
const dense = tf.customGrad((features, weight, save) => {
  ;(save as tf.GradSaveFunc)([features as tf.Tensor, weight as tf.Tensor])
  return {
    value: tf.matMul(features as tf.Tensor2D, weight as tf.Tensor2D),
    gradFunc: (dy: tf.Tensor, [features, weight]: Array<tf.Tensor>) => [
      tf.matMul(dy, tf.transpose(weight)),
      tf.matMul(tf.transpose(features), dy)
    ]
  }
})

/** Logits [B, M] of images [B, H, W, C]; `leaves` as `leavesOf` has them. */
export function logitsOf(network: Network, leaves: ReadonlyArray<tf.Tensor>, images: tf.Tensor4D): tf.Tensor2D {
  const { layers, depth, filters: F, residual } = network
  const scale = scaleOf(network)
  const activation = ACTIVATIONS[network.activation]
  const convolve = (h: tf.Tensor4D, at: number) =>
    activation(tf.add(tf.conv2d(h, leaves[at] as tf.Tensor4D, 1, "same"), leaves[at + 1])) as tf.Tensor4D
  const width = layers / depth
  let h = convolve(images, 0)
  for (let block = 1; block <= depth; block++) {
    let sum = convolve(h, 2 * block)
    // Summing over layers by a 1×1 convolution with ones is several times faster than tf.sum over an inner axis.
    if (width > 1) sum = tf.conv2d(sum, tf.tile(tf.eye(F), [width, 1]).reshape([1, 1, width * F, F]), 1, "same")
    if (scale !== 1) sum = tf.mul(sum, scale)
    h = residual ? tf.add(h, sum) : sum
  }
  const [weight, bias] = leaves.slice(-2)
  return tf.add(dense(h.reshape([images.shape[0], weight.shape[0]]), weight), bias)
}
