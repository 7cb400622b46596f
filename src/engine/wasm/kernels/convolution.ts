/**
 * Direct convolution: out[co] = base[co] + f(bias[co] + Σ_{ci,ky,kx} weights[ci][ky][kx][co] · in[ci][y+ky][x+kx]).
 *
 * Eight sums at a time stay in registers: one channel × 8 pixels of a row, 2 × 4, or 4 × 2. The data gradient is the
 * same with weights turned by 180° and input and output exchanged (parameters.ts).
 */
import { CURVE, LINEAR, RECTIFY, RECTIFY_KEEP, activate, slopeIndex } from "./activation"
import { add, madd, splat, REAL, VECTOR } from "./real"
import { RELU, activation, height, kernel, pixel, plane, reach, row, width } from "./shape"

/** Ends one sum: activation, the base if there is one, store. `at`: offset of the pixel, `i`: index of its slope. */
// @ts-ignore: decorator
@inline
function finish(mode: i32, adds: bool, z: v128, base: usize, out: usize, at: usize, slopes: usize, i: usize): void {
  const a = activate(mode, z, slopes, i)
  v128.store(out + at, adds ? add(v128.load(base + at), a) : a)
}

// @ts-ignore: decorator
@inline
function bias(biases: usize, channel: i32): v128 {
  return biases ? v128.load_splat<real>(biases + (<usize>channel << REAL)) : splat(0)
}

/** One channel, `count` (8, 4 or 1) pixels from (y, x). */
// @ts-ignore: decorator
@inline
function oneChannel(
  mode: i32, adds: bool, count: i32, input: usize, inputs: i32, weights: usize, outputs: i32, biases: usize,
  base: usize, out: usize, slopes: usize, co: i32, y: i32, x: i32
): void {
  const b = bias(biases, co), pitch = <usize>outputs << REAL, K = kernel, down = row, channel = plane
  let a0 = b, a1 = b, a2 = b, a3 = b, a4 = b, a5 = b, a6 = b, a7 = b
  let w = weights + (<usize>co << REAL)
  let corner = input + pixel(y - reach, x - reach)
  for (let ci = inputs; ci; ci--, corner += channel) {
    let line = corner
    for (let ky = K; ky; ky--, line += down) {
      let p = line
      for (let kx = K; kx; kx--, p += VECTOR, w += pitch) {
        const k = v128.load_splat<real>(w)
        a0 = madd(k, v128.load(p), a0)
        if (count > 1) {
          a1 = madd(k, v128.load(p, 16), a1)
          a2 = madd(k, v128.load(p, 32), a2)
          a3 = madd(k, v128.load(p, 48), a3)
        }
        if (count > 4) {
          a4 = madd(k, v128.load(p, 64), a4)
          a5 = madd(k, v128.load(p, 80), a5)
          a6 = madd(k, v128.load(p, 96), a6)
          a7 = madd(k, v128.load(p, 112), a7)
        }
      }
    }
  }
  const at = <usize>co * plane + pixel(y, x), i = slopeIndex(co, y, x)
  finish(mode, adds, a0, base, out, at, slopes, i)
  if (count > 1) {
    finish(mode, adds, a1, base, out, at + 16, slopes, i + 1)
    finish(mode, adds, a2, base, out, at + 32, slopes, i + 2)
    finish(mode, adds, a3, base, out, at + 48, slopes, i + 3)
  }
  if (count > 4) {
    finish(mode, adds, a4, base, out, at + 64, slopes, i + 4)
    finish(mode, adds, a5, base, out, at + 80, slopes, i + 5)
    finish(mode, adds, a6, base, out, at + 96, slopes, i + 6)
    finish(mode, adds, a7, base, out, at + 112, slopes, i + 7)
  }
}

/** The same for a 3×3 kernel, where every pixel loaded serves the three taps of a row. */
// @ts-ignore: decorator
@inline
function oneChannel3(
  mode: i32, adds: bool, count: i32, input: usize, inputs: i32, weights: usize, outputs: i32, biases: usize,
  base: usize, out: usize, slopes: usize, co: i32, y: i32, x: i32
): void {
  const b = bias(biases, co), pitch = <usize>outputs << REAL, down = row, channel = plane
  let a0 = b, a1 = b, a2 = b, a3 = b, a4 = b, a5 = b, a6 = b, a7 = b
  let w = weights + (<usize>co << REAL)
  let corner = input + pixel(y - reach, x - reach)
  for (let ci = inputs; ci; ci--, corner += channel) {
    let p = corner
    for (let ky = 3; ky; ky--, p += down) {
      const k0 = v128.load_splat<real>(w), k1 = v128.load_splat<real>(w + pitch), k2 = v128.load_splat<real>(w + 2 * pitch)
      w += 3 * pitch
      const p0 = v128.load(p), p1 = v128.load(p, 16), p2 = v128.load(p, 32)
      a0 = madd(k2, p2, madd(k1, p1, madd(k0, p0, a0)))
      if (count > 1) {
        const p3 = v128.load(p, 48), p4 = v128.load(p, 64), p5 = v128.load(p, 80)
        a1 = madd(k2, p3, madd(k1, p2, madd(k0, p1, a1)))
        a2 = madd(k2, p4, madd(k1, p3, madd(k0, p2, a2)))
        a3 = madd(k2, p5, madd(k1, p4, madd(k0, p3, a3)))
        if (count > 4) {
          const p6 = v128.load(p, 96), p7 = v128.load(p, 112), p8 = v128.load(p, 128), p9 = v128.load(p, 144)
          a4 = madd(k2, p6, madd(k1, p5, madd(k0, p4, a4)))
          a5 = madd(k2, p7, madd(k1, p6, madd(k0, p5, a5)))
          a6 = madd(k2, p8, madd(k1, p7, madd(k0, p6, a6)))
          a7 = madd(k2, p9, madd(k1, p8, madd(k0, p7, a7)))
        }
      }
    }
  }
  const at = <usize>co * plane + pixel(y, x), i = slopeIndex(co, y, x)
  finish(mode, adds, a0, base, out, at, slopes, i)
  if (count > 1) {
    finish(mode, adds, a1, base, out, at + 16, slopes, i + 1)
    finish(mode, adds, a2, base, out, at + 32, slopes, i + 2)
    finish(mode, adds, a3, base, out, at + 48, slopes, i + 3)
  }
  if (count > 4) {
    finish(mode, adds, a4, base, out, at + 64, slopes, i + 4)
    finish(mode, adds, a5, base, out, at + 80, slopes, i + 5)
    finish(mode, adds, a6, base, out, at + 96, slopes, i + 6)
    finish(mode, adds, a7, base, out, at + 112, slopes, i + 7)
  }
}

/** Two channels, `count` (4 or 1) pixels. */
// @ts-ignore: decorator
@inline
function twoChannels(
  mode: i32, adds: bool, count: i32, input: usize, inputs: i32, weights: usize, outputs: i32, biases: usize,
  base: usize, out: usize, slopes: usize, co: i32, y: i32, x: i32
): void {
  const pitch = <usize>outputs << REAL, K = kernel, down = row, channel = plane
  const b0 = bias(biases, co), b1 = bias(biases, co + 1)
  let a00 = b0, a01 = b0, a02 = b0, a03 = b0
  let a10 = b1, a11 = b1, a12 = b1, a13 = b1
  let w = weights + (<usize>co << REAL)
  let corner = input + pixel(y - reach, x - reach)
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
          const p1 = v128.load(p, 16), p2 = v128.load(p, 32), p3 = v128.load(p, 48)
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
  const at0 = <usize>co * plane + pixel(y, x), i0 = slopeIndex(co, y, x)
  const at1 = at0 + plane, i1 = slopeIndex(co + 1, y, x)
  finish(mode, adds, a00, base, out, at0, slopes, i0)
  finish(mode, adds, a10, base, out, at1, slopes, i1)
  if (count > 1) {
    finish(mode, adds, a01, base, out, at0 + 16, slopes, i0 + 1)
    finish(mode, adds, a02, base, out, at0 + 32, slopes, i0 + 2)
    finish(mode, adds, a03, base, out, at0 + 48, slopes, i0 + 3)
    finish(mode, adds, a11, base, out, at1 + 16, slopes, i1 + 1)
    finish(mode, adds, a12, base, out, at1 + 32, slopes, i1 + 2)
    finish(mode, adds, a13, base, out, at1 + 48, slopes, i1 + 3)
  }
}

/** Four channels, `count` (2 or 1) pixels. */
// @ts-ignore: decorator
@inline
function fourChannels(
  mode: i32, adds: bool, count: i32, input: usize, inputs: i32, weights: usize, outputs: i32, biases: usize,
  base: usize, out: usize, slopes: usize, co: i32, y: i32, x: i32
): void {
  const pitch = <usize>outputs << REAL, K = kernel, down = row, channel = plane
  let a00 = bias(biases, co), a10 = bias(biases, co + 1), a20 = bias(biases, co + 2), a30 = bias(biases, co + 3)
  let a01 = a00, a11 = a10, a21 = a20, a31 = a30
  let w = weights + (<usize>co << REAL)
  let corner = input + pixel(y - reach, x - reach)
  for (let ci = inputs; ci; ci--, corner += channel) {
    let line = corner
    for (let ky = K; ky; ky--, line += down) {
      let p = line
      for (let kx = K; kx; kx--, p += VECTOR, w += pitch) {
        const p0 = v128.load(p), p1 = count > 1 ? v128.load(p, 16) : p0
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
  const at = <usize>co * plane + pixel(y, x), i = slopeIndex(co, y, x), next = slopeIndex(1, 0, 0)
  finish(mode, adds, a00, base, out, at, slopes, i)
  finish(mode, adds, a10, base, out, at + plane, slopes, i + next)
  finish(mode, adds, a20, base, out, at + 2 * plane, slopes, i + 2 * next)
  finish(mode, adds, a30, base, out, at + 3 * plane, slopes, i + 3 * next)
  if (count > 1) {
    finish(mode, adds, a01, base, out, at + 16, slopes, i + 1)
    finish(mode, adds, a11, base, out, at + plane + 16, slopes, i + next + 1)
    finish(mode, adds, a21, base, out, at + 2 * plane + 16, slopes, i + 2 * next + 1)
    finish(mode, adds, a31, base, out, at + 3 * plane + 16, slopes, i + 3 * next + 1)
  }
}

// @ts-ignore: decorator
@inline
function convolve(
  mode: i32, adds: bool, input: usize, inputs: i32, weights: usize, outputs: i32, biases: usize,
  base: usize, out: usize, slopes: usize
): void {
  const H = height, W = width
  let co = 0
  for (; co + 4 <= outputs; co += 4)
    for (let y = 0; y < H; y++) {
      let x = 0
      for (; x + 2 <= W; x += 2) fourChannels(mode, adds, 2, input, inputs, weights, outputs, biases, base, out, slopes, co, y, x)
      if (x < W) fourChannels(mode, adds, 1, input, inputs, weights, outputs, biases, base, out, slopes, co, y, x)
    }
  for (; co + 2 <= outputs; co += 2)
    for (let y = 0; y < H; y++) {
      let x = 0
      for (; x + 4 <= W; x += 4) twoChannels(mode, adds, 4, input, inputs, weights, outputs, biases, base, out, slopes, co, y, x)
      for (; x < W; x++) twoChannels(mode, adds, 1, input, inputs, weights, outputs, biases, base, out, slopes, co, y, x)
    }
  if (co == outputs) return
  for (let y = 0; y < H; y++) {
    let x = 0
    if (kernel == 3) {
      for (; x + 8 <= W; x += 8) oneChannel3(mode, adds, 8, input, inputs, weights, outputs, biases, base, out, slopes, co, y, x)
      for (; x + 4 <= W; x += 4) oneChannel3(mode, adds, 4, input, inputs, weights, outputs, biases, base, out, slopes, co, y, x)
    } else for (; x + 8 <= W; x += 8) oneChannel(mode, adds, 8, input, inputs, weights, outputs, biases, base, out, slopes, co, y, x)
    for (; x + 4 <= W; x += 4) oneChannel(mode, adds, 4, input, inputs, weights, outputs, biases, base, out, slopes, co, y, x)
    for (; x < W; x++) oneChannel(mode, adds, 1, input, inputs, weights, outputs, biases, base, out, slopes, co, y, x)
  }
}

// One function for each ending, so that none is decided inside a loop.

export function stemKeep(input: usize, inputs: i32, weights: usize, outputs: i32, biases: usize, out: usize, slopes: usize): void {
  convolve(RECTIFY_KEEP, false, input, inputs, weights, outputs, biases, 0, out, slopes)
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
  convolve(RECTIFY_KEEP, true, input, inputs, weights, outputs, biases, base, out, slopes)
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

/** out = base + weights * input, without activation: the data gradient. */
export function addConvolution(input: usize, inputs: i32, weights: usize, outputs: i32, base: usize, out: usize): void {
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
