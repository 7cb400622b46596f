/**
 * The four transforms of Winograd's method, strip by strip; formulas and layout in winograd.ts. Each is a
 * one-dimensional transform done twice, down the columns and along the rows.
 */
import { FROZEN_BITS, LANE_BITS, RECTIFY, RECTIFY_BITS, CURVE, activate, slopeIndex, timesSlope } from "./activation"
import { add, madd, mul, splat, sub, REAL, VECTOR } from "./real"
import { RELU, TILE, activation, filters, gridX, height, innerWidth, kernel, pixel, plane, reach, row, splits, tilesX, width } from "./shape"
import { FACTORS, channelStep, frequencyStep, lines, saved, savedRows } from "./winograd"

/** One tile half transformed: up to 8×8 vectors. */
const tile = memory.data(64 * 16, 16)
const TILE_ROW: usize = 8 * 16

// @ts-ignore: decorator
@inline
function factor(i: i32): v128 {
  return v128.load_splat<real>(FACTORS + (<usize>i << REAL))
}

/** Bᵀ d: T pixels to T frequencies, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function inputTransform(
  T: i32, d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, d6: v128, d7: v128, to: usize, step: usize,
  four: v128, minusFour: v128, minusFive: v128, two: v128, minusTwo: v128, half: v128, minusHalf: v128, minusQuarter: v128
): void {
  let e0 = d0, e1 = d1, e2 = d2, e3 = d3, e4 = d4, e5 = d5
  if (T == 7) {
    e0 = madd(minusHalf, d0, d1)
    e1 = madd(minusHalf, d1, d2)
    e2 = madd(minusHalf, d2, d3)
    e3 = madd(minusHalf, d3, d4)
    e4 = madd(minusHalf, d4, d5)
    e5 = madd(minusHalf, d5, d6)
  }
  if (T == 8) {
    e0 = madd(minusQuarter, d0, d2)
    e1 = madd(minusQuarter, d1, d3)
    e2 = madd(minusQuarter, d2, d4)
    e3 = madd(minusQuarter, d3, d5)
    e4 = madd(minusQuarter, d4, d6)
    e5 = madd(minusQuarter, d5, d7)
  }
  const a = madd(minusFour, e2, e4), b = madd(minusFour, e1, e3)
  const c = sub(e4, e2), e = sub(e3, e1)
  v128.store(to, madd(four, e0, madd(minusFive, e2, e4)))
  to += step
  v128.store(to, add(a, b))
  to += step
  v128.store(to, sub(a, b))
  to += step
  v128.store(to, madd(two, e, c))
  to += step
  v128.store(to, madd(minusTwo, e, c))
  to += step
  if (T > 6) {
    const odd = madd(four, d1, madd(minusFive, d3, d5))
    if (T == 7) v128.store(to, odd)
    else {
      const even = madd(four, d2, madd(minusFive, d4, d6))
      v128.store(to, madd(half, odd, even))
      to += step
      v128.store(to, madd(minusHalf, odd, even))
    }
    to += step
  }
  v128.store(to, madd(four, e1, madd(minusFive, e3, e5)))
}

/** V = Bᵀ h B for the strip of output tile rows [from, to). */
// @ts-ignore: decorator
@inline
function transformTiles(T: i32, h: usize, V: usize, from: i32, to: i32): void {
  const four = factor(0), minusFour = factor(1), minusFive = factor(2), two = factor(3), minusTwo = factor(4)
  const half = factor(6), minusHalf = factor(7), minusQuarter = factor(9)
  const down = row, across = frequencyStep, zero = splat(0)
  const down2 = 2 * row, down3 = 3 * row, down4 = 4 * row, down5 = 5 * row, down6 = 6 * row, down7 = 7 * row
  for (let c = 0; c < filters; c++)
    for (let r = from; r < to + splits - 1; r++) {
      let p = h + <usize>c * plane + pixel(r * TILE - reach, -reach), q = lines
      for (let x = gridX * TILE + T - TILE; x; x--, p += VECTOR, q += VECTOR)
        inputTransform(
          T, v128.load(p), v128.load(p + down), v128.load(p + down2), v128.load(p + down3), v128.load(p + down4),
          v128.load(p + down5), T > 6 ? v128.load(p + down6) : zero, T > 7 ? v128.load(p + down7) : zero, q, down,
          four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter
        )
      let v = V + <usize>c * channelStep + (<usize>((r - from) * gridX) << 4)
      q = lines
      for (let i = 0; i < T; i++, q += down, v += <usize>T * across) {
        let u = q, w = v
        for (let t = gridX; t; t--, u += TILE * VECTOR, w += VECTOR)
          inputTransform(
            T, v128.load(u), v128.load(u, 16), v128.load(u, 32), v128.load(u, 48), v128.load(u, 64), v128.load(u, 80),
            T > 6 ? v128.load(u, 96) : zero, T > 7 ? v128.load(u, 112) : zero, w, across,
            four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter
          )
      }
    }
}

export function transformInput6(h: usize, V: usize, from: i32, to: i32): void {
  transformTiles(6, h, V, from, to)
}
export function transformInput7(h: usize, V: usize, from: i32, to: i32): void {
  transformTiles(7, h, V, from, to)
}
export function transformInput8(h: usize, V: usize, from: i32, to: i32): void {
  transformTiles(8, h, V, from, to)
}
export function transformInput(h: usize, V: usize, from: i32, to: i32): void {
  if (kernel == 3) transformInput6(h, V, from, to)
  else if (kernel == 5) transformInput8(h, V, from, to)
  else transformInput7(h, V, from, to)
}

// Aᵀ m, row by row: T frequencies to four outputs. `sum` and `difference` are of what points ½ and
// -½ give (just that of ½, where there is no -½); `last` belongs to ∞.

// @ts-ignore: decorator
@inline
function output0(T: i32, m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, sum: v128): v128 {
  const y = add(add(m0, add(m1, m2)), add(m3, m4))
  return T > 6 ? add(y, sum) : y
}
// @ts-ignore: decorator
@inline
function output1(T: i32, two: v128, half: v128, m1: v128, m2: v128, m3: v128, m4: v128, difference: v128): v128 {
  const y = madd(two, sub(m3, m4), sub(m1, m2))
  return T > 6 ? madd(half, difference, y) : y
}
// @ts-ignore: decorator
@inline
function output2(T: i32, four: v128, quarter: v128, m1: v128, m2: v128, m3: v128, m4: v128, sum: v128): v128 {
  const y = madd(four, add(m3, m4), add(m1, m2))
  return T > 6 ? madd(quarter, sum, y) : y
}
// @ts-ignore: decorator
@inline
function output3(
  T: i32, eight: v128, eighth: v128, m1: v128, m2: v128, m3: v128, m4: v128, difference: v128, last: v128
): v128 {
  const y = add(madd(eight, sub(m3, m4), sub(m1, m2)), last)
  return T > 6 ? madd(eighth, difference, y) : y
}

/** The second half of the output transform: the `rows` × `columns` (at most 4 × 4) pixels of a tile that exist. */
// @ts-ignore: decorator
@inline
function finishTile(
  T: i32, mode: i32, adds: bool, rows: i32, columns: i32, bias: v128,
  two: v128, four: v128, eight: v128, half: v128, quarter: v128, eighth: v128,
  base: usize, out: usize, slopes: usize, i: usize, support: usize
): void {
  let q = tile
  for (let y = rows; y; y--, q += TILE_ROW, base += row, out += row, i += <usize>innerWidth) {
    const m0 = v128.load(q), m1 = v128.load(q, 16), m2 = v128.load(q, 32)
    const m3 = v128.load(q, 48), m4 = v128.load(q, 64), m5 = v128.load(q, 80)
    const m6 = T > 6 ? v128.load(q, 96) : m5, last = T > 7 ? v128.load(q, 112) : m6
    const sum = T == 8 ? add(m5, m6) : m5, difference = T == 8 ? sub(m5, m6) : m5
    let z0 = output0(T, m0, m1, m2, m3, m4, sum), z1 = output1(T, two, half, m1, m2, m3, m4, difference)
    let z2 = output2(T, four, quarter, m1, m2, m3, m4, sum), z3 = output3(T, eight, eighth, m1, m2, m3, m4, difference, last)
    if (support) {
      z0 = v128.and(z0, v128.load(support))
      if (columns > 1) z1 = v128.and(z1, v128.load(support, 16))
      if (columns > 2) z2 = v128.and(z2, v128.load(support, 32))
      if (columns > 3) z3 = v128.and(z3, v128.load(support, 48))
      support += row
    }
    const a0 = activate(mode, add(z0, bias), slopes, i, 0)
    v128.store(out, adds ? add(v128.load(base), a0) : a0)
    if (columns > 1) {
      const a1 = activate(mode, add(z1, bias), slopes, i, 1)
      v128.store(out, adds ? add(v128.load(base, 16), a1) : a1, 16)
    }
    if (columns > 2) {
      const a2 = activate(mode, add(z2, bias), slopes, i, 2)
      v128.store(out, adds ? add(v128.load(base, 32), a2) : a2, 32)
    }
    if (columns > 3) {
      const a3 = activate(mode, add(z3, bias), slopes, i, 3)
      v128.store(out, adds ? add(v128.load(base, 48), a3) : a3, 48)
    }
  }
}

/**
 * out = base + f(Aᵀ M A + bias) for a strip; pixels beyond the image are left alone. `support`: masks of the pixels at
 * which the sum is not exactly 0 (support.ts), or 0 where that does not matter.
 */
// @ts-ignore: decorator
@inline
function outputTiles(
  T: i32, mode: i32, adds: bool, M: usize, biases: usize, base: usize, out: usize, slopes: usize, support: usize,
  from: i32, to: i32
): void {
  const two = factor(3), four = factor(0), eight = factor(5), half = factor(6), quarter = factor(8), eighth = factor(10)
  const across = frequencyStep, down = <usize>T * frequencyStep, W = width
  for (let c = 0; c < filters; c++) {
    const bias = mode >= FROZEN_BITS ? splat(0) : v128.load_splat<real>(biases + (<usize>c << REAL))
    for (let r = from; r < to; r++) {
      const rows = min(TILE, height - r * TILE)
      for (let t = 0; t < tilesX; t++) {
        const columns = W - t * TILE
        let m = M + <usize>c * channelStep + (<usize>((r - from) * gridX + t) << 4), q = tile
        for (let j = T; j; j--, m += across, q += VECTOR) {
          let p = m
          const m0 = v128.load(p)
          p += down
          const m1 = v128.load(p)
          p += down
          const m2 = v128.load(p)
          p += down
          const m3 = v128.load(p)
          p += down
          const m4 = v128.load(p)
          p += down
          const m5 = v128.load(p)
          if (T > 6) p += down
          const m6 = T > 6 ? v128.load(p) : m5
          if (T > 7) p += down
          const last = T > 7 ? v128.load(p) : m6
          const sum = T == 8 ? add(m5, m6) : m5, difference = T == 8 ? sub(m5, m6) : m5
          v128.store(q, output0(T, m0, m1, m2, m3, m4, sum))
          v128.store(q + TILE_ROW, output1(T, two, half, m1, m2, m3, m4, difference))
          v128.store(q + 2 * TILE_ROW, output2(T, four, quarter, m1, m2, m3, m4, sum))
          v128.store(q + 3 * TILE_ROW, output3(T, eight, eighth, m1, m2, m3, m4, difference, last))
        }
        const place = pixel(r * TILE, t * TILE), at = <usize>c * plane + place, i = slopeIndex(c, r * TILE, t * TILE)
        const masks = support ? support + place : 0
        if (rows == TILE && columns >= TILE)
          finishTile(T, mode, adds, 4, 4, bias, two, four, eight, half, quarter, eighth, base + at, out + at, slopes, i, masks)
        else
          finishTile(T, mode, adds, rows, columns, bias, two, four, eight, half, quarter, eighth, base + at, out + at, slopes, i, masks)
      }
    }
  }
}

// @ts-ignore: decorator
@inline
export function transformOutput(
  mode: i32, adds: bool, M: usize, biases: usize, base: usize, out: usize, slopes: usize, support: usize,
  from: i32, to: i32
): void {
  if (kernel == 3) outputTiles(6, mode, adds, M, biases, base, out, slopes, support, from, to)
  else if (kernel == 5) outputTiles(8, mode, adds, M, biases, base, out, slopes, support, from, to)
  else outputTiles(7, mode, adds, M, biases, base, out, slopes, support, from, to)
}

export function outputKeep(
  M: usize, biases: usize, base: usize, out: usize, slopes: usize, support: usize, from: i32, to: i32
): void {
  transformOutput(RECTIFY_BITS, true, M, biases, base, out, slopes, support, from, to)
}
export function outputKeepFirst(
  M: usize, biases: usize, out: usize, slopes: usize, support: usize, from: i32, to: i32
): void {
  transformOutput(RECTIFY_BITS, false, M, biases, 0, out, slopes, support, from, to)
}
export function outputRectify(M: usize, biases: usize, base: usize, out: usize, support: usize, from: i32, to: i32): void {
  transformOutput(RECTIFY, true, M, biases, base, out, 0, support, from, to)
}
export function outputRectifyFirst(M: usize, biases: usize, out: usize, support: usize, from: i32, to: i32): void {
  transformOutput(RECTIFY, false, M, biases, 0, out, 0, support, from, to)
}
export function outputCurve(
  M: usize, biases: usize, base: usize, out: usize, slopes: usize, support: usize, from: i32, to: i32
): void {
  transformOutput(CURVE, true, M, biases, base, out, slopes, support, from, to)
}
export function outputCurveFirst(
  M: usize, biases: usize, out: usize, slopes: usize, support: usize, from: i32, to: i32
): void {
  transformOutput(CURVE, false, M, biases, 0, out, slopes, support, from, to)
}

/** As `forward` of convolution.ts: `base` = 0 for the first of a sum without residual, `slopes` = 0 keeps none. */
export function output(
  M: usize, biases: usize, base: usize, out: usize, slopes: usize, support: usize, from: i32, to: i32
): void {
  if (activation != RELU) {
    if (base) outputCurve(M, biases, base, out, slopes, support, from, to)
    else outputCurveFirst(M, biases, out, slopes, support, from, to)
  } else if (slopes) {
    if (base) outputKeep(M, biases, base, out, slopes, support, from, to)
    else outputKeepFirst(M, biases, out, slopes, support, from, to)
  } else if (base) outputRectify(M, biases, base, out, support, from, to)
  else outputRectifyFirst(M, biases, out, support, from, to)
}

/** A z: four outputs to T frequencies, `step` bytes apart. */
// @ts-ignore: decorator
@inline
function gradientTransform(
  T: i32, z0: v128, z1: v128, z2: v128, z3: v128, to: usize, step: usize,
  four: v128, two: v128, minusTwo: v128, half: v128, minusHalf: v128, quarter: v128
): void {
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
  if (T > 6) {
    const c = madd(quarter, z2, z0), d = madd(quarter, z3, z1)
    v128.store(to, madd(half, d, c))
    to += step
    if (T == 8) {
      v128.store(to, madd(minusHalf, d, c))
      to += step
    }
  }
  v128.store(to, z3)
}

/** D = A dz Aᵀ with dz = slope · g for a strip, and acc[c] += Σ dz, the gradient of the biases. */
// @ts-ignore: decorator
@inline
function gradientTiles(T: i32, mode: i32, g: usize, slopes: usize, D: usize, acc: usize, from: i32, to: i32): void {
  const four = factor(0), two = factor(3), minusTwo = factor(4), half = factor(6), minusHalf = factor(7), quarter = factor(8)
  const bits = v128.load(LANE_BITS)
  const across = frequencyStep, down = <usize>T * frequencyStep, below = <usize>innerWidth
  for (let c = 0; c < filters; c++) {
    let sum = v128.load(acc + (<usize>c << 4))
    for (let r = from; r < to; r++)
      for (let t = 0; t < tilesX; t++) {
        let p = g + <usize>c * plane + pixel(r * TILE, t * TILE), i = slopeIndex(c, r * TILE, t * TILE), q = tile
        // The strip above has already added to the first rows of this one.
        const untouched = r == from && r > 0 ? savedRows : 0
        for (let y = 0; y < TILE; y++, p += row, i += below, q += TILE_ROW) {
          const line = y < untouched ? saved + (<usize>((c * savedRows + y) * innerWidth + t * TILE) << 4) : p
          const z0 = timesSlope(mode, v128.load(line), slopes, i, 0, bits)
          const z1 = timesSlope(mode, v128.load(line, 16), slopes, i, 1, bits)
          const z2 = timesSlope(mode, v128.load(line, 32), slopes, i, 2, bits)
          const z3 = timesSlope(mode, v128.load(line, 48), slopes, i, 3, bits)
          sum = add(sum, add(add(z0, z1), add(z2, z3)))
          gradientTransform(T, z0, z1, z2, z3, q, VECTOR, four, two, minusTwo, half, minusHalf, quarter)
        }
        let d = D + <usize>c * channelStep + (<usize>((r - from) * gridX + t) << 4)
        q = tile
        for (let j = T; j; j--, q += VECTOR, d += across) {
          const z0 = v128.load(q), z1 = v128.load(q + TILE_ROW), z2 = v128.load(q + 2 * TILE_ROW), z3 = v128.load(q + 3 * TILE_ROW)
          gradientTransform(T, z0, z1, z2, z3, d, down, four, two, minusTwo, half, minusHalf, quarter)
        }
      }
    v128.store(acc + (<usize>c << 4), sum)
  }
}

// @ts-ignore: decorator
@inline
function transformGradient(mode: i32, g: usize, slopes: usize, D: usize, acc: usize, from: i32, to: i32): void {
  if (kernel == 3) gradientTiles(6, mode, g, slopes, D, acc, from, to)
  else if (kernel == 5) gradientTiles(8, mode, g, slopes, D, acc, from, to)
  else gradientTiles(7, mode, g, slopes, D, acc, from, to)
}

export function gradientThroughRelu(g: usize, slopes: usize, D: usize, acc: usize, from: i32, to: i32): void {
  transformGradient(RECTIFY_BITS, g, slopes, D, acc, from, to)
}
export function gradientThroughCurve(g: usize, slopes: usize, D: usize, acc: usize, from: i32, to: i32): void {
  transformGradient(CURVE, g, slopes, D, acc, from, to)
}

/** Row k of B v for six points; `last`: the frequency of ∞. */
// @ts-ignore: decorator
@inline
function pixelOfSix(
  k: i32, v0: v128, v1: v128, v2: v128, v3: v128, v4: v128, last: v128,
  four: v128, minusFour: v128, minusFive: v128, two: v128, minusTwo: v128
): v128 {
  if (k == 0) return mul(four, v0)
  if (k == 1) return madd(minusTwo, sub(v3, v4), mul(four, sub(last, sub(v1, v2))))
  if (k == 2) return madd(minusFour, add(v1, v2), madd(minusFive, v0, v128.neg<real>(add(v3, v4))))
  if (k == 3) return madd(minusFive, last, madd(two, sub(v3, v4), sub(v1, v2)))
  return k == 4 ? add(add(v0, add(v1, v2)), add(v3, v4)) : last
}

/** Row k of B v: T frequencies to pixel k. What rows have in common is left to the compiler to find. */
// @ts-ignore: decorator
@inline
function pixelOf(
  k: i32, T: i32, v0: v128, v1: v128, v2: v128, v3: v128, v4: v128, v5: v128, v6: v128, v7: v128,
  four: v128, minusFour: v128, minusFive: v128, two: v128, minusTwo: v128, half: v128, minusHalf: v128, minusQuarter: v128
): v128 {
  const last = T == 6 ? v5 : T == 7 ? v6 : v7
  if (T == 6) return pixelOfSix(k, v0, v1, v2, v3, v4, last, four, minusFour, minusFive, two, minusTwo)
  // What ½ (and -½) give to the pixels: 4, 0, -5, 0, 1 from pixel 1 (0) on.
  const odd = T == 7 ? v5 : mul(half, sub(v5, v6)), even = add(v5, v6)
  const shift = T - 6, minus = T == 7 ? minusHalf : minusQuarter
  let d = k < shift ? splat(0) : pixelOfSix(k - shift, v0, v1, v2, v3, v4, last, four, minusFour, minusFive, two, minusTwo)
  if (k < shift) d = mul(minus, pixelOfSix(k, v0, v1, v2, v3, v4, last, four, minusFour, minusFive, two, minusTwo))
  else if (k < 6) d = madd(minus, pixelOfSix(k, v0, v1, v2, v3, v4, last, four, minusFour, minusFive, two, minusTwo), d)
  if (k == 1) return madd(four, odd, d)
  if (k == 3) return madd(minusFive, odd, d)
  if (k == 5) return add(odd, d)
  if (T == 7) return d
  if (k == 2) return madd(four, even, d)
  if (k == 4) return madd(minusFive, even, d)
  return k == 6 ? add(even, d) : d
}

// @ts-ignore: decorator
@inline
function increase(p: usize, by: v128): void {
  v128.store(p, add(v128.load(p), by))
}

/** g += B dV Bᵀ for a strip; rows of the frame around the image take what falls on them. */
// @ts-ignore: decorator
@inline
function transposeTiles(T: i32, dV: usize, g: usize, from: i32, to: i32): void {
  const four = factor(0), minusFour = factor(1), minusFive = factor(2), two = factor(3), minusTwo = factor(4)
  const half = factor(6), minusHalf = factor(7), minusQuarter = factor(9)
  const down = row, across = frequencyStep, zero = splat(0)
  for (let c = 0; c < filters; c++)
    for (let r = from; r < to + splits - 1; r++) {
      let v = dV + <usize>c * channelStep + (<usize>((r - from) * gridX) << 4), q = lines
      for (let i = 0; i < T; i++, q += down, v += <usize>T * across) {
        let u = q, w = v
        // A tile's last T - 4 pixels are the next one's first.
        let o0 = zero, o1 = zero, o2 = zero, o3 = zero
        for (let t = gridX; t; t--, u += TILE * VECTOR, w += VECTOR) {
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
          if (T > 6) p += across
          const v6 = T > 6 ? v128.load(p) : v5
          if (T > 7) p += across
          const v7 = T > 7 ? v128.load(p) : v6
          const d0 = pixelOf(0, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter)
          const d1 = pixelOf(1, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter)
          const d2 = pixelOf(2, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter)
          const d3 = pixelOf(3, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter)
          v128.store(u, add(d0, o0))
          v128.store(u, add(d1, o1), 16)
          v128.store(u, T > 6 ? add(d2, o2) : d2, 32)
          v128.store(u, T > 7 ? add(d3, o3) : d3, 48)
          o0 = pixelOf(4, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter)
          o1 = pixelOf(5, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter)
          if (T > 6) o2 = pixelOf(6, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter)
          if (T > 7) o3 = pixelOf(7, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter)
        }
        v128.store(u, o0)
        v128.store(u, o1, 16)
        if (T > 6) v128.store(u, o2, 32)
        if (T > 7) v128.store(u, o3, 48)
      }
      let p = g + <usize>c * plane + pixel(r * TILE - reach, 0)
      q = lines + (<usize>reach << 4)
      for (let x = width; x; x--, p += VECTOR, q += VECTOR) {
        let z = q
        const v0 = v128.load(z)
        z += down
        const v1 = v128.load(z)
        z += down
        const v2 = v128.load(z)
        z += down
        const v3 = v128.load(z)
        z += down
        const v4 = v128.load(z)
        z += down
        const v5 = v128.load(z)
        if (T > 6) z += down
        const v6 = T > 6 ? v128.load(z) : v5
        if (T > 7) z += down
        const v7 = T > 7 ? v128.load(z) : v6
        z = p
        increase(z, pixelOf(0, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter))
        z += down
        increase(z, pixelOf(1, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter))
        z += down
        increase(z, pixelOf(2, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter))
        z += down
        increase(z, pixelOf(3, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter))
        z += down
        increase(z, pixelOf(4, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter))
        z += down
        increase(z, pixelOf(5, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter))
        if (T > 6) increase((z += down), pixelOf(6, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter))
        if (T > 7) increase((z += down), pixelOf(7, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter))
      }
    }
}

export function addTransposed6(dV: usize, g: usize, from: i32, to: i32): void {
  transposeTiles(6, dV, g, from, to)
}
export function addTransposed7(dV: usize, g: usize, from: i32, to: i32): void {
  transposeTiles(7, dV, g, from, to)
}
export function addTransposed8(dV: usize, g: usize, from: i32, to: i32): void {
  transposeTiles(8, dV, g, from, to)
}
export function addTransposedInput(dV: usize, g: usize, from: i32, to: i32): void {
  if (kernel == 3) addTransposed6(dV, g, from, to)
  else if (kernel == 5) addTransposed8(dV, g, from, to)
  else addTransposed7(dV, g, from, to)
}

/** Keeps the rows from y on that the strip above will add to, for `transformGradient`. */
export function saveRows(g: usize, y: i32): void {
  const bytes = <usize>innerWidth << 4
  for (let c = 0; c < filters; c++)
    for (let i = 0; i < savedRows; i++)
      memory.copy(saved + <usize>(c * savedRows + i) * bytes, g + <usize>c * plane + pixel(y + i, 0), bytes)
}
