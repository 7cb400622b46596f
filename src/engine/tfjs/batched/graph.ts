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
import { type Network, scaleOf } from "../../../network/network.ts"
import { type KernelLayout, type Leaf, leavesOf as layOut } from "../leaves.ts"

/** Kernels [inputs, K, K, outputs]: number s leads to output o from input (o + s) mod inputs. */
const LAYOUT: KernelLayout = {
  shape: (K, inputs, outputs) => [inputs, K, K, outputs],
  *elements(K, inputs, outputs) {
    for (let s = 0; s < inputs; s++) {
      for (let window = 0; window < K * K; window++) {
        for (let o = 0; o < outputs; o++) yield [window, (o + s) % inputs, o]
      }
    }
  }
}

/**
 * Kernel and bias of the stem, of all layers as if they stood side by side, and of the dense layer: the same for any
 * depth, so that trials of different depths have their numbers in the same places.
 */
export const leavesOf = (network: Network): ReadonlyArray<Leaf> => layOut({ ...network, depth: 1 }, LAYOUT)

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
const parts = <T extends tf.Tensor>(x: T, count: number, axis: number): Array<T> =>
  count === 1 ? [x] : tf.split(x, count, axis)

const total = (terms: Array<tf.Tensor4D>): tf.Tensor4D => (terms.length === 1 ? terms[0] : tf.addN(terms))

/** Neighbouring trials of one depth. */
interface Group {
  readonly depth: number
  readonly from: number
  readonly to: number
}

function groupsOf(depths: ReadonlyArray<number>): ReadonlyArray<Group> {
  const starts = depths.flatMap((depth, t) => (depth === depths[t - 1] ? [] : [t]))
  return starts.map((from, i) => ({ depth: depths[from], from, to: starts[i + 1] ?? depths.length }))
}

/** What is the trials' from … to of [..., n·T]. */
function trialsOf(x: tf.Tensor, T: number, { from, to }: Group): tf.Tensor {
  if (to - from === T) return x
  const rows = tf.reshape(x, [-1, T]) as tf.Tensor2D
  const shape = [...x.shape.slice(0, -1), (x.shape.at(-1)! / T) * (to - from)]
  return tf.reshape(tf.slice2d(rows, [0, from], [rows.shape[0], to - from]), shape)
}

/** The other way around: [B, H, W, n·T] of the states [B, H, W, n·(to − from)] of all groups. */
function together(states: ReadonlyArray<tf.Tensor4D>, groups: ReadonlyArray<Group>): tf.Tensor4D {
  if (states.length === 1) return states[0]
  const [B, H, W] = states[0].shape
  const rows = states.map((h, i) => tf.reshape(h, [-1, groups[i].to - groups[i].from]) as tf.Tensor2D)
  return tf.reshape(tf.concat2d(rows, 1), [B, H, W, -1])
}

/** Logits [T, B, M] of images [B, H, W, C·T] for trials of these depths; `leaves` as `split` gives them. */
export function logitsOf(
  network: Network,
  depths: ReadonlyArray<number>,
  leaves: ReadonlyArray<tf.Tensor>,
  images: tf.Tensor4D
): tf.Tensor3D {
  const [stem, stemBias, kernels, biases, weight, bias] = leaves
  const activation = ACTIVATIONS[network.activation]
  const layer = (h: tf.Tensor4D, kernel: tf.Tensor, bias: tf.Tensor) =>
    activation(convolve(h, kernel, bias)) as tf.Tensor4D
  const scale = scaleOf(network)
  const T = depths.length
  const groups = groupsOf(depths)
  const first = layer(images, stem, stemBias)
  const states = groups.map((group) => {
    const width = network.layers / group.depth
    const blockKernels = parts(trialsOf(kernels, T, group), group.depth, 3)
    const blockBiases = parts(trialsOf(biases, T, group), group.depth, 0)
    let h = trialsOf(first, T, group) as tf.Tensor4D
    for (let block = 0; block < group.depth; block++) {
      let sum = total(parts(layer(h, blockKernels[block], blockBiases[block]), width, 3))
      if (scale !== 1) sum = tf.mul(sum, scale)
      h = network.residual ? tf.add(h, sum) : sum
    }
    return h
  })
  const [features, classes] = weight.shape // [H·W·F, M, T]
  const flat = tf.reshape(together(states, groups), [images.shape[0], features, T])
  const logits = tf.matMul(tf.transpose(flat, [2, 0, 1]), tf.transpose(weight, [2, 0, 1])) as tf.Tensor3D
  return tf.add(logits, tf.reshape(tf.transpose(bias), [T, 1, classes])) // bias: [M, T]
}
