/**
 * The transforms of Winograd's method on the side of a layer's input: V = Bᵀ h B, and its transpose dh += B dV Bᵀ.
 * Formulas and layout in winograd.ts. Each is a one-dimensional transform done twice.
 */
import { add, madd, mul, splat, sub, VECTOR, SHIFT } from "./real"
import { TILE, filters, gridX, kernel, pixel, plane, reach, row, splits, width } from "./shape"
import { channelStep, factor, frequencyStep, lines } from "./winograd"

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
      let v = V + <usize>c * channelStep + (<usize>((r - from) * gridX) << SHIFT)
      q = lines
      for (let i = 0; i < T; i++, q += down, v += <usize>T * across) {
        let u = q, w = v
        for (let t = gridX; t; t--, u += TILE * VECTOR, w += VECTOR)
          inputTransform(
            T, v128.load(u), v128.load(u, VECTOR), v128.load(u, 2 * VECTOR), v128.load(u, 3 * VECTOR), v128.load(u, 4 * VECTOR), v128.load(u, 5 * VECTOR),
            T > 6 ? v128.load(u, 6 * VECTOR) : zero, T > 7 ? v128.load(u, 7 * VECTOR) : zero, w, across,
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
      let v = dV + <usize>c * channelStep + (<usize>((r - from) * gridX) << SHIFT), q = lines
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
          v128.store(u, add(d1, o1), VECTOR)
          v128.store(u, T > 6 ? add(d2, o2) : d2, 2 * VECTOR)
          v128.store(u, T > 7 ? add(d3, o3) : d3, 3 * VECTOR)
          o0 = pixelOf(4, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter)
          o1 = pixelOf(5, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter)
          if (T > 6) o2 = pixelOf(6, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter)
          if (T > 7) o3 = pixelOf(7, T, v0, v1, v2, v3, v4, v5, v6, v7, four, minusFour, minusFive, two, minusTwo, half, minusHalf, minusQuarter)
        }
        v128.store(u, o0)
        v128.store(u, o1, VECTOR)
        if (T > 6) v128.store(u, o2, 2 * VECTOR)
        if (T > 7) v128.store(u, o3, 3 * VECTOR)
      }
      let p = g + <usize>c * plane + pixel(r * TILE - reach, 0)
      q = lines + (<usize>reach << SHIFT)
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
