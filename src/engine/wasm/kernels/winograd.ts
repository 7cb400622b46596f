/**
 * Winograd's minimal filtering: a convolution of a tile of 4×4 outputs with far fewer multiplications
 * (A. Lavin & S. Gray, "Fast Algorithms for Convolutional Neural Networks", arXiv 1509.09308).
 *
 *     forward        V = Bᵀ h B      U = G w Gᵀ      M = U V     z = Aᵀ M A
 *     backward       D = A dz Aᵀ     dU += D Vᵀ      dw = Gᵀ dU G
 *                                    dV = Uᵀ D       dh += B dV Bᵀ
 *
 * The backward pass is the exact transpose of the forward pass. With p points of interpolation a tile of h has p × p
 * pixels, 4 rows and columns of them its own, and U, V, M, D have p × p frequencies; for each of them U V, D Vᵀ, Uᵀ D
 * are small matrix products over channels × channels × tiles.
 *
 *     kernel 3   points 0, ±1, ±2, ∞        F(4×4, 3×3)   36 multiplications a tile instead of 144
 *     kernel 5   points 0, ±1, ±2, ±½, ∞    F(4×4, 5×5)   64 instead of 400
 *     kernel 7   points 0, ±1, ±2, ½, ∞     F(4×4, 4×4)   4 · 49 instead of 784
 *
 * F(4×4, 7×7) would lose too many digits, so kernel 7 is cut into 2×2 parts of 4×4 taps (the last ones zero). Part
 * (a, b) meets h shifted by 4 a rows and 4 b columns, which is the tile next to it: V is made once for all four parts.
 *
 * Row j of G is a_j^k / N_j, N_j = Π (a_j − a_l) over the other finite points l; row j of Bᵀ has the coefficients of
 * the polynomial Π (x − a_l); column j of Aᵀ is a_j^i; ∞ takes the highest coefficient. For points 0, ±1, ±2, ∞:
 *
 *          ⎡ 4  0 -5  0  1  0 ⎤         ⎡  1/4    0     0  ⎤         ⎡ 1  1  1  1  1  0 ⎤
 *          ⎢ 0 -4 -4  1  1  0 ⎥         ⎢ -1/6  -1/6  -1/6 ⎥    Aᵀ = ⎢ 0  1 -1  2 -2  0 ⎥
 *     Bᵀ = ⎢ 0  4 -4 -1  1  0 ⎥     G = ⎢ -1/6   1/6  -1/6 ⎥         ⎢ 0  1  1  4  4  0 ⎥
 *          ⎢ 0 -2 -1  2  1  0 ⎥         ⎢  1/24  1/12  1/6 ⎥         ⎣ 0  1 -1  8 -8  1 ⎦
 *          ⎢ 0  2 -1 -2  1  0 ⎥         ⎢  1/24 -1/12  1/6 ⎥
 *          ⎣ 0  4  0 -5  0  1 ⎦         ⎣   0     0     1  ⎦
 *
 * A further point c multiplies the polynomials of the others by (x − c), so their rows apply to d_{k+1} − c d_k in
 * place of d_k (a pair ±c: d_{k+2} − c² d_k); that is how the larger transforms are made of the smallest one.
 *
 * Work goes strip by strip, as many rows of tiles as let V, M and D (`[frequency][channel][tile]` vectors) stay in the
 * second-level cache, but at least two: sums over few tiles are slow.
 */
import { allocate } from "./memory"
import { add, get, mul, set, splat, ALL_LANES, REAL, SHIFT, VECTOR } from "./real"
import { filters, gridX, innerWidth, kernel, layers, points, row, splits, tilesY } from "./shape"

/** Bytes of V in a strip. */
const STRIP_BYTES: i32 = 160 << 10

/** points² */
export let frequencies: i32 = 0
/** Rows of output tiles in a strip; its input has splits - 1 more. */
export let stripRows: i32 = 0
/** The same of the forward pass where nothing is summed over tiles: natively. */
export let forwardRows: i32 = 0
/** Bytes from a frequency to the next; not a power of two, or the frequencies would share the same cache sets. */
export let frequencyStep: usize = 0
/** Bytes from a channel to the next: an odd multiple of 32, or channels would share the same banks of the cache. */
export let channelStep: usize = 0

/** Bytes of dU of a layer for one block of examples. */
export let sumStep: usize = 0

/** Of the current strip; D also holds a column of zero tiles at the right where the kernel is split. */
export let V: usize = 0
export let M: usize = 0
export let D: usize = 0
/** Rows of pixels, transformed in one direction. */
export let lines: usize = 0
/** Rows of the gradient that the strip above adds to, saved before: as many as `savedRows`. `[channel][y][x]` */
export let saved: usize = 0
export let savedRows: i32 = 0

/**
 * U of all layers for the forward pass `[layer][part][frequency][in][out]`, and for the backward pass
 * `[…][out][in]`.
 */
export let U: usize = 0
export let Uback: usize = 0

/** The numbers that the transforms multiply by, in memory: a broadcast load costs less than a constant in a loop. */
export const FACTORS = memory.data<real>([4, -4, -5, 2, -2, 8, 0.5, -0.5, 0.25, -0.25, 0.125], 16)

// @ts-ignore: decorator
@inline
export function factor(i: i32): v128 {
  return v128.load_splat<real>(FACTORS + (<usize>i << REAL))
}

/** As `half` below, and after it one tap, of as many pairs of channels as a vector has lanes. */
let halves: usize = 0

/** Finite points of interpolation by number of points. */
const SIX = memory.data<f64>([0, 1, -1, 2, -2], 16)
const SEVEN = memory.data<f64>([0, 1, -1, 2, -2, 0.5], 16)
const EIGHT = memory.data<f64>([0, 1, -1, 2, -2, 0.5, -0.5], 16)
/** `[points][taps]`, taps = points - 3. */
const G = memory.data(8 * 5 * 8, 16)
const half = memory.data(8 * 5 * 8, 16)

export function allocateWinograd(): void {
  frequencies = points * points
  stripRows = min(max(STRIP_BYTES / (16 * frequencies * filters * gridX), 2), tilesY)
  if (NATIVE) halves = allocate(<usize>(points * (points - 3) + 1) << SHIFT)
  if (NATIVE) forwardRows = min(max(STRIP_BYTES / (16 * BLOCKS * frequencies * filters * gridX), 1), stripRows)
  const unit = max(VECTOR, 32)
  channelStep = (((<usize>((stripRows + splits - 1) * gridX) << SHIFT) + unit - 1) & ~(unit - 1)) | unit
  frequencyStep = <usize>filters * channelStep + 64
  const bytes = <usize>frequencies * frequencyStep
  // One tile more: the last part of a split kernel reads one tile past the grid, times zero.
  V = allocate(bytes + 64)
  M = allocate(bytes + 64)
  D = allocate(bytes + 64)
  lines = allocate(<usize>points * row)
  savedRows = points - 4 - (kernel - 1) / 2 + 4 * (splits - 1)
  saved = allocate(<usize>(filters * savedRows * innerWidth) << SHIFT)
  const weights = <usize>layers * layerStep()
  sumStep = (layerStep() + 15) & ~15
  U = allocate(weights)
  Uback = allocate(weights)
  makeG()
}

function makeG(): void {
  const finite = points - 1, taps = points - 3
  const at = points == 6 ? SIX : points == 7 ? SEVEN : EIGHT
  for (let j = 0; j < finite; j++) {
    const a = load<f64>(at + (<usize>j << 3))
    let divisor: f64 = 1
    for (let l = 0; l < finite; l++) if (l != j) divisor *= a - load<f64>(at + (<usize>l << 3))
    let power: f64 = 1
    for (let k = 0; k < taps; k++, power *= a) set(G, j * taps + k, <real>(power / divisor))
  }
  for (let k = 0; k < taps; k++) set(G, finite * taps + k, k == taps - 1 ? 1 : 0)
}

/** Bytes of U from a frequency to the next, and from a layer to the next. */
export function weightStep(): usize {
  return <usize>(filters * filters) * sizeof<real>()
}
export function layerStep(): usize {
  return <usize>(splits * splits * frequencies) * weightStep()
}

/** Tap (y, x) of part (a, b) of a kernel; those beyond it are 0. */
function tap(w: usize, a: i32, b: i32, y: i32, x: i32): real {
  const ky = 4 * a + y, kx = 4 * b + x
  return ky < kernel && kx < kernel ? get(w, ky * kernel + kx) : 0
}

/** U = G w Gᵀ of one layer. w: [out][in][K][K]. */
export function transformWeights(w: usize, layer: i32): void {
  const F = filters, T = points, taps = points - 3
  for (let o = 0; o < F; o++)
    for (let i = 0; i < F; i++, w += <usize>(kernel * kernel) * sizeof<real>())
      for (let part = 0; part < splits * splits; part++) {
        const a = part / splits, b = part % splits
        for (let j = 0; j < T; j++)
          for (let x = 0; x < taps; x++) {
            let sum: real = 0
            for (let y = 0; y < taps; y++) sum += get(G, j * taps + y) * tap(w, a, b, y, x)
            set(half, j * taps + x, sum)
          }
        for (let j = 0; j < T; j++)
          for (let k = 0; k < T; k++) {
            let sum: real = 0
            for (let x = 0; x < taps; x++) sum += get(G, k * taps + x) * get(half, j * taps + x)
            const f = ((layer * splits * splits + part) * frequencies + j * T + k) * F * F
            set(U, f + i * F + o, sum)
            set(Uback, f + o * F + i, sum)
          }
      }
}

/** dw = Gᵀ dU G for one pair of channels and one part. dU: numbers by frequency; dw: [K][K]. */
export function transformWeightGradient(dU: usize, part: i32, dw: usize): void {
  const T = points, taps = points - 3, a = part / splits, b = part % splits
  for (let y = 0; y < taps; y++)
    for (let k = 0; k < T; k++) {
      let sum: real = 0
      for (let j = 0; j < T; j++) sum += get(G, j * taps + y) * get(dU, j * T + k)
      set(half, y * T + k, sum)
    }
  for (let y = 0; y < taps; y++)
    for (let x = 0; x < taps; x++) {
      const ky = 4 * a + y, kx = 4 * b + x
      if (ky >= kernel || kx >= kernel) continue
      let sum: real = 0
      for (let k = 0; k < T; k++) sum += get(G, k * taps + x) * get(half, y * T + k)
      set(dw, ky * kernel + kx, sum)
    }
}

/**
 * The same for all pairs of channels, as many at once as a vector has lanes: natively. sums: numbers
 * `[part][frequency][pair]`; dw: [pair][K][K].
 */
export function transformWeightGradients(sums: usize, part: i32, dw: usize): void {
  const T = points, taps = points - 3, a = part / splits, b = part % splits, pairs = filters * filters, size = kernel * kernel
  const oneTap = halves + (<usize>(T * taps) << SHIFT)
  const dU = sums + <usize>part * <usize>frequencies * weightStep()
  for (let pair = 0; pair < pairs; pair += ALL_LANES) {
    for (let y = 0; y < taps; y++)
      for (let k = 0; k < T; k++) {
        let sum = splat(0), p = dU + (<usize>(k * pairs + pair) << REAL)
        for (let j = 0; j < T; j++, p += <usize>T * weightStep()) sum = add(sum, mul(splat(get(G, j * taps + y)), v128.load(p)))
        v128.store(halves + (<usize>(y * T + k) << SHIFT), sum)
      }
    const rest = min(ALL_LANES, pairs - pair)
    for (let y = 0; y < taps; y++)
      for (let x = 0; x < taps; x++) {
        const ky = 4 * a + y, kx = 4 * b + x
        if (ky >= kernel || kx >= kernel) continue
        let sum = splat(0)
        for (let k = 0; k < T; k++) sum = add(sum, mul(splat(get(G, k * taps + x)), v128.load(halves + (<usize>(y * T + k) << SHIFT))))
        v128.store(oneTap, sum)
        for (let l = 0; l < rest; l++) set(dw, (pair + l) * size + ky * kernel + kx, get(oneTap, l))
      }
  }
}
