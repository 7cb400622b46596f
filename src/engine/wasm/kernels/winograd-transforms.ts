/**
 * The four transforms of Winograd's method, strip by strip; formulas and layout in winograd.ts. Each is a
 * one-dimensional transform done twice, down the columns and along the rows.
 */
import { FROZEN_BITS, LANE_BITS, RECTIFY, RECTIFY_BITS, CURVE, activate, slopeIndex, timesSlope } from "./activation"
import { add, madd, mul, splat, sub, REAL, VECTOR } from "./real"
import { RELU, TILE, activation, filters, height, innerWidth, pixel, plane, row, tilesX, width } from "./shape"
import { FACTORS, channelStep, frequencyStep, lineStep, lines, savedRow } from "./winograd"

/** One tile half transformed: up to 6×6 vectors. */
const tile = memory.data(36 * 16, 16)

// @ts-ignore: decorator
@inline
function factor(i: i32): v128 {
  return v128.load_splat<real>(FACTORS + (<usize>i << REAL))
}

/** Bᵀ d: six pixels to six frequencies, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function inputTransform(
  four: v128, minusFour: v128, minusFive: v128, two: v128, minusTwo: v128,
  d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, to: usize, step: usize
): void {
  const a = madd(minusFour, d2, d4), b = madd(minusFour, d1, d3)
  const c = sub(d4, d2), e = sub(d3, d1)
  v128.store(to, madd(four, d0, madd(minusFive, d2, d4)))
  to += step
  v128.store(to, add(a, b))
  to += step
  v128.store(to, sub(a, b))
  to += step
  v128.store(to, madd(two, e, c))
  to += step
  v128.store(to, madd(minusTwo, e, c))
  to += step
  v128.store(to, madd(four, d1, madd(minusFive, d3, d5)))
}

/** V = Bᵀ h B for the strip of tile rows [from, to). */
export function transformInput(h: usize, V: usize, from: i32, to: i32): void {
  const four = factor(0), minusFour = factor(1), minusFive = factor(2), two = factor(3), minusTwo = factor(4)
  const down = row, step = lineStep, across = frequencyStep, down2 = 2 * row, down3 = 3 * row, down4 = 4 * row, down5 = 5 * row
  for (let c = 0; c < filters; c++)
    for (let r = from; r < to; r++) {
      let p = h + <usize>c * plane + pixel(r * TILE - 1, -1), q = lines
      for (let x = innerWidth + 2; x; x--, p += VECTOR, q += VECTOR)
        inputTransform(
          four, minusFour, minusFive, two, minusTwo,
          v128.load(p), v128.load(p + down), v128.load(p + down2), v128.load(p + down3), v128.load(p + down4), v128.load(p + down5),
          q, step
        )
      let v = V + <usize>c * channelStep + (<usize>((r - from) * tilesX) << 4)
      q = lines
      for (let i = 0; i < 6; i++, q += step, v += 6 * across) {
        let u = q, w = v
        for (let t = tilesX; t; t--, u += 4 * VECTOR, w += VECTOR)
          inputTransform(
            four, minusFour, minusFive, two, minusTwo,
            v128.load(u), v128.load(u, 16), v128.load(u, 32), v128.load(u, 48), v128.load(u, 64), v128.load(u, 80),
            w, across
          )
      }
    }
}

// Aᵀ m, row by row: six frequencies to four outputs.

// @ts-ignore: decorator
@inline
function output0(m0: v128, m1: v128, m2: v128, m3: v128, m4: v128): v128 {
  return add(add(m0, add(m1, m2)), add(m3, m4))
}
// @ts-ignore: decorator
@inline
function output1(two: v128, m1: v128, m2: v128, m3: v128, m4: v128): v128 {
  return madd(two, sub(m3, m4), sub(m1, m2))
}
// @ts-ignore: decorator
@inline
function output2(four: v128, m1: v128, m2: v128, m3: v128, m4: v128): v128 {
  return madd(four, add(m3, m4), add(m1, m2))
}
// @ts-ignore: decorator
@inline
function output3(eight: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128): v128 {
  return add(madd(eight, sub(m3, m4), sub(m1, m2)), m5)
}

/** The second half of the output transform: the `rows` × `columns` (at most 4 × 4) pixels of a tile that exist. */
// @ts-ignore: decorator
@inline
function finishTile(
  mode: i32, adds: bool, rows: i32, columns: i32, two: v128, four: v128, eight: v128, bias: v128,
  base: usize, out: usize, slopes: usize, i: usize
): void {
  let q = tile
  for (let y = rows; y; y--, q += 96, base += row, out += row, i += <usize>innerWidth) {
    const m0 = v128.load(q), m1 = v128.load(q, 16), m2 = v128.load(q, 32)
    const m3 = v128.load(q, 48), m4 = v128.load(q, 64), m5 = v128.load(q, 80)
    const a0 = activate(mode, add(output0(m0, m1, m2, m3, m4), bias), slopes, i, 0)
    v128.store(out, adds ? add(v128.load(base), a0) : a0)
    if (columns > 1) {
      const a1 = activate(mode, add(output1(two, m1, m2, m3, m4), bias), slopes, i, 1)
      v128.store(out, adds ? add(v128.load(base, 16), a1) : a1, 16)
    }
    if (columns > 2) {
      const a2 = activate(mode, add(output2(four, m1, m2, m3, m4), bias), slopes, i, 2)
      v128.store(out, adds ? add(v128.load(base, 32), a2) : a2, 32)
    }
    if (columns > 3) {
      const a3 = activate(mode, add(output3(eight, m1, m2, m3, m4, m5), bias), slopes, i, 3)
      v128.store(out, adds ? add(v128.load(base, 48), a3) : a3, 48)
    }
  }
}

/** out = base + f(Aᵀ M A + bias) for a strip; pixels beyond the image are left alone. */
// @ts-ignore: decorator
@inline
export function transformOutput(
  mode: i32, adds: bool, M: usize, biases: usize, base: usize, out: usize, slopes: usize, from: i32, to: i32
): void {
  const two = factor(3), four = factor(0), eight = factor(5)
  const across = frequencyStep, six = 6 * frequencyStep, W = width
  for (let c = 0; c < filters; c++) {
    const bias = mode >= FROZEN_BITS ? splat(0) : v128.load_splat<real>(biases + (<usize>c << REAL))
    for (let r = from; r < to; r++) {
      const rows = min(TILE, height - r * TILE)
      for (let t = 0; t < tilesX; t++) {
        const columns = W - t * TILE
        let m = M + <usize>c * channelStep + (<usize>((r - from) * tilesX + t) << 4), q = tile
        for (let j = 6; j; j--, m += across, q += VECTOR) {
          let p = m
          const m0 = v128.load(p)
          p += six
          const m1 = v128.load(p)
          p += six
          const m2 = v128.load(p)
          p += six
          const m3 = v128.load(p)
          p += six
          const m4 = v128.load(p)
          p += six
          const m5 = v128.load(p)
          v128.store(q, output0(m0, m1, m2, m3, m4))
          v128.store(q, output1(two, m1, m2, m3, m4), 96)
          v128.store(q, output2(four, m1, m2, m3, m4), 192)
          v128.store(q, output3(eight, m1, m2, m3, m4, m5), 288)
        }
        const at = <usize>c * plane + pixel(r * TILE, t * TILE), i = slopeIndex(c, r * TILE, t * TILE)
        if (rows == TILE && columns >= TILE) finishTile(mode, adds, 4, 4, two, four, eight, bias, base + at, out + at, slopes, i)
        else finishTile(mode, adds, rows, columns, two, four, eight, bias, base + at, out + at, slopes, i)
      }
    }
  }
}

export function outputKeep(M: usize, biases: usize, base: usize, out: usize, slopes: usize, from: i32, to: i32): void {
  transformOutput(RECTIFY_BITS, true, M, biases, base, out, slopes, from, to)
}
export function outputKeepFirst(M: usize, biases: usize, out: usize, slopes: usize, from: i32, to: i32): void {
  transformOutput(RECTIFY_BITS, false, M, biases, 0, out, slopes, from, to)
}
export function outputRectify(M: usize, biases: usize, base: usize, out: usize, from: i32, to: i32): void {
  transformOutput(RECTIFY, true, M, biases, base, out, 0, from, to)
}
export function outputRectifyFirst(M: usize, biases: usize, out: usize, from: i32, to: i32): void {
  transformOutput(RECTIFY, false, M, biases, 0, out, 0, from, to)
}
export function outputCurve(M: usize, biases: usize, base: usize, out: usize, slopes: usize, from: i32, to: i32): void {
  transformOutput(CURVE, true, M, biases, base, out, slopes, from, to)
}
export function outputCurveFirst(M: usize, biases: usize, out: usize, slopes: usize, from: i32, to: i32): void {
  transformOutput(CURVE, false, M, biases, 0, out, slopes, from, to)
}

/** As `forward` of convolution.ts: `base` = 0 for the first of a sum without residual, `slopes` = 0 keeps none. */
export function output(M: usize, biases: usize, base: usize, out: usize, slopes: usize, from: i32, to: i32): void {
  if (activation != RELU) {
    if (base) outputCurve(M, biases, base, out, slopes, from, to)
    else outputCurveFirst(M, biases, out, slopes, from, to)
  } else if (slopes) {
    if (base) outputKeep(M, biases, base, out, slopes, from, to)
    else outputKeepFirst(M, biases, out, slopes, from, to)
  } else if (base) outputRectify(M, biases, base, out, from, to)
  else outputRectifyFirst(M, biases, out, from, to)
}

/** A z: four outputs to six frequencies, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function gradientTransform(four: v128, two: v128, minusTwo: v128, z0: v128, z1: v128, z2: v128, z3: v128, to: usize, step: usize): void {
  const even = add(z0, z2), odd = add(z1, z3)
  const a = madd(four, z2, z0), b = madd(four, z3, z1)
  v128.store(to, z0)
  to += step
  v128.store(to, add(even, odd))
  to += step
  v128.store(to, sub(even, odd))
  to += step
  v128.store(to, madd(two, b, a))
  to += step
  v128.store(to, madd(minusTwo, b, a))
  to += step
  v128.store(to, z3)
}

/** D = A dz Aᵀ with dz = slope · g for a strip, and acc[c] += Σ dz, the gradient of the biases. */
// @ts-ignore: decorator
@inline
function transformGradient(mode: i32, g: usize, slopes: usize, D: usize, acc: usize, from: i32, to: i32): void {
  const four = factor(0), two = factor(3), minusTwo = factor(4), bits = v128.load(LANE_BITS)
  const across = frequencyStep, six = 6 * frequencyStep, down = row, below = <usize>innerWidth
  for (let c = 0; c < filters; c++) {
    let sum = v128.load(acc + (<usize>c << 4))
    for (let r = from; r < to; r++)
      for (let t = 0; t < tilesX; t++) {
        let p = g + <usize>c * plane + pixel(r * TILE, t * TILE), i = slopeIndex(c, r * TILE, t * TILE), q = tile
        for (let y = 0; y < TILE; y++, p += down, i += below, q += 96) {
          // The strip above has already added to the first row of this one.
          const line = y == 0 && r == from && r > 0 ? savedRow + (<usize>(c * innerWidth + t * TILE) << 4) : p
          const z0 = timesSlope(mode, v128.load(line), slopes, i, 0, bits)
          const z1 = timesSlope(mode, v128.load(line, 16), slopes, i, 1, bits)
          const z2 = timesSlope(mode, v128.load(line, 32), slopes, i, 2, bits)
          const z3 = timesSlope(mode, v128.load(line, 48), slopes, i, 3, bits)
          sum = add(sum, add(add(z0, z1), add(z2, z3)))
          gradientTransform(four, two, minusTwo, z0, z1, z2, z3, q, VECTOR)
        }
        let d = D + <usize>c * channelStep + (<usize>((r - from) * tilesX + t) << 4)
        q = tile
        for (let j = 6; j; j--, q += VECTOR, d += across)
          gradientTransform(four, two, minusTwo, v128.load(q), v128.load(q, 96), v128.load(q, 192), v128.load(q, 288), d, six)
      }
    v128.store(acc + (<usize>c << 4), sum)
  }
}

export function gradientThroughRelu(g: usize, slopes: usize, D: usize, acc: usize, from: i32, to: i32): void {
  transformGradient(RECTIFY_BITS, g, slopes, D, acc, from, to)
}
export function gradientThroughCurve(g: usize, slopes: usize, D: usize, acc: usize, from: i32, to: i32): void {
  transformGradient(CURVE, g, slopes, D, acc, from, to)
}

// B v, row by row: six frequencies to six pixels; the last is v5.

// @ts-ignore: decorator
@inline
function pixel1(four: v128, minusTwo: v128, v1: v128, v2: v128, v3: v128, v4: v128, v5: v128): v128 {
  return madd(minusTwo, sub(v3, v4), mul(four, sub(v5, sub(v1, v2))))
}
// @ts-ignore: decorator
@inline
function pixel2(minusFour: v128, minusFive: v128, v0: v128, v1: v128, v2: v128, v3: v128, v4: v128): v128 {
  return madd(minusFour, add(v1, v2), madd(minusFive, v0, v128.neg<real>(add(v3, v4))))
}
// @ts-ignore: decorator
@inline
function pixel3(two: v128, minusFive: v128, v1: v128, v2: v128, v3: v128, v4: v128, v5: v128): v128 {
  return madd(minusFive, v5, madd(two, sub(v3, v4), sub(v1, v2)))
}
// @ts-ignore: decorator
@inline
function pixel4(v0: v128, v1: v128, v2: v128, v3: v128, v4: v128): v128 {
  return add(add(v0, add(v1, v2)), add(v3, v4))
}

// @ts-ignore: decorator
@inline
function increase(p: usize, by: v128): void {
  v128.store(p, add(v128.load(p), by))
}

/** g += B dV Bᵀ for a strip; rows of the frame around the image take what falls on them. */
export function addTransposedInput(dV: usize, g: usize, from: i32, to: i32): void {
  const four = factor(0), minusFour = factor(1), minusFive = factor(2), two = factor(3), minusTwo = factor(4)
  const down = row, step = lineStep, across = frequencyStep
  for (let c = 0; c < filters; c++)
    for (let r = from; r < to; r++) {
      let v = dV + <usize>c * channelStep + (<usize>((r - from) * tilesX) << 4), q = lines
      for (let i = 0; i < 6; i++, q += step, v += 6 * across) {
        let u = q, w = v
        // A tile's last two pixels are the next one's first two.
        let overlap0 = splat(0), overlap1 = overlap0
        for (let t = tilesX; t; t--, u += 4 * VECTOR, w += VECTOR) {
          let p = w
          const v0 = v128.load(p)
          p += across
          const v1 = v128.load(p)
          p += across
          const v2 = v128.load(p)
          p += across
          const v3 = v128.load(p)
          p += across
          const v4 = v128.load(p)
          p += across
          const v5 = v128.load(p)
          v128.store(u, add(mul(four, v0), overlap0))
          v128.store(u, add(pixel1(four, minusTwo, v1, v2, v3, v4, v5), overlap1), 16)
          v128.store(u, pixel2(minusFour, minusFive, v0, v1, v2, v3, v4), 32)
          v128.store(u, pixel3(two, minusFive, v1, v2, v3, v4, v5), 48)
          overlap0 = pixel4(v0, v1, v2, v3, v4)
          overlap1 = v5
        }
        v128.store(u, overlap0)
        v128.store(u, overlap1, 16)
      }
      let p = g + <usize>c * plane + pixel(r * TILE - 1, 0)
      q = lines + VECTOR
      for (let x = width; x; x--, p += VECTOR, q += VECTOR) {
        let z = q
        const v0 = v128.load(z)
        z += step
        const v1 = v128.load(z)
        z += step
        const v2 = v128.load(z)
        z += step
        const v3 = v128.load(z)
        z += step
        const v4 = v128.load(z)
        z += step
        const v5 = v128.load(z)
        z = p
        increase(z, mul(four, v0))
        z += down
        increase(z, pixel1(four, minusTwo, v1, v2, v3, v4, v5))
        z += down
        increase(z, pixel2(minusFour, minusFive, v0, v1, v2, v3, v4))
        z += down
        increase(z, pixel3(two, minusFive, v1, v2, v3, v4, v5))
        z += down
        increase(z, pixel4(v0, v1, v2, v3, v4))
        z += down
        increase(z, v5)
      }
    }
}

/** Keeps row y of all channels of g for `transformGradient`. */
export function saveRow(g: usize, y: i32): void {
  const bytes = <usize>innerWidth << 4
  for (let c = 0; c < filters; c++) memory.copy(savedRow + <usize>c * bytes, g + <usize>c * plane + pixel(y, 0), bytes)
}
