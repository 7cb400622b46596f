/**
 * Activations, and their slopes: what the backward pass needs of the forward pass.
 *
 * Slopes are kept per vector at index i = (channel · innerHeight + y) · innerWidth + x. For ReLU they say in which
 * lanes nothing passes: as a byte whose bits are lanes where the layers are large and memory counts (Winograd), as a
 * vector of masks, which is faster, where they are small. For other activations they are a vector of derivatives.
 * Pixels beyond the image have slope 0 for good.
 */
import { sigmoid, tanh } from "./exp"
import { mul, splat, sub, LANES } from "./real"
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
  return <usize>(filters * innerHeight * innerWidth) << 4
}
export function slopeBytes(): usize {
  return activation == RELU && winograd ? stemSlopeBytes() >> 4 : stemSlopeBytes()
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
  if (mode == FROZEN_BITS) return timesSlope(RECTIFY_BITS, z, slopes, i, x, v128.load(LANE_BITS))
  if (mode == FROZEN_MASKS) return timesSlope(RECTIFY_MASKS, z, slopes, i, x, z)
  if (mode == FROZEN_CURVE) return timesSlope(CURVE, z, slopes, i, x, z)
  if (mode == CURVE) return curve(z, slopes ? slopes + (i << 4) + (x << 4) : 0)
  const closed = v128.le<real>(z, splat(0))
  if (mode == RECTIFY_BITS) store<u8>(slopes + i + x, <u8>v128.bitmask<integer>(closed))
  if (mode == RECTIFY_MASKS) v128.store(slopes + (i << 4) + (x << 4), closed)
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

/** Bit l in lane l. */
export const LANE_BITS = memory.data(16, 16)

export function initializeLaneBits(): void {
  for (let l = 0; l < LANES; l++) store<integer>(LANE_BITS + <usize>l * sizeof<integer>(), <integer>1 << l)
}

/** g times the slope at index i + x, of the kind that `mode` keeps. `bits`: LANE_BITS, loaded. */
// @ts-ignore: decorator
@inline
export function timesSlope(mode: i32, g: v128, slopes: usize, i: usize, x: usize, bits: v128): v128 {
  if (mode == CURVE) return mul(g, v128.load(slopes + (i << 4) + (x << 4)))
  if (mode == RECTIFY_MASKS) return v128.andnot(g, v128.load(slopes + (i << 4) + (x << 4)))
  const byte = v128.splat<integer>(<integer>load<u8>(slopes + i + x))
  return v128.andnot(g, v128.eq<integer>(v128.and(byte, bits), bits))
}
