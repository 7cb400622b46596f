/** A network's parameters as the tensors that a graph of TensorFlow.js takes: its leaves. */
import { type Network, type Tensor, tensors } from "../../network/network.ts"

/** A tensor of parameters; `places`: where each of its elements is in the flat vector. */
export interface Leaf {
  readonly shape: ReadonlyArray<number>
  readonly places: Uint32Array
}

/** How a graph wants its convolutions' kernels. */
export interface KernelLayout {
  readonly shape: (K: number, inputs: number, outputs: number) => ReadonlyArray<number>
  /** Place in the window (row by row), input and output of each element, in order. */
  readonly elements: (K: number, inputs: number, outputs: number) => Iterable<readonly [number, number, number]>
}

/**
 * Kernel and bias of the stem, of each block, and of the dense layer. A block of n layers side by side is one convolution
 * with n·F outputs, layer by layer.
 */
export function leavesOf(network: Network, layout: KernelLayout): ReadonlyArray<Leaf> {
  const { channels: C, height: H, width: W, classes: M, layers: N, depth, filters: F, kernel: K } = network
  const list = tensors(network)
  const convolution = (weights: ReadonlyArray<Tensor>, biases: ReadonlyArray<Tensor>, inputs: number) => {
    const outputs = weights.length * F
    const kernel = new Uint32Array(K * K * inputs * outputs)
    let at = 0
    for (const [window, i, o] of layout.elements(K, inputs, outputs)) {
      kernel[at++] = weights[Math.floor(o / F)].offset + ((o % F) * inputs + i) * K * K + window
    }
    const bias = Uint32Array.from({ length: outputs }, (_, o) => biases[Math.floor(o / F)].offset + (o % F))
    return [
      { shape: layout.shape(K, inputs, outputs), places: kernel },
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
