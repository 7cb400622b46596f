/**
 * The network piece by piece, one example at a time, in f64: stem, blocks, dense layer. Plain loops; an
 * oracle for engines and analysis, with which it has nothing in common.
 */
import { sigmoid, tanh } from "../../src/network/math.ts"
import { type Activation, type Network, tensors } from "../../src/network/network.ts"

const ACTIVATIONS: Readonly<Record<Activation, (x: number) => number>> = {
  relu: (x) => Math.max(0, x),
  tanh,
  sigmoid,
  identity: (x) => x
}

/**
 * Activations here are [F, H + K − 1, W + K − 1] with a frame of zeros, so that no convolution meets a border, and
 * two more zeros at the end, which a convolution may read.
 */
export interface Forward {
  readonly network: Network
  /** Elements of one activation, frame included. */
  readonly size: number
  /** h_0 of an image [C, H, W], values from 0 to 255, into `out`. */
  stem(image: ArrayLike<number>, out: Float64Array): void
  /** λ Σ_{i in block j} f_i(h), 0 ≤ j < depth, into `out` (not `h` itself), without `h`. */
  block(j: number, h: Float64Array, out: Float64Array): void
  /** [M] */
  logits(h: Float64Array): Float64Array<ArrayBuffer>
}

/** parameters: [P], flat. */
export function forwardOf(network: Network, parameters: ArrayLike<number>): Forward {
  const { channels: C, height: H, width: W, classes: M, layers: N, depth, filters: F, kernel: K } = network
  const activation = ACTIVATIONS[network.activation]
  const values = Float64Array.from(parameters)
  const list = tensors(network)
  const of = (at: number) => values.subarray(list[at].offset, list[at].offset + list[at].size)
  const frame = (K - 1) / 2
  const stride = W + K - 1
  const plane = (H + K - 1) * stride
  const row = new Float64Array(W)
  const pixels = new Float64Array(C * plane + 2)

  /** out += activation(weight * h + bias); weight [F, inputs, K, K] */
  const addLayer = (weight: Float64Array, bias: Float64Array, h: Float64Array, inputs: number, out: Float64Array) => {
    for (let f = 0; f < F; f++) {
      for (let y = 0; y < H; y++) {
        row.fill(bias[f])
        for (let i = 0, w = f * inputs * K * K; i < inputs; i++) {
          for (let k = 0; k < K; k++) {
            const start = i * plane + (y + k) * stride
            // Three taps at a time: one value read for three products.
            for (let l = 0; l < K; l += 3) {
              const w0 = weight[w + l]
              const w1 = l + 1 < K ? weight[w + l + 1] : 0
              const w2 = l + 2 < K ? weight[w + l + 2] : 0
              let from = start + l
              let a = h[from++]
              let b = h[from++]
              for (let x = 0; x < W; x++) {
                const c = h[from++]
                row[x] += w0 * a + w1 * b + w2 * c
                a = b
                b = c
              }
            }
            w += K
          }
        }
        const to = f * plane + (y + frame) * stride + frame
        for (let x = 0; x < W; x++) out[to + x] += activation(row[x])
      }
    }
  }
  const layers = Array.from({ length: N + 1 }, (_, i) => ({ weight: of(2 * i), bias: of(2 * i + 1) }))
  const dense = { weight: of(2 * N + 2), bias: of(2 * N + 3) }
  const width = N / depth

  return {
    network,
    size: F * plane + 2,
    stem(image, out) {
      for (let c = 0, from = 0; c < C; c++) {
        for (let y = 0; y < H; y++) {
          const to = c * plane + (y + frame) * stride + frame
          for (let x = 0; x < W; x++) pixels[to + x] = image[from++] / 255
        }
      }
      out.fill(0)
      addLayer(layers[0].weight, layers[0].bias, pixels, C, out)
    },
    block(j, h, out) {
      out.fill(0)
      for (const { weight, bias } of layers.slice(1 + j * width, 1 + (j + 1) * width)) addLayer(weight, bias, h, F, out)
      if (network.scale !== undefined) for (let i = 0; i < out.length; i++) out[i] *= network.scale
    },
    logits(h) {
      const logits = Float64Array.from(dense.bias)
      for (let m = 0, w = 0; m < M; m++) {
        for (let f = 0; f < F; f++) {
          for (let y = 0; y < H; y++) {
            const from = f * plane + (y + frame) * stride + frame
            for (let x = 0; x < W; x++) logits[m] += dense.weight[w++] * h[from + x]
          }
        }
      }
      return logits
    }
  }
}

/** h_d from h_0: every block in turn. `h` is overwritten. */
export function runBlocks(forward: Forward, h: Float64Array): Float64Array {
  const { depth, residual } = forward.network
  const out = new Float64Array(forward.size)
  for (let j = 0; j < depth; j++) {
    forward.block(j, h, out)
    for (let i = 0; i < h.length; i++) h[i] = residual ? h[i] + out[i] : out[i]
  }
  return h
}
