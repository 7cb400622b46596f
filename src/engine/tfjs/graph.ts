/**
 * A network in TensorFlow.js. Images and activations are NHWC; a block of n layers side by side is one convolution
 * with n·F filters, whose outputs are summed over the layers.
 */
import * as tf from "@tensorflow/tfjs"
import { type Network, type Tensor, tensors } from "../../network/network.ts"

/** A tensor of parameters in TensorFlow's layout; `places`: where each of its elements is in the flat vector. */
export interface Leaf {
  readonly shape: ReadonlyArray<number>
  readonly places: Uint32Array
}

/** The leaves [shape] of a vector [P] that holds one after another. */
export function split(leaves: ReadonlyArray<Leaf>, vector: tf.Tensor1D): ReadonlyArray<tf.Tensor> {
  const sizes = leaves.map(({ places }) => places.length)
  return tf.split(vector, sizes).map((part, i) => part.reshape([...leaves[i].shape]))
}

/** Kernel and bias of the stem, of each block, and of the dense layer. */
export function leavesOf(network: Network): ReadonlyArray<Leaf> {
  const { channels: C, height: H, width: W, classes: M, layers: N, depth, filters: F, kernel: K } = network
  const list = tensors(network)
  const convolution = (weights: ReadonlyArray<Tensor>, biases: ReadonlyArray<Tensor>, inputs: number) => {
    const outputs = weights.length * F // layer by layer
    const kernel = new Uint32Array(K * K * inputs * outputs) // [K, K, inputs, outputs]
    let at = 0
    for (let window = 0; window < K * K; window++) {
      for (let i = 0; i < inputs; i++) {
        for (const { offset } of weights) {
          for (let f = 0; f < F; f++) kernel[at++] = offset + (f * inputs + i) * K * K + window
        }
      }
    }
    const bias = Uint32Array.from({ length: outputs }, (_, o) => biases[Math.floor(o / F)].offset + (o % F))
    return [
      { shape: [K, K, inputs, outputs], places: kernel },
      { shape: [outputs], places: bias }
    ]
  }
  const width = N / depth
  const blocks = Array.from({ length: depth }, (_, j) => {
    const layers = Array.from({ length: width }, (_, i) => 2 * (1 + j * width + i)) // after the stem's two tensors
    return convolution(
      layers.map((at) => list[at]),
      layers.map((at) => list[at + 1]),
      F
    )
  })
  const [weight, bias] = list.slice(-2)
  const dense = new Uint32Array(H * W * F * M) // [H·W·F, M] from [M, F·H·W]
  for (let place = 0, at = 0; place < H * W; place++) {
    for (let f = 0; f < F; f++) for (let m = 0; m < M; m++) dense[at++] = weight.offset + (m * F + f) * H * W + place
  }
  return [
    ...convolution([list[0]], [list[1]], C),
    ...blocks.flat(),
    { shape: [H * W * F, M], places: dense },
    { shape: [M], places: Uint32Array.from({ length: M }, (_, m) => bias.offset + m) }
  ]
}

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
  const activation = ACTIVATIONS[network.activation]
  const convolve = (h: tf.Tensor4D, at: number) =>
    activation(tf.add(tf.conv2d(h, leaves[at] as tf.Tensor4D, 1, "same"), leaves[at + 1])) as tf.Tensor4D
  const width = layers / depth
  let h = convolve(images, 0)
  for (let block = 1; block <= depth; block++) {
    let sum = convolve(h, 2 * block)
    // Summing over layers by a 1×1 convolution with ones is several times faster than tf.sum over an inner axis.
    if (width > 1) sum = tf.conv2d(sum, tf.tile(tf.eye(F), [width, 1]).reshape([1, 1, width * F, F]), 1, "same")
    h = residual ? tf.add(h, sum) : sum
  }
  const [weight, bias] = leaves.slice(-2)
  return tf.add(dense(h.reshape([images.shape[0], weight.shape[0]]), weight), bias)
}
