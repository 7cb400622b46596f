/**
 * Direct gradients of weights and biases: sums over pixels, lane by lane.
 *
 *     acc[co][ci][ky][kx] += Σ_{y,x} dz[co][y][x] · in[ci][y+ky][x+kx]
 *
 * `acc` holds a vector for every weight; lanes are added when a block of examples ends (gradient.ts).
 */
import { CURVE, RECTIFY_MASKS, slopeIndex, timesSlope } from "./activation"
import { add, madd, splat, VECTOR, SHIFT } from "./real"
import { RELU, activation, filters, height, kernel, pixel, plane, row, width } from "./shape"

/** dz = slope · g for the F channels of g, and acc[co] += Σ dz, the gradient of the biases. */
// @ts-ignore: decorator
@inline
function throughActivation(mode: i32, g: usize, slopes: usize, dz: usize, acc: usize): void {
  const W = width
  for (let c = 0; c < filters; c++) {
    let sum = v128.load(acc + (<usize>c << SHIFT))
    for (let y = 0; y < height; y++) {
      let at = <usize>c * plane + pixel(y, 0), i = slopeIndex(c, y, 0), x = W
      for (; x >= 4; x -= 4, at += 4 * VECTOR, i += 4) {
        const p = g + at, q = dz + at
        const d0 = timesSlope(mode, v128.load(p), slopes, i, 0)
        const d1 = timesSlope(mode, v128.load(p, VECTOR), slopes, i, 1)
        const d2 = timesSlope(mode, v128.load(p, 2 * VECTOR), slopes, i, 2)
        const d3 = timesSlope(mode, v128.load(p, 3 * VECTOR), slopes, i, 3)
        v128.store(q, d0)
        v128.store(q, d1, VECTOR)
        v128.store(q, d2, 2 * VECTOR)
        v128.store(q, d3, 3 * VECTOR)
        sum = add(sum, add(add(d0, d1), add(d2, d3)))
      }
      for (; x; x--, at += VECTOR, i++) {
        const d = timesSlope(mode, v128.load(g + at), slopes, i, 0)
        v128.store(dz + at, d)
        sum = add(sum, d)
      }
    }
    v128.store(acc + (<usize>c << SHIFT), sum)
  }
}

export function throughRelu(g: usize, slopes: usize, dz: usize, acc: usize): void {
  throughActivation(RECTIFY_MASKS, g, slopes, dz, acc)
}
export function throughCurve(g: usize, slopes: usize, dz: usize, acc: usize): void {
  throughActivation(CURVE, g, slopes, dz, acc)
}

/**
 * The nine taps of one pair of channels, kernel 3. Two pixels at a time, so that each pixel is loaded once for both.
 * `through`: dz, of channel `co`, is made on the way, as in `throughActivation`, at half the cost of a pass of its own.
 */
// @ts-ignore: decorator
@inline
function nineSums(
  through: bool, mode: i32, input: usize, g: usize, slopes: usize, co: i32, dz: usize, acc: usize, biases: usize
): void {
  const down = row, from = through ? g : dz
  let a0 = v128.load(acc), a1 = v128.load(acc, VECTOR), a2 = v128.load(acc, 2 * VECTOR)
  let a3 = v128.load(acc, 3 * VECTOR), a4 = v128.load(acc, 4 * VECTOR), a5 = v128.load(acc, 5 * VECTOR)
  let a6 = v128.load(acc, 6 * VECTOR), a7 = v128.load(acc, 7 * VECTOR), a8 = v128.load(acc, 8 * VECTOR)
  let bias = through ? v128.load(biases) : a0, two = bias
  for (let y = 0; y < height; y++) {
    let at = pixel(y, 0), p = input + pixel(y - 1, -1), i = slopeIndex(co, y, 0), x = width
    for (let fours = x & ~3; x >= 2; x -= 2, fours -= 2, p += 2 * VECTOR, at += 2 * VECTOR, i += 2) {
      const q = p + down, r = q + down
      let z = v128.load(from + at), n = v128.load(from + at, VECTOR)
      if (through) {
        z = timesSlope(mode, z, slopes, i, 0)
        n = timesSlope(mode, n, slopes, i, 1)
        v128.store(dz + at, z)
        v128.store(dz + at, n, VECTOR)
        // (z + n) + (z + n) of four pixels; what is left of a line one by one.
        if (fours <= 0) bias = add(add(bias, z), n)
        else if (fours & 2) bias = add(bias, add(two, add(z, n)))
        else two = add(z, n)
      }
      a0 = madd(z, v128.load(p), a0)
      let v = v128.load(p, VECTOR)
      a0 = madd(n, v, a0)
      a1 = madd(z, v, a1)
      v = v128.load(p, 2 * VECTOR)
      a1 = madd(n, v, a1)
      a2 = madd(z, v, a2)
      a2 = madd(n, v128.load(p, 3 * VECTOR), a2)
      a3 = madd(z, v128.load(q), a3)
      v = v128.load(q, VECTOR)
      a3 = madd(n, v, a3)
      a4 = madd(z, v, a4)
      v = v128.load(q, 2 * VECTOR)
      a4 = madd(n, v, a4)
      a5 = madd(z, v, a5)
      a5 = madd(n, v128.load(q, 3 * VECTOR), a5)
      a6 = madd(z, v128.load(r), a6)
      v = v128.load(r, VECTOR)
      a6 = madd(n, v, a6)
      a7 = madd(z, v, a7)
      v = v128.load(r, 2 * VECTOR)
      a7 = madd(n, v, a7)
      a8 = madd(z, v, a8)
      a8 = madd(n, v128.load(r, 3 * VECTOR), a8)
    }
    if (x) {
      const q = p + down, r = q + down
      let z = v128.load(from + at)
      if (through) {
        z = timesSlope(mode, z, slopes, i, 0)
        v128.store(dz + at, z)
        bias = add(bias, z)
      }
      a0 = madd(z, v128.load(p), a0)
      a1 = madd(z, v128.load(p, VECTOR), a1)
      a2 = madd(z, v128.load(p, 2 * VECTOR), a2)
      a3 = madd(z, v128.load(q), a3)
      a4 = madd(z, v128.load(q, VECTOR), a4)
      a5 = madd(z, v128.load(q, 2 * VECTOR), a5)
      a6 = madd(z, v128.load(r), a6)
      a7 = madd(z, v128.load(r, VECTOR), a7)
      a8 = madd(z, v128.load(r, 2 * VECTOR), a8)
    }
  }
  if (through) v128.store(biases, bias)
  v128.store(acc, a0)
  v128.store(acc, a1, VECTOR)
  v128.store(acc, a2, 2 * VECTOR)
  v128.store(acc, a3, 3 * VECTOR)
  v128.store(acc, a4, 4 * VECTOR)
  v128.store(acc, a5, 5 * VECTOR)
  v128.store(acc, a6, 6 * VECTOR)
  v128.store(acc, a7, 7 * VECTOR)
  v128.store(acc, a8, 8 * VECTOR)
}

export function nineTaps(input: usize, dz: usize, acc: usize): void {
  nineSums(false, 0, input, 0, 0, 0, dz, acc, 0)
}
export function nineTapsThroughRelu(input: usize, g: usize, slopes: usize, co: i32, dz: usize, acc: usize, biases: usize): void {
  nineSums(true, RECTIFY_MASKS, input, g, slopes, co, dz, acc, biases)
}
export function nineTapsThroughCurve(input: usize, g: usize, slopes: usize, co: i32, dz: usize, acc: usize, biases: usize): void {
  nineSums(true, CURVE, input, g, slopes, co, dz, acc, biases)
}

/** `taps` (7, 5 or 1) taps in a row of one pair of channels. */
// @ts-ignore: decorator
@inline
function tapsInARow(taps: i32, input: usize, dz: usize, acc: usize): void {
  const W = width
  const zero = splat(0)
  let a0 = v128.load(acc), a1 = zero, a2 = zero, a3 = zero, a4 = zero, a5 = zero, a6 = zero
  if (taps > 1) {
    a1 = v128.load(acc, VECTOR)
    a2 = v128.load(acc, 2 * VECTOR)
  }
  if (taps > 3) {
    a3 = v128.load(acc, 3 * VECTOR)
    a4 = v128.load(acc, 4 * VECTOR)
  }
  if (taps > 5) {
    a5 = v128.load(acc, 5 * VECTOR)
    a6 = v128.load(acc, 6 * VECTOR)
  }
  for (let y = 0; y < height; y++) {
    let d = dz + pixel(y, 0), p = input + <usize>y * row
    for (let x = W; x; x--, p += VECTOR, d += VECTOR) {
      const z = v128.load(d)
      a0 = madd(z, v128.load(p), a0)
      if (taps > 1) {
        a1 = madd(z, v128.load(p, VECTOR), a1)
        a2 = madd(z, v128.load(p, 2 * VECTOR), a2)
      }
      if (taps > 3) {
        a3 = madd(z, v128.load(p, 3 * VECTOR), a3)
        a4 = madd(z, v128.load(p, 4 * VECTOR), a4)
      }
      if (taps > 5) {
        a5 = madd(z, v128.load(p, 5 * VECTOR), a5)
        a6 = madd(z, v128.load(p, 6 * VECTOR), a6)
      }
    }
  }
  v128.store(acc, a0)
  if (taps > 1) {
    v128.store(acc, a1, VECTOR)
    v128.store(acc, a2, 2 * VECTOR)
  }
  if (taps > 3) {
    v128.store(acc, a3, 3 * VECTOR)
    v128.store(acc, a4, 4 * VECTOR)
  }
  if (taps > 5) {
    v128.store(acc, a5, 5 * VECTOR)
    v128.store(acc, a6, 6 * VECTOR)
  }
}

export function sevenTaps(input: usize, dz: usize, acc: usize): void {
  tapsInARow(7, input, dz, acc)
}
export function fiveTaps(input: usize, dz: usize, acc: usize): void {
  tapsInARow(5, input, dz, acc)
}
export function oneTap(input: usize, dz: usize, acc: usize): void {
  tapsInARow(1, input, dz, acc)
}

/** One tap of four output and two input channels; `pitch`: bytes of acc from an output channel to the next. */
export function tapOfEight(input: usize, dz: usize, acc: usize, pitch: usize, next: usize): void {
  const W = width, D1 = plane, D2 = 2 * plane, D3 = 3 * plane
  const q1 = acc + pitch, q2 = acc + 2 * pitch, q3 = acc + 3 * pitch
  let a00 = v128.load(acc), a01 = v128.load(acc + next)
  let a10 = v128.load(q1), a11 = v128.load(q1 + next)
  let a20 = v128.load(q2), a21 = v128.load(q2 + next)
  let a30 = v128.load(q3), a31 = v128.load(q3 + next)
  for (let y = 0; y < height; y++) {
    let d = dz + pixel(y, 0), p = input + <usize>y * row
    for (let x = W; x; x--, p += VECTOR, d += VECTOR) {
      const v0 = v128.load(p), v1 = v128.load(p + D1)
      const z0 = v128.load(d)
      a00 = madd(z0, v0, a00)
      a01 = madd(z0, v1, a01)
      const z1 = v128.load(d + D1)
      a10 = madd(z1, v0, a10)
      a11 = madd(z1, v1, a11)
      const z2 = v128.load(d + D2)
      a20 = madd(z2, v0, a20)
      a21 = madd(z2, v1, a21)
      const z3 = v128.load(d + D3)
      a30 = madd(z3, v0, a30)
      a31 = madd(z3, v1, a31)
    }
  }
  v128.store(acc, a00)
  v128.store(acc + next, a01)
  v128.store(q1, a10)
  v128.store(q1 + next, a11)
  v128.store(q2, a20)
  v128.store(q2 + next, a21)
  v128.store(q3, a30)
  v128.store(q3 + next, a31)
}

/** All taps of one pair of channels. */
function pair(input: usize, dz: usize, acc: usize): void {
  if (kernel == 3) return nineTaps(input, dz, acc)
  for (let ky = 0; ky < kernel; ky++) {
    const p = input + <usize>ky * row, a = acc + (<usize>(ky * kernel) << SHIFT)
    if (kernel == 7) sevenTaps(p, dz, a)
    else if (kernel == 5) fiveTaps(p, dz, a)
    else oneTap(p, dz, a)
  }
}

/** acc[co][ci][ky][kx] += …, for `inputs` channels of `input` and the F channels of dz. */
export function weightGradient(input: usize, inputs: i32, dz: usize, acc: usize): void {
  const taps = kernel * kernel, next = <usize>taps << SHIFT, pitch = <usize>inputs * next
  let co = 0
  for (; co + 4 <= filters; co += 4) {
    const d = dz + <usize>co * plane, a = acc + <usize>co * pitch
    let ci = 0
    for (; ci + 2 <= inputs; ci += 2)
      for (let ky = 0; ky < kernel; ky++)
        for (let kx = 0; kx < kernel; kx++)
          tapOfEight(
            input + <usize>ci * plane + <usize>ky * row + (<usize>kx << SHIFT), d,
            a + <usize>ci * next + (<usize>(ky * kernel + kx) << SHIFT), pitch, next
          )
    if (ci < inputs)
      for (let o: usize = 0; o < 4; o++) pair(input + <usize>ci * plane, d + o * plane, a + o * pitch + <usize>ci * next)
  }
  for (; co < filters; co++)
    for (let ci = 0; ci < inputs; ci++)
      pair(input + <usize>ci * plane, dz + <usize>co * plane, acc + <usize>co * pitch + <usize>ci * next)
}

/** The same for kernel 3, with dz = slope · g and the gradient of the biases on the way. */
function weightGradient3(input: usize, inputs: i32, g: usize, slopes: usize, dz: usize, acc: usize, biases: usize): void {
  for (let co = 0; co < filters; co++) {
    const at = <usize>co * plane, b = biases + (<usize>co << SHIFT)
    if (activation == RELU) nineTapsThroughRelu(input, g + at, slopes, co, dz + at, acc, b)
    else nineTapsThroughCurve(input, g + at, slopes, co, dz + at, acc, b)
    acc += 9 * VECTOR
    for (let ci = 1; ci < inputs; ci++, acc += 9 * VECTOR) nineTaps(input + <usize>ci * plane, dz + at, acc)
  }
}

/** dz = slope · g, with the gradient of the biases. */
export function backThroughActivation(g: usize, slopes: usize, dz: usize, acc: usize): void {
  if (activation == RELU) throughRelu(g, slopes, dz, acc)
  else throughCurve(g, slopes, dz, acc)
}

/** dz = slope · g, and the gradients of weights and biases, for `inputs` channels of `input` and F channels of g. */
export function parameterGradient(input: usize, inputs: i32, g: usize, slopes: usize, dz: usize, acc: usize, biases: usize): void {
  if (kernel == 3) return weightGradient3(input, inputs, g, slopes, dz, acc, biases)
  backThroughActivation(g, slopes, dz, biases)
  weightGradient(input, inputs, dz, acc)
}
