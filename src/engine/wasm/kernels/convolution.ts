/**
 * Direct convolution: out[co] = base[co] + f(bias[co] + Σ_{ci,ky,kx} weights[ci][ky][kx][co] · in[ci][y+ky][x+kx]).
 *
 * Eight sums at a time stay in registers: one channel × 8 pixels of a row, 2 × 4, or 4 × 2. The data gradient is the
 * same with weights turned by 180° and input and output exchanged (parameters.ts).
 */
import { CURVE, FROZEN_BITS, LINEAR, RECTIFY, RECTIFY_MASKS, activate, slopeIndex } from "./activation"
import { add, madd, splat, REAL, VECTOR, SHIFT } from "./real"
import { RELU, activation, height, kernel, pixel, plane, row, width } from "./shape"

/**
 * Ends the sum of pixel `x` of a row: activation, the base if there is one, store. `base`, `out`: pixel 0; `i`: the
 * index of its slope. `x` is a constant, added last, so that it becomes part of the load and store instructions.
 */
// @ts-ignore: decorator
@inline
function finish(mode: i32, adds: bool, z: v128, base: usize, out: usize, slopes: usize, i: usize, x: usize): void {
  const a = activate(mode, z, slopes, i, x)
  v128.store(out + (x << SHIFT), adds ? add(v128.load(base + (x << SHIFT)), a) : a)
}

// @ts-ignore: decorator
@inline
function bias(mode: i32, biases: usize, channel: usize): v128 {
  return mode == LINEAR || mode >= FROZEN_BITS ? splat(0) : v128.load_splat<real>(biases + (channel << REAL))
}

/**
 * One channel, `count` (8, 4 or 1) pixels of a row. `source`: where the first pixel's window begins; `pitch`: bytes
 * from a tap's weights to the next tap's; `at`: offset of the first pixel in `base` and `out`; `i`: index of its slope.
 */
// @ts-ignore: decorator
@inline
function oneChannel(
  mode: i32, adds: bool, count: i32, source: usize, inputs: i32, weights: usize, pitch: usize, biases: usize,
  base: usize, out: usize, slopes: usize, at: usize, i: usize
): void {
  const b = bias(mode, biases, 0), K = kernel, down = row, channel = plane
  let a0 = b, a1 = b, a2 = b, a3 = b, a4 = b, a5 = b, a6 = b, a7 = b
  let w = weights
  let corner = source
  for (let ci = inputs; ci; ci--, corner += channel) {
    let line = corner
    for (let ky = K; ky; ky--, line += down) {
      let p = line
      for (let kx = K; kx; kx--, p += VECTOR, w += pitch) {
        const k = v128.load_splat<real>(w)
        a0 = madd(k, v128.load(p), a0)
        if (count > 1) {
          a1 = madd(k, v128.load(p, VECTOR), a1)
          a2 = madd(k, v128.load(p, 2 * VECTOR), a2)
          a3 = madd(k, v128.load(p, 3 * VECTOR), a3)
        }
        if (count > 4) {
          a4 = madd(k, v128.load(p, 4 * VECTOR), a4)
          a5 = madd(k, v128.load(p, 5 * VECTOR), a5)
          a6 = madd(k, v128.load(p, 6 * VECTOR), a6)
          a7 = madd(k, v128.load(p, 7 * VECTOR), a7)
        }
      }
    }
  }
  finish(mode, adds, a0, base + at, out + at, slopes, i, 0)
  if (count > 1) {
    finish(mode, adds, a1, base + at, out + at, slopes, i, 1)
    finish(mode, adds, a2, base + at, out + at, slopes, i, 2)
    finish(mode, adds, a3, base + at, out + at, slopes, i, 3)
  }
  if (count > 4) {
    finish(mode, adds, a4, base + at, out + at, slopes, i, 4)
    finish(mode, adds, a5, base + at, out + at, slopes, i, 5)
    finish(mode, adds, a6, base + at, out + at, slopes, i, 6)
    finish(mode, adds, a7, base + at, out + at, slopes, i, 7)
  }
}

/**
 * The same for a 3×3 kernel and a `count` of 8 or 4: each pixel is loaded once for the three taps of a row. `single`:
 * there is one channel of input, and no loop over them, which costs a tenth.
 */
// @ts-ignore: decorator
@inline
function oneChannel3(
  mode: i32, adds: bool, count: i32, single: bool, source: usize, inputs: i32, weights: usize, pitch: usize, biases: usize,
  base: usize, out: usize, slopes: usize, at: usize, i: usize
): void {
  const b = bias(mode, biases, 0), down = row, channel = plane
  let a0 = b, a1 = b, a2 = b, a3 = b, a4 = b, a5 = b, a6 = b, a7 = b
  let w = weights
  let corner = source
  let ci = inputs
  do {
    let p = corner
    for (let ky = 3; ky; ky--, p += down) {
      const k0 = v128.load_splat<real>(w), k1 = v128.load_splat<real>(w + pitch), k2 = v128.load_splat<real>(w + 2 * pitch)
      w += 3 * pitch
      let v = v128.load(p)
      a0 = madd(k0, v, a0)
      v = v128.load(p, VECTOR)
      a0 = madd(k1, v, a0)
      a1 = madd(k0, v, a1)
      v = v128.load(p, 2 * VECTOR)
      a0 = madd(k2, v, a0)
      a1 = madd(k1, v, a1)
      a2 = madd(k0, v, a2)
      v = v128.load(p, 3 * VECTOR)
      a1 = madd(k2, v, a1)
      a2 = madd(k1, v, a2)
      a3 = madd(k0, v, a3)
      if (count > 4) {
        v = v128.load(p, 4 * VECTOR)
        a2 = madd(k2, v, a2)
        a3 = madd(k1, v, a3)
        a4 = madd(k0, v, a4)
        v = v128.load(p, 5 * VECTOR)
        a3 = madd(k2, v, a3)
        a4 = madd(k1, v, a4)
        a5 = madd(k0, v, a5)
        v = v128.load(p, 6 * VECTOR)
        a4 = madd(k2, v, a4)
        a5 = madd(k1, v, a5)
        a6 = madd(k0, v, a6)
        v = v128.load(p, 7 * VECTOR)
        a5 = madd(k2, v, a5)
        a6 = madd(k1, v, a6)
        a7 = madd(k0, v, a7)
        v = v128.load(p, 8 * VECTOR)
        a6 = madd(k2, v, a6)
        a7 = madd(k1, v, a7)
        v = v128.load(p, 9 * VECTOR)
        a7 = madd(k2, v, a7)
      } else {
        v = v128.load(p, 4 * VECTOR)
        a2 = madd(k2, v, a2)
        a3 = madd(k1, v, a3)
        v = v128.load(p, 5 * VECTOR)
        a3 = madd(k2, v, a3)
      }
    }
    corner += channel
  } while (!single && --ci)
  finish(mode, adds, a0, base + at, out + at, slopes, i, 0)
  if (count > 1) {
    finish(mode, adds, a1, base + at, out + at, slopes, i, 1)
    finish(mode, adds, a2, base + at, out + at, slopes, i, 2)
    finish(mode, adds, a3, base + at, out + at, slopes, i, 3)
  }
  if (count > 4) {
    finish(mode, adds, a4, base + at, out + at, slopes, i, 4)
    finish(mode, adds, a5, base + at, out + at, slopes, i, 5)
    finish(mode, adds, a6, base + at, out + at, slopes, i, 6)
    finish(mode, adds, a7, base + at, out + at, slopes, i, 7)
  }
}

/** Two channels, `count` (4 or 1) pixels. */
// @ts-ignore: decorator
@inline
function twoChannels(
  mode: i32, adds: bool, count: i32, source: usize, inputs: i32, weights: usize, pitch: usize, biases: usize,
  base: usize, out: usize, slopes: usize, at: usize, i: usize
): void {
  const K = kernel, down = row, channel = plane
  const b0 = bias(mode, biases, 0), b1 = bias(mode, biases, 1)
  let a00 = b0, a01 = b0, a02 = b0, a03 = b0
  let a10 = b1, a11 = b1, a12 = b1, a13 = b1
  let w = weights
  let corner = source
  for (let ci = inputs; ci; ci--, corner += channel) {
    let line = corner
    for (let ky = K; ky; ky--, line += down) {
      let p = line
      for (let kx = K; kx; kx--, p += VECTOR, w += pitch) {
        const w0 = v128.load_splat<real>(w), w1 = v128.load_splat<real>(w, sizeof<real>())
        const p0 = v128.load(p)
        a00 = madd(w0, p0, a00)
        a10 = madd(w1, p0, a10)
        if (count > 1) {
          const p1 = v128.load(p, VECTOR), p2 = v128.load(p, 2 * VECTOR), p3 = v128.load(p, 3 * VECTOR)
          a01 = madd(w0, p1, a01)
          a11 = madd(w1, p1, a11)
          a02 = madd(w0, p2, a02)
          a12 = madd(w1, p2, a12)
          a03 = madd(w0, p3, a03)
          a13 = madd(w1, p3, a13)
        }
      }
    }
  }
  const next = at + plane, n = i + slopeIndex(1, 0, 0)
  finish(mode, adds, a00, base + at, out + at, slopes, i, 0)
  finish(mode, adds, a10, base + next, out + next, slopes, n, 0)
  if (count > 1) {
    finish(mode, adds, a01, base + at, out + at, slopes, i, 1)
    finish(mode, adds, a02, base + at, out + at, slopes, i, 2)
    finish(mode, adds, a03, base + at, out + at, slopes, i, 3)
    finish(mode, adds, a11, base + next, out + next, slopes, n, 1)
    finish(mode, adds, a12, base + next, out + next, slopes, n, 2)
    finish(mode, adds, a13, base + next, out + next, slopes, n, 3)
  }
}

/** Four channels, `count` (2 or 1) pixels. */
// @ts-ignore: decorator
@inline
function fourChannels(
  mode: i32, adds: bool, count: i32, source: usize, inputs: i32, weights: usize, pitch: usize, biases: usize,
  base: usize, out: usize, slopes: usize, at: usize, i: usize
): void {
  const K = kernel, down = row, channel = plane
  let a00 = bias(mode, biases, 0), a10 = bias(mode, biases, 1), a20 = bias(mode, biases, 2), a30 = bias(mode, biases, 3)
  let a01 = a00, a11 = a10, a21 = a20, a31 = a30
  let w = weights
  let corner = source
  for (let ci = inputs; ci; ci--, corner += channel) {
    let line = corner
    for (let ky = K; ky; ky--, line += down) {
      let p = line
      for (let kx = K; kx; kx--, p += VECTOR, w += pitch) {
        const p0 = v128.load(p), p1 = count > 1 ? v128.load(p, VECTOR) : p0
        const w0 = v128.load_splat<real>(w)
        a00 = madd(w0, p0, a00)
        if (count > 1) a01 = madd(w0, p1, a01)
        const w1 = v128.load_splat<real>(w, sizeof<real>())
        a10 = madd(w1, p0, a10)
        if (count > 1) a11 = madd(w1, p1, a11)
        const w2 = v128.load_splat<real>(w, 2 * sizeof<real>())
        a20 = madd(w2, p0, a20)
        if (count > 1) a21 = madd(w2, p1, a21)
        const w3 = v128.load_splat<real>(w, 3 * sizeof<real>())
        a30 = madd(w3, p0, a30)
        if (count > 1) a31 = madd(w3, p1, a31)
      }
    }
  }
  const next = slopeIndex(1, 0, 0)
  finish(mode, adds, a00, base + at, out + at, slopes, i, 0)
  finish(mode, adds, a10, base + at + plane, out + at + plane, slopes, i + next, 0)
  finish(mode, adds, a20, base + at + 2 * plane, out + at + 2 * plane, slopes, i + 2 * next, 0)
  finish(mode, adds, a30, base + at + 3 * plane, out + at + 3 * plane, slopes, i + 3 * next, 0)
  if (count > 1) {
    finish(mode, adds, a01, base + at, out + at, slopes, i, 1)
    finish(mode, adds, a11, base + at + plane, out + at + plane, slopes, i + next, 1)
    finish(mode, adds, a21, base + at + 2 * plane, out + at + 2 * plane, slopes, i + 2 * next, 1)
    finish(mode, adds, a31, base + at + 3 * plane, out + at + 3 * plane, slopes, i + 3 * next, 1)
  }
}

/** One channel to one, kernel 3: networks of one filter spend most of their time here. */
// @ts-ignore: decorator
@inline
function planeToPlane3(
  mode: i32, adds: bool, input: usize, weights: usize, biases: usize, base: usize, out: usize, slopes: usize
): void {
  const pitch = sizeof<real>()
  for (let y = 0; y < height; y++) {
    let p = input + <usize>y * row, at = pixel(y, 0), i = slopeIndex(0, y, 0), x = width
    for (; x >= 8; x -= 8, p += 8 * VECTOR, at += 8 * VECTOR, i += 8)
      oneChannel3(mode, adds, 8, true, p, 1, weights, pitch, biases, base, out, slopes, at, i)
    for (; x >= 4; x -= 4, p += 4 * VECTOR, at += 4 * VECTOR, i += 4)
      oneChannel3(mode, adds, 4, true, p, 1, weights, pitch, biases, base, out, slopes, at, i)
    for (; x; x--, p += VECTOR, at += VECTOR, i++)
      oneChannel(mode, adds, 1, p, 1, weights, pitch, biases, base, out, slopes, at, i)
  }
}

// @ts-ignore: decorator
@inline
export function convolve(
  mode: i32, adds: bool, input: usize, inputs: i32, weights: usize, outputs: i32, biases: usize,
  base: usize, out: usize, slopes: usize
): void {
  const W = width, pitch = <usize>outputs << REAL
  if (kernel == 3 && inputs == 1 && outputs == 1) return planeToPlane3(mode, adds, input, weights, biases, base, out, slopes)
  let co = 0
  for (; co + 4 <= outputs; co += 4, weights += 4 * sizeof<real>(), biases += 4 * sizeof<real>())
    for (let y = 0; y < height; y++) {
      let p = input + <usize>y * row, at = <usize>co * plane + pixel(y, 0), i = slopeIndex(co, y, 0), x = W
      for (; x >= 2; x -= 2, p += 2 * VECTOR, at += 2 * VECTOR, i += 2)
        fourChannels(mode, adds, 2, p, inputs, weights, pitch, biases, base, out, slopes, at, i)
      if (x) fourChannels(mode, adds, 1, p, inputs, weights, pitch, biases, base, out, slopes, at, i)
    }
  for (; co + 2 <= outputs; co += 2, weights += 2 * sizeof<real>(), biases += 2 * sizeof<real>())
    for (let y = 0; y < height; y++) {
      let p = input + <usize>y * row, at = <usize>co * plane + pixel(y, 0), i = slopeIndex(co, y, 0), x = W
      for (; x >= 4; x -= 4, p += 4 * VECTOR, at += 4 * VECTOR, i += 4)
        twoChannels(mode, adds, 4, p, inputs, weights, pitch, biases, base, out, slopes, at, i)
      for (; x; x--, p += VECTOR, at += VECTOR, i++)
        twoChannels(mode, adds, 1, p, inputs, weights, pitch, biases, base, out, slopes, at, i)
    }
  if (co == outputs) return
  for (let y = 0; y < height; y++) {
    let p = input + <usize>y * row, at = <usize>co * plane + pixel(y, 0), i = slopeIndex(co, y, 0), x = W
    if (kernel == 3) {
      for (; x >= 8; x -= 8, p += 8 * VECTOR, at += 8 * VECTOR, i += 8)
        oneChannel3(mode, adds, 8, false, p, inputs, weights, pitch, biases, base, out, slopes, at, i)
      for (; x >= 4; x -= 4, p += 4 * VECTOR, at += 4 * VECTOR, i += 4)
        oneChannel3(mode, adds, 4, false, p, inputs, weights, pitch, biases, base, out, slopes, at, i)
    }
    for (; x >= 8; x -= 8, p += 8 * VECTOR, at += 8 * VECTOR, i += 8)
      oneChannel(mode, adds, 8, p, inputs, weights, pitch, biases, base, out, slopes, at, i)
    for (; x >= 4; x -= 4, p += 4 * VECTOR, at += 4 * VECTOR, i += 4)
      oneChannel(mode, adds, 4, p, inputs, weights, pitch, biases, base, out, slopes, at, i)
    for (; x; x--, p += VECTOR, at += VECTOR, i++)
      oneChannel(mode, adds, 1, p, inputs, weights, pitch, biases, base, out, slopes, at, i)
  }
}

// One function for each ending, so that none is decided inside a loop.

export function stemKeep(input: usize, inputs: i32, weights: usize, outputs: i32, biases: usize, out: usize, slopes: usize): void {
  convolve(RECTIFY_MASKS, false, input, inputs, weights, outputs, biases, 0, out, slopes)
}
export function stemRectify(input: usize, inputs: i32, weights: usize, outputs: i32, biases: usize, out: usize): void {
  convolve(RECTIFY, false, input, inputs, weights, outputs, biases, 0, out, 0)
}
export function stemCurve(input: usize, inputs: i32, weights: usize, outputs: i32, biases: usize, out: usize, slopes: usize): void {
  convolve(CURVE, false, input, inputs, weights, outputs, biases, 0, out, slopes)
}
export function layerKeep(
  input: usize, inputs: i32, weights: usize, outputs: i32, biases: usize, base: usize, out: usize, slopes: usize
): void {
  convolve(RECTIFY_MASKS, true, input, inputs, weights, outputs, biases, base, out, slopes)
}
export function layerRectify(
  input: usize, inputs: i32, weights: usize, outputs: i32, biases: usize, base: usize, out: usize
): void {
  convolve(RECTIFY, true, input, inputs, weights, outputs, biases, base, out, 0)
}
export function layerCurve(
  input: usize, inputs: i32, weights: usize, outputs: i32, biases: usize, base: usize, out: usize, slopes: usize
): void {
  convolve(CURVE, true, input, inputs, weights, outputs, biases, base, out, slopes)
}

export function linear(input: usize, inputs: i32, weights: usize, outputs: i32, out: usize): void {
  convolve(LINEAR, false, input, inputs, weights, outputs, 0, 0, out, 0)
}
export function addLinear(input: usize, inputs: i32, weights: usize, outputs: i32, base: usize, out: usize): void {
  convolve(LINEAR, true, input, inputs, weights, outputs, 0, base, out, 0)
}

/** The first convolution of a sum (base = 0) or one more; `slopes` = 0 keeps none. */
export function forward(
  input: usize, inputs: i32, weights: usize, outputs: i32, biases: usize, base: usize, out: usize, slopes: usize
): void {
  if (activation != RELU) {
    if (base) layerCurve(input, inputs, weights, outputs, biases, base, out, slopes)
    else stemCurve(input, inputs, weights, outputs, biases, out, slopes)
  } else if (slopes) {
    if (base) layerKeep(input, inputs, weights, outputs, biases, base, out, slopes)
    else stemKeep(input, inputs, weights, outputs, biases, out, slopes)
  } else if (base) layerRectify(input, inputs, weights, outputs, biases, base, out)
  else stemRectify(input, inputs, weights, outputs, biases, out)
}

/** out = [base +] weights * input, without activation. */
export function dataGradient(input: usize, inputs: i32, weights: usize, outputs: i32, base: usize, out: usize): void {
  if (base) addLinear(input, inputs, weights, outputs, base, out)
  else linear(input, inputs, weights, outputs, out)
}
