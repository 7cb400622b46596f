/**
 * The one family of networks that everything here is about.
 *
 * A network has N `layers` and a `depth` d that divides N: d blocks in sequence, each of N/d convolutions side by
 * side. With images x,
 *
 *     h_0 = activation(stem * x + b)
 *     h_j = h_{j-1} + λ · sum over i in block j of activation(W_i * h_{j-1} + b_i)        j = 1 … d
 *     logits = V · flatten(h_d) + c
 *
 * d = N is the sequential network of Bermeitinger, Hrycej & Handschuh (arXiv 2309.08414), d = 1 its parallel one.
 * All depths have the same parameters, name for name. `residual: false` drops `h_{j-1} +` (an ablation). λ, the
 * scale of the branch, is 1 in the paper; 1/N and 1/√N are those of Dherin & Munn (arXiv 2510.03470).
 */

export type Activation = "relu" | "tanh" | "sigmoid" | "identity"

/**
 * What a network is trained for, of one example with logits z and p = softmax(z):
 *
 * - cross-entropy: −log p_y of its label y, in nats;
 * - kl-divergence: Σ_k q_k (log q_k − log p_k) from p to given probabilities q, in nats;
 * - squared-error: Σ_k (z_k − t_k)² / M, the mean square over the M classes, to given targets t, or to 1 at the label
 *   and 0 elsewhere where none are given.
 */
export type Loss = "cross-entropy" | "kl-divergence" | "squared-error"

/** Size of the images and number of classes of a data set. */
export interface ImageShape {
  readonly channels: number // C
  readonly height: number // H
  readonly width: number // W
  readonly classes: number // M
}

export interface Network extends ImageShape {
  readonly layers: number // N, without the stem
  readonly depth: number // d, divides N
  readonly filters: number // F
  readonly kernel: number // K: 1, 3, 5 or 7; stride 1, padding 'same'
  readonly activation: Activation
  readonly residual: boolean
  /** λ > 0, the scale of the branch; 1 if left out. */
  readonly scale?: number
  /** Cross-entropy if left out. */
  readonly loss?: Loss
}

export const scaleOf = ({ scale = 1 }: Network): number => scale
export const lossOf = ({ loss = "cross-entropy" }: Network): Loss => loss

/** One named tensor and its place in the flat parameter vector. */
export interface Tensor {
  readonly name: string
  readonly shape: ReadonlyArray<number>
  readonly offset: number // first element in the flat vector
  readonly size: number // number of elements
}

/**
 * The tensors of a network in the order of the flat parameter vector: stem.weight [F, C, K, K], stem.bias [F],
 * layers.0.weight [F, F, K, K], layers.0.bias [F], …, dense.weight [M, F·H·W] (filter, y, x), dense.bias [M].
 * PyTorch's layout, so that weights load there unchanged. Only the shape matters: not `depth`, `activation`, `residual`,
 * `scale` or `loss`.
 */
export function tensors(network: Network): ReadonlyArray<Tensor> {
  const { channels: C, height: H, width: W, classes: M, layers: N, filters: F, kernel: K } = network
  const list: Array<Tensor> = []
  let offset = 0
  const add = (name: string, ...shape: ReadonlyArray<number>) => {
    const size = shape.reduce((a, b) => a * b, 1)
    list.push({ name, shape, offset, size })
    offset += size
  }
  add("stem.weight", F, C, K, K)
  add("stem.bias", F)
  for (let i = 0; i < N; i++) {
    add(`layers.${i}.weight`, F, F, K, K)
    add(`layers.${i}.bias`, F)
  }
  add("dense.weight", M, F * H * W)
  add("dense.bias", M)
  return list
}

/** Number of free parameters: P = (K²CF + F) + N(K²F² + F) + (HWF·M + M). */
export function parameterCount(network: Network): number {
  const { channels: C, height: H, width: W, classes: M, layers: N, filters: F, kernel: K } = network
  return K * K * C * F + F + N * (K * K * F * F + F) + (H * W * F * M + M)
}

/** Overdetermination ratio Q = K·M / P for K training examples (Hrycej, Bermeitinger & Handschuh). */
export function overdetermination(network: Network, examples: number): number {
  return (examples * network.classes) / parameterCount(network)
}
