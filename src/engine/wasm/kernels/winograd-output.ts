/**
 * The transforms of Winograd's method on the side of a layer's output: z = Aᵀ M A, with what follows it in the
 * forward pass, and its transpose D = A dz Aᵀ, with what comes before it in the backward pass. Formulas and layout in
 * winograd.ts. Each is a one-dimensional transform done twice.
 */
import {
  CURVE, FROZEN_BITS, RECTIFY, RECTIFY_BITS, activate, closedBits, keepBits, loadBits, slopeIndex, timesSlope, withoutClosed
} from "./activation"
import { add, madd, splat, sub, REAL, VECTOR, SHIFT } from "./real"
import { RELU, TILE, activation, filters, gridX, height, innerWidth, kernel, pixel, plane, row, tilesX, width } from "./shape"
import { channelStep, factor, frequencyStep, saved, savedRows } from "./winograd"
import { windows } from "./zero-windows"

/** One tile half transformed: up to 8×8 vectors. */
const tile = memory.data(64 * 16 * BLOCKS, 16)
const TILE_ROW: usize = 8 * VECTOR

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

/**
 * The second half of the output transform: the `rows` × `columns` (at most 4 × 4) pixels of a tile that exist.
 * `seen`: the masks of zero-windows.ts, if they matter.
 */
// @ts-ignore: decorator
@inline
function finishTile(
  T: i32, mode: i32, adds: bool, rows: i32, columns: i32, bias: v128,
  two: v128, four: v128, eight: v128, half: v128, quarter: v128, eighth: v128,
  base: usize, out: usize, slopes: usize, i: usize, seen: usize
): void {
  let q = tile
  for (let y = rows; y; y--, q += TILE_ROW, base += row, out += row, i += <usize>innerWidth) {
    const m0 = v128.load(q), m1 = v128.load(q, VECTOR), m2 = v128.load(q, 2 * VECTOR)
    const m3 = v128.load(q, 3 * VECTOR), m4 = v128.load(q, 4 * VECTOR), m5 = v128.load(q, 5 * VECTOR)
    const m6 = T > 6 ? v128.load(q, 6 * VECTOR) : m5, last = T > 7 ? v128.load(q, 7 * VECTOR) : m6
    const sum = T == 8 ? add(m5, m6) : m5, difference = T == 8 ? sub(m5, m6) : m5
    let z0 = output0(T, m0, m1, m2, m3, m4, sum), z1 = output1(T, two, half, m1, m2, m3, m4, difference)
    let z2 = output2(T, four, quarter, m1, m2, m3, m4, sum), z3 = output3(T, eight, eighth, m1, m2, m3, m4, difference, last)
    if (seen && (mode == RECTIFY || mode == RECTIFY_BITS)) {
      z0 = v128.and(z0, v128.load(seen))
      z1 = v128.and(z1, v128.load(seen, VECTOR))
      z2 = v128.and(z2, v128.load(seen, 2 * VECTOR))
      z3 = v128.and(z3, v128.load(seen, 3 * VECTOR))
      seen += <usize>innerWidth << SHIFT
    }
    z0 = add(z0, bias)
    z1 = add(z1, bias)
    z2 = add(z2, bias)
    z3 = add(z3, bias)
    if (mode == RECTIFY_BITS) {
      const zero = splat(0), all = v128.eq<integer>(zero, zero)
      const c0 = v128.le<real>(z0, zero), c1 = columns > 1 ? v128.le<real>(z1, zero) : all
      const c2 = columns > 2 ? v128.le<real>(z2, zero) : all, c3 = columns > 3 ? v128.le<real>(z3, zero) : all
      keepBits(slopes, i, c0, c1, c2, c3)
      z0 = v128.andnot(z0, c0)
      z1 = v128.andnot(z1, c1)
      z2 = v128.andnot(z2, c2)
      z3 = v128.andnot(z3, c3)
    } else if (mode == FROZEN_BITS) {
      const bits = loadBits(slopes, i)
      z0 = withoutClosed(z0, bits, closedBits(0))
      z1 = withoutClosed(z1, bits, closedBits(1))
      z2 = withoutClosed(z2, bits, closedBits(2))
      z3 = withoutClosed(z3, bits, closedBits(3))
    } else {
      z0 = activate(mode, z0, slopes, i, 0)
      if (columns > 1) z1 = activate(mode, z1, slopes, i, 1)
      if (columns > 2) z2 = activate(mode, z2, slopes, i, 2)
      if (columns > 3) z3 = activate(mode, z3, slopes, i, 3)
    }
    v128.store(out, adds ? add(v128.load(base), z0) : z0)
    if (columns > 1) v128.store(out, adds ? add(v128.load(base, VECTOR), z1) : z1, VECTOR)
    if (columns > 2) v128.store(out, adds ? add(v128.load(base, 2 * VECTOR), z2) : z2, 2 * VECTOR)
    if (columns > 3) v128.store(out, adds ? add(v128.load(base, 3 * VECTOR), z3) : z3, 3 * VECTOR)
  }
}

/** out = base + f(Aᵀ M A + bias) for a strip; pixels beyond the image are left alone. */
// @ts-ignore: decorator
@inline
function outputTiles(
  T: i32, mode: i32, adds: bool, M: usize, biases: usize, base: usize, out: usize, slopes: usize, from: i32, to: i32
): void {
  const two = factor(3), four = factor(0), eight = factor(5), half = factor(6), quarter = factor(8), eighth = factor(10)
  const across = frequencyStep, down = <usize>T * frequencyStep, W = width
  for (let c = 0; c < filters; c++) {
    const bias = mode >= FROZEN_BITS ? splat(0) : v128.load_splat<real>(biases + (<usize>c << REAL))
    for (let r = from; r < to; r++) {
      const rows = min(TILE, height - r * TILE)
      for (let t = 0; t < tilesX; t++) {
        const columns = W - t * TILE
        let m = M + <usize>c * channelStep + (<usize>((r - from) * gridX + t) << SHIFT), q = tile
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
        const at = <usize>c * plane + pixel(r * TILE, t * TILE), i = slopeIndex(c, r * TILE, t * TILE)
        if (rows == TILE && columns >= TILE && !windows)
          finishTile(T, mode, adds, 4, 4, bias, two, four, eight, half, quarter, eighth, base + at, out + at, slopes, i, 0)
        else {
          const seen = windows ? windows + (<usize>(r * TILE * innerWidth + t * TILE) << SHIFT) : 0
          finishTile(T, mode, adds, rows, columns, bias, two, four, eight, half, quarter, eighth, base + at, out + at, slopes, i, seen)
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline
export function transformOutput(
  mode: i32, adds: bool, M: usize, biases: usize, base: usize, out: usize, slopes: usize, from: i32, to: i32
): void {
  if (kernel == 3) outputTiles(6, mode, adds, M, biases, base, out, slopes, from, to)
  else if (kernel == 5) outputTiles(8, mode, adds, M, biases, base, out, slopes, from, to)
  else outputTiles(7, mode, adds, M, biases, base, out, slopes, from, to)
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
  const bits0 = closedBits(0), bits1 = closedBits(1), bits2 = closedBits(2), bits3 = closedBits(3)
  const across = frequencyStep, down = <usize>T * frequencyStep, below = <usize>innerWidth
  for (let c = 0; c < filters; c++) {
    let sum = v128.load(acc + (<usize>c << SHIFT))
    for (let r = from; r < to; r++)
      for (let t = 0; t < tilesX; t++) {
        let p = g + <usize>c * plane + pixel(r * TILE, t * TILE), i = slopeIndex(c, r * TILE, t * TILE), q = tile
        // The strip above has already added to the first rows of this one.
        const untouched = r == from && r > 0 ? savedRows : 0
        for (let y = 0; y < TILE; y++, p += row, i += below, q += TILE_ROW) {
          const line = y < untouched ? saved + (<usize>((c * savedRows + y) * innerWidth + t * TILE) << SHIFT) : p
          let z0 = v128.load(line), z1 = v128.load(line, VECTOR), z2 = v128.load(line, 2 * VECTOR), z3 = v128.load(line, 3 * VECTOR)
          if (mode == RECTIFY_BITS) {
            const bits = loadBits(slopes, i)
            z0 = withoutClosed(z0, bits, bits0)
            z1 = withoutClosed(z1, bits, bits1)
            z2 = withoutClosed(z2, bits, bits2)
            z3 = withoutClosed(z3, bits, bits3)
          } else {
            z0 = timesSlope(mode, z0, slopes, i, 0)
            z1 = timesSlope(mode, z1, slopes, i, 1)
            z2 = timesSlope(mode, z2, slopes, i, 2)
            z3 = timesSlope(mode, z3, slopes, i, 3)
          }
          sum = add(sum, add(add(z0, z1), add(z2, z3)))
          gradientTransform(T, z0, z1, z2, z3, q, VECTOR, four, two, minusTwo, half, minusHalf, quarter)
        }
        let d = D + <usize>c * channelStep + (<usize>((r - from) * gridX + t) << SHIFT)
        q = tile
        for (let j = T; j; j--, q += VECTOR, d += across) {
          const z0 = v128.load(q), z1 = v128.load(q + TILE_ROW), z2 = v128.load(q + 2 * TILE_ROW), z3 = v128.load(q + 3 * TILE_ROW)
          gradientTransform(T, z0, z1, z2, z3, d, down, four, two, minusTwo, half, minusHalf, quarter)
        }
      }
    v128.store(acc + (<usize>c << SHIFT), sum)
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

/** Keeps the rows from y on that the strip above will add to, for `transformGradient`. */
export function saveRows(g: usize, y: i32): void {
  const bytes = <usize>innerWidth << SHIFT
  for (let c = 0; c < filters; c++)
    for (let i = 0; i < savedRows; i++)
      memory.copy(saved + <usize>(c * savedRows + i) * bytes, g + <usize>c * plane + pixel(y + i, 0), bytes)
}
