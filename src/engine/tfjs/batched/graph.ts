/**
 * T networks of one shape in TensorFlow.js, side by side on the channels: activations are [B, H, W, F·T], the trial's
 * number the fastest index. A convolution that keeps the trials apart is grouped; TensorFlow.js has of these the
 * depthwise one alone, in which each channel sees itself. That is the whole of it for one filter. For F filters it is
 * the sum of F of them, each over the channels moved on by one filter:
 *
 *     y[o] = Σ_s W_s[o] * h[(o + s) mod F]        s = 0 … F − 1,  W_s[o] from filter (o + s) mod F to filter o
 *
 * No multiplication is wasted, and no number of one trial reaches another, be it infinite.
 */
import * as tf from "@tensorflow/tfjs"
import { type Network, type Tensor, tensors } from "../../../network/network.ts"

/** A tensor of each trial's parameters; `places`: where its elements are in a trial's flat vector. */
export interface Leaf {
  readonly shape: ReadonlyArray<number> // of one trial; the trials are one more axis, the last
  readonly places: Uint32Array
}

/** Kernel and bias of the stem, of each block, and of the dense layer. */
export function leavesOf(network: Network): ReadonlyArray<Leaf> {
  const { channels: C, height: H, width: W, classes: M, layers: N, depth, filters: F, kernel: K } = network
  const list = tensors(network)
  /** Kernels [inputs, K, K, outputs]: number s leads to output o from input (o + s) mod inputs. */
  const convolution = (weights: ReadonlyArray<Tensor>, biases: ReadonlyArray<Tensor>, inputs: number) => {
    const outputs = weights.length * F // layer by layer
    const kernel = new Uint32Array(inputs * K * K * outputs)
    let at = 0
    for (let s = 0; s < inputs; s++) {
      for (let window = 0; window < K * K; window++) {
        for (let o = 0; o < outputs; o++) {
          const input = (o + s) % inputs
          kernel[at++] = weights[Math.floor(o / F)].offset + ((o % F) * inputs + input) * K * K + window
        }
      }
    }
    const bias = Uint32Array.from({ length: outputs }, (_, o) => biases[Math.floor(o / F)].offset + (o % F))
    return [
      { shape: [inputs, K, K, outputs], places: kernel },
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

/** The leaves [shape, T] of all trials' parameters [P, T], which hold one after another. */
export function split(leaves: ReadonlyArray<Leaf>, parameters: tf.Tensor2D): ReadonlyArray<tf.Tensor> {
  const trials = parameters.shape[1]
  const sizes = leaves.map(({ places }) => places.length)
  return tf.split(parameters, sizes).map((part, i) => tf.reshape(part, [...leaves[i].shape, trials]))
}

const ACTIVATIONS = { relu: tf.relu, tanh: tf.tanh, sigmoid: tf.sigmoid, identity: <T extends tf.Tensor>(x: T) => x }

/** h [B, H, W, I·T], kernels [I, K, K, O, T], bias [O, T] → [B, H, W, O·T] */
function convolve(h: tf.Tensor4D, kernels: tf.Tensor, bias: tf.Tensor): tf.Tensor4D {
  const [inputs, K, , outputs, trials] = kernels.shape
  const [B, H, W] = h.shape
  const channels = outputs * trials
  const copies = Math.ceil((inputs - 1 + outputs) / inputs)
  const around = copies === 1 ? h : tf.concat4d(Array<tf.Tensor4D>(copies).fill(h), 3)
  const moved = (s: number) =>
    around.shape[3] === channels ? around : tf.slice4d(around, [0, 0, 0, s * trials], [B, H, W, channels])
  const terms = parts(tf.reshape(kernels, [inputs * K, K, channels, 1]) as tf.Tensor4D, inputs, 0).map((kernel, s) =>
    tf.depthwiseConv2d(moved(s), kernel, 1, "same")
  )
  return tf.add(total(terms), tf.reshape(bias, [channels]))
}

/** tf.split into one part has no gradient. */
const parts = (x: tf.Tensor4D, count: number, axis: number): Array<tf.Tensor4D> =>
  count === 1 ? [x] : tf.split(x, count, axis)

const total = (terms: Array<tf.Tensor4D>): tf.Tensor4D => (terms.length === 1 ? terms[0] : tf.addN(terms))

/** Logits [T, B, M] of images [B, H, W, C·T]; `leaves` as `split` gives them. */
export function logitsOf(network: Network, leaves: ReadonlyArray<tf.Tensor>, images: tf.Tensor4D): tf.Tensor3D {
  const { layers, depth, residual } = network
  const activation = ACTIVATIONS[network.activation]
  const layer = (h: tf.Tensor4D, at: number) => activation(convolve(h, leaves[at], leaves[at + 1])) as tf.Tensor4D
  const width = layers / depth
  let h = layer(images, 0)
  for (let block = 1; block <= depth; block++) {
    const sum = total(parts(layer(h, 2 * block), width, 3))
    h = residual ? tf.add(h, sum) : sum
  }
  const [weight, bias] = leaves.slice(-2) // [H·W·F, M, T], [M, T]
  const [features, classes, trials] = weight.shape
  const rows = tf.transpose(tf.reshape(h, [images.shape[0], features, trials]), [2, 0, 1])
  const logits = tf.matMul(rows, tf.transpose(weight, [2, 0, 1])) as tf.Tensor3D
  return tf.add(logits, tf.reshape(tf.transpose(bias), [trials, 1, classes]))
}
