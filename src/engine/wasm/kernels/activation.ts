/**
 * Activations, and their slopes: what the backward pass needs of the forward pass.
 *
 * Slopes are kept per vector at index i = (channel · innerHeight + y) · innerWidth + x. For ReLU they say in which
 * lanes nothing passes: as four bits where the layers are large and memory counts (Winograd), those of four pixels in
 * a word of 16, as a vector of masks where they are small. For other activations they are a vector of derivatives.
 * Pixels beyond the image have slope 0 for good.
 */
import { sigmoid, tanh } from "./exp"
import { mul, splat, sub, LANES, SHIFT } from "./real"
import { RELU, SIGMOID, TANH, activation, filters, innerHeight, innerWidth, winograd } from "./shape"

/** What a convolution does with its sum; a constant wherever it is passed. */
export const LINEAR: i32 = 0 // nothing
export const RECTIFY: i32 = 1 // ReLU
export const RECTIFY_BITS: i32 = 2 // ReLU, slopes kept as bits
export const RECTIFY_MASKS: i32 = 3 // ReLU, slopes kept as masks
export const CURVE: i32 = 4 // any other activation, slopes kept if there is a place for them
// The same linearized: the slopes that were kept are applied.
export const FROZEN_BITS: i32 = 5
export const FROZEN_MASKS: i32 = 6
export const FROZEN_CURVE: i32 = 7

/** Bytes of the slopes of the stem, and of a layer. */
export function stemSlopeBytes(): usize {
  return <usize>(filters * innerHeight * innerWidth) << SHIFT
}
export function slopeBytes(): usize {
  return activation == RELU && winograd ? stemSlopeBytes() >> 5 : stemSlopeBytes()
}

/** Nothing passes where no image is. */
export function clearSlopes(slopes: usize, bytes: usize): void {
  memory.fill(slopes, activation == RELU ? 0xff : 0, bytes)
}

// @ts-ignore: decorator
@inline
export function slopeIndex(channel: i32, y: i32, x: i32): usize {
  return <usize>((channel * innerHeight + y) * innerWidth + x)
}

/** The activation of z, its slope kept at index i + x; x is a constant. NaN stays NaN. */
// @ts-ignore: decorator
@inline
export function activate(mode: i32, z: v128, slopes: usize, i: usize, x: usize): v128 {
  if (mode == LINEAR) return z
  if (mode == FROZEN_MASKS) return timesSlope(RECTIFY_MASKS, z, slopes, i, x)
  if (mode == FROZEN_CURVE) return timesSlope(CURVE, z, slopes, i, x)
  if (mode == CURVE) return curve(z, slopes ? slopes + (i << SHIFT) + (x << SHIFT) : 0)
  const closed = v128.le<real>(z, splat(0))
  if (mode == RECTIFY_MASKS) v128.store(slopes + (i << SHIFT) + (x << SHIFT), closed)
  return v128.andnot(z, closed)
}

/** tanh, sigmoid or identity of z; its derivative goes to `slope` unless that is 0. */
export function curve(z: v128, slope: usize): v128 {
  let a = z
  let derivative = splat(1)
  if (activation == TANH) {
    a = tanh(z)
    derivative = sub(splat(1), mul(a, a))
  } else if (activation == SIGMOID) {
    a = sigmoid(z)
    derivative = mul(a, sub(splat(1), a))
  }
  if (slope) v128.store(slope, derivative)
  return a
}

/** g times the slope at index i + x, of the kind that `mode` keeps: masks or derivatives. */
// @ts-ignore: decorator
@inline
export function timesSlope(mode: i32, g: v128, slopes: usize, i: usize, x: usize): v128 {
  const slope = v128.load(slopes + (i << SHIFT) + (x << SHIFT))
  return mode == CURVE ? mul(g, slope) : v128.andnot(g, slope)
}

/** Keeps the masks of four pixels from index i, a multiple of 4, as bits. */
// @ts-ignore: decorator
@inline
export function keepBits(slopes: usize, i: usize, a: v128, b: v128, c: v128, d: v128): void {
  const bytes = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d))
  store<u16>(slopes + (i >> 1), <u16>i8x16.bitmask(bytes))
}

/** The bits of four pixels from index i, a multiple of 4, for `withoutClosed`. */
// @ts-ignore: decorator
@inline
export function loadBits(slopes: usize, i: usize): v128 {
  return v128.load16_splat(slopes + (i >> 1))
}

/** `[pixel of four]` vectors: the bits that say that a lane is closed. */
const CLOSED = memory.data(4 * 16 * BLOCKS, 16)

export function initializeBits(): void {
  for (let x = 0; x < 4; x++)
    for (let l = 0; l < LANES * BLOCKS; l++)
      store<integer>(CLOSED + (<usize>x << SHIFT) + <usize>l * sizeof<integer>(), <integer>1 << <integer>(4 * x + (l % LANES) * (4 / LANES)))
}

/** The bits of pixel x = 0 … 3. */
// @ts-ignore: decorator
@inline
export function closedBits(x: usize): v128 {
  return v128.load(CLOSED + (x << SHIFT))
}

/** g where its unit passes. `closed`: the bits of this pixel among those of four. */
// @ts-ignore: decorator
@inline
export function withoutClosed(g: v128, bits: v128, closed: v128): v128 {
  return v128.andnot(g, v128.eq<integer>(v128.and(bits, closed), closed))
}
