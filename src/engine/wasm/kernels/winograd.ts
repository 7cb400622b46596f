/**
 * Winograd's minimal filtering F(4×4, 3×3): a 3×3 convolution of a tile of 4×4 outputs in 36 multiplications
 * instead of 144 (A. Lavin & S. Gray, "Fast Algorithms for Convolutional Neural Networks", arXiv 1509.09308).
 *
 *     forward        V = Bᵀ h B      U = G w Gᵀ      M = U V     z = Aᵀ M A
 *     backward       D = A dz Aᵀ     dU += D Vᵀ      dw = Gᵀ dU G
 *                                    dV = Uᵀ D       dh += B dV Bᵀ
 *
 * The backward pass is the exact transpose of the forward pass. A tile of h is 6×6 pixels, 4 from its neighbours;
 * U, V, M, D have 6×6 = 36 frequencies, and for each of them U V, D Vᵀ, Uᵀ D are small matrix products over
 * channels × channels × tiles. Interpolation points 0, ±1, ±2, ∞:
 *
 *          ⎡ 4  0 -5  0  1  0 ⎤         ⎡  1/4    0     0  ⎤         ⎡ 1  1  1  1  1  0 ⎤
 *          ⎢ 0 -4 -4  1  1  0 ⎥         ⎢ -1/6  -1/6  -1/6 ⎥    Aᵀ = ⎢ 0  1 -1  2 -2  0 ⎥
 *     Bᵀ = ⎢ 0  4 -4 -1  1  0 ⎥     G = ⎢ -1/6   1/6  -1/6 ⎥         ⎢ 0  1  1  4  4  0 ⎥
 *          ⎢ 0 -2 -1  2  1  0 ⎥         ⎢  1/24  1/12  1/6 ⎥         ⎣ 0  1 -1  8 -8  1 ⎦
 *          ⎢ 0  2 -1 -2  1  0 ⎥         ⎢  1/24 -1/12  1/6 ⎥
 *          ⎣ 0  4  0 -5  0  1 ⎦         ⎣   0     0     1  ⎦
 *
 * Work goes strip by strip, two rows of tiles at a time, so that V, M and D (`[frequency][channel][tile]` vectors)
 * stay in the second-level cache.
 */
import { allocate } from "./memory"
import { get, set } from "./real"
import { filters, innerWidth, layers, row, tilesX, tilesY } from "./shape"

export const FREQUENCIES: i32 = 36
const STRIP_ROWS: i32 = 2

/** Rows of tiles in a strip. */
export let stripRows: i32 = 0
/** Bytes from a frequency to the next; not a power of two, or the 36 frequencies would share the same cache sets. */
export let frequencyStep: usize = 0
/** Bytes from a channel to the next. */
export let channelStep: usize = 0

export let V: usize = 0
export let M: usize = 0
export let D: usize = 0
/** Six rows of pixels, transformed in one direction. */
export let lines: usize = 0
export let lineStep: usize = 0
/** One row of the gradient, saved before the strip above adds to it. `[channel][x]` */
export let savedRow: usize = 0

/** U of all layers for the forward pass `[layer][frequency][in][out]`, and for the backward pass `[…][out][in]`. */
export let U: usize = 0
export let Uback: usize = 0

/** The numbers in Bᵀ and Aᵀ other than 1, in memory: a broadcast load costs less than a constant in a loop. */
export const FACTORS = memory.data<real>([4, -4, -5, 2, -2, 8], 16)
const G = memory.data<real>(
  [
    0.25, 0, 0,
    -1.0 / 6, -1.0 / 6, -1.0 / 6,
    -1.0 / 6, 1.0 / 6, -1.0 / 6,
    1.0 / 24, 1.0 / 12, 1.0 / 6,
    1.0 / 24, -1.0 / 12, 1.0 / 6,
    0, 0, 1
  ],
  16
)
const half = memory.data(18 * 8, 16)

export function allocateWinograd(): void {
  stripRows = min(STRIP_ROWS, tilesY)
  channelStep = <usize>(stripRows * tilesX) << 4
  frequencyStep = <usize>filters * channelStep + 64
  V = allocate(<usize>FREQUENCIES * frequencyStep)
  M = allocate(<usize>FREQUENCIES * frequencyStep)
  D = allocate(<usize>FREQUENCIES * frequencyStep)
  lineStep = row
  lines = allocate(6 * lineStep)
  savedRow = allocate(<usize>(filters * innerWidth) << 4)
  const weights = <usize>(layers * FREQUENCIES * filters * filters) * sizeof<real>()
  U = allocate(weights)
  Uback = allocate(weights)
}

/** Bytes of U from a frequency to the next, and from a layer to the next. */
export function weightStep(): usize {
  return <usize>(filters * filters) * sizeof<real>()
}

/** U = G w Gᵀ of one layer. w: [out][in][3][3]. */
export function transformWeights(w: usize, layer: i32): void {
  const F = filters
  for (let o = 0; o < F; o++)
    for (let i = 0; i < F; i++, w += 9 * sizeof<real>()) {
      for (let a = 0; a < 6; a++)
        for (let b = 0; b < 3; b++)
          set(half, a * 3 + b, get(G, a * 3) * get(w, b) + get(G, a * 3 + 1) * get(w, 3 + b) + get(G, a * 3 + 2) * get(w, 6 + b))
      for (let a = 0; a < 6; a++)
        for (let b = 0; b < 6; b++) {
          const u = get(G, b * 3) * get(half, a * 3) + get(G, b * 3 + 1) * get(half, a * 3 + 1) + get(G, b * 3 + 2) * get(half, a * 3 + 2)
          const f = (layer * FREQUENCIES + a * 6 + b) * F * F
          set(U, f + i * F + o, u)
          set(Uback, f + o * F + i, u)
        }
    }
}

/** dw = Gᵀ dU G for one pair of channels. dU: 36 numbers by frequency; dw: [3][3]. */
export function transformWeightGradient(dU: usize, dw: usize): void {
  for (let k = 0; k < 3; k++)
    for (let b = 0; b < 6; b++) {
      let sum: real = 0
      for (let a = 0; a < 6; a++) sum += get(G, a * 3 + k) * get(dU, a * 6 + b)
      set(half, k * 6 + b, sum)
    }
  for (let k = 0; k < 3; k++)
    for (let l = 0; l < 3; l++) {
      let sum: real = 0
      for (let b = 0; b < 6; b++) sum += get(G, b * 3 + l) * get(half, k * 6 + b)
      set(dw, k * 3 + l, sum)
    }
}
