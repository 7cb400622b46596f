/**
 * The matrix products of Winograd's method, one frequency at a time. Eight sums stay in registers, 4 × 2; what is left
 * over at the edges is done 2 or 1 at a time.
 */
import { fetchPart } from "./ahead"
import { add, held, madd, splat, LANES, REAL, VECTOR, SHIFT } from "./real"
import { TILE, filters, gridX, plane, points, row, splits } from "./shape"
import { D, M, U, Uback, V, channelStep, frequencies, frequencyStep, layerStep, weightStep } from "./winograd"

/** M[o][t] (+)= Σ_i U[i][o] V[i][t] for `rows` (4, 2, 1) channels o and `columns` (3, 2, 1) tiles t. */
// @ts-ignore: decorator
@inline
function block(rows: i32, columns: i32, accumulate: bool, U: usize, V: usize, M: usize): void {
  const step = channelStep, pitch = <usize>filters << REAL, F = filters
  const m1 = M + step, m2 = M + 2 * step, m3 = M + 3 * step
  const zero = splat(0)
  let a00 = accumulate ? v128.load(M) : zero
  let a01 = accumulate && columns > 1 ? v128.load(M, VECTOR) : zero
  let a02 = accumulate && columns > 2 ? v128.load(M, 2 * VECTOR) : zero
  let a10 = accumulate && rows > 1 ? v128.load(m1) : zero
  let a11 = accumulate && rows > 1 && columns > 1 ? v128.load(m1, VECTOR) : zero
  let a12 = accumulate && rows > 1 && columns > 2 ? v128.load(m1, 2 * VECTOR) : zero
  let a20 = accumulate && rows > 2 ? v128.load(m2) : zero
  let a21 = accumulate && rows > 2 && columns > 1 ? v128.load(m2, VECTOR) : zero
  let a22 = accumulate && rows > 2 && columns > 2 ? v128.load(m2, 2 * VECTOR) : zero
  let a30 = accumulate && rows > 2 ? v128.load(m3) : zero
  let a31 = accumulate && rows > 2 && columns > 1 ? v128.load(m3, VECTOR) : zero
  let a32 = accumulate && rows > 2 && columns > 2 ? v128.load(m3, 2 * VECTOR) : zero
  for (let i = F; i; i--, V += step, U += pitch) {
    const v0 = held(v128.load(V)), v1 = columns > 1 ? held(v128.load(V, VECTOR)) : v0, v2 = columns > 2 ? held(v128.load(V, 2 * VECTOR)) : v0
    const u0 = v128.load_splat<real>(U)
    a00 = madd(u0, v0, a00)
    if (columns > 1) a01 = madd(u0, v1, a01)
    if (columns > 2) a02 = madd(u0, v2, a02)
    if (rows > 1) {
      const u1 = v128.load_splat<real>(U, sizeof<real>())
      a10 = madd(u1, v0, a10)
      if (columns > 1) a11 = madd(u1, v1, a11)
      if (columns > 2) a12 = madd(u1, v2, a12)
    }
    if (rows > 2) {
      const u2 = v128.load_splat<real>(U, 2 * sizeof<real>())
      a20 = madd(u2, v0, a20)
      if (columns > 1) a21 = madd(u2, v1, a21)
      if (columns > 2) a22 = madd(u2, v2, a22)
      const u3 = v128.load_splat<real>(U, 3 * sizeof<real>())
      a30 = madd(u3, v0, a30)
      if (columns > 1) a31 = madd(u3, v1, a31)
      if (columns > 2) a32 = madd(u3, v2, a32)
    }
  }
  v128.store(M, a00)
  if (columns > 1) v128.store(M, a01, VECTOR)
  if (columns > 2) v128.store(M, a02, 2 * VECTOR)
  if (rows > 1) {
    v128.store(m1, a10)
    if (columns > 1) v128.store(m1, a11, VECTOR)
    if (columns > 2) v128.store(m1, a12, 2 * VECTOR)
  }
  if (rows > 2) {
    v128.store(m2, a20)
    if (columns > 1) v128.store(m2, a21, VECTOR)
    if (columns > 2) v128.store(m2, a22, 2 * VECTOR)
    v128.store(m3, a30)
    if (columns > 1) v128.store(m3, a31, VECTOR)
    if (columns > 2) v128.store(m3, a32, 2 * VECTOR)
  }
}

// @ts-ignore: decorator
@inline
function line(rows: i32, accumulate: bool, U: usize, V: usize, M: usize, tiles: i32): void {
  let t = tiles
  if (COLUMNS == 3) for (; t > 4 || t == 3; t -= 3, V += 3 * VECTOR, M += 3 * VECTOR) block(rows, 3, accumulate, U, V, M)
  for (; t >= 2; t -= 2, V += 2 * VECTOR, M += 2 * VECTOR) block(rows, 2, accumulate, U, V, M)
  if (t) block(rows, 1, accumulate, U, V, M)
}

// @ts-ignore: decorator
@inline
function product(accumulate: bool, U: usize, V: usize, M: usize, tiles: i32): void {
  const F = filters
  let o = 0
  for (; o + 4 <= F; o += 4, U += 4 * sizeof<real>(), M += 4 * channelStep) line(4, accumulate, U, V, M, tiles)
  if (F & 2) {
    line(2, accumulate, U, V, M, tiles)
    U += 2 * sizeof<real>()
    M += 2 * channelStep
  }
  if (F & 1) line(1, accumulate, U, V, M, tiles)
}

/** M = U V */
export function multiply(U: usize, V: usize, M: usize, tiles: i32): void {
  product(false, U, V, M, tiles)
}

/** M += U V */
export function multiplyAdd(U: usize, V: usize, M: usize, tiles: i32): void {
  product(true, U, V, M, tiles)
}

/** Sum of the lanes, in the order of `addFour`. */
// @ts-ignore: decorator
@inline
function addOne(p: usize, a: v128): void {
  const x = v128.extract_lane<real>(a, 0), y = v128.extract_lane<real>(a, 1)
  if (LANES == 2) store<real>(p, load<real>(p) + (x + y))
  else store<real>(p, load<real>(p) + (x + v128.extract_lane<real>(a, 2) + (y + v128.extract_lane<real>(a, 3))))
}

// Sums of several blocks side by side lie `sumStep` apart: lanes of a block are added to its own.

/** Adds the two lanes (f64) to the two numbers at p. */
// @ts-ignore: decorator
@inline
function addPair(p: usize, lanes: v128): void {
  v128.store(p, add(v128.load(p), lanes))
}

/** Adds the first two of four lanes to the two numbers at p, the others to those at q. */
// @ts-ignore: decorator
@inline
function addHalves(p: usize, q: usize, lanes: v128): void {
  const sum = add(v128.load_lane<u64>(q, v128.load64_zero(p), 1), lanes)
  v128.store_lane<u64>(p, sum, 0)
  v128.store_lane<u64>(q, sum, 1)
}

/** Adds four lanes to the four numbers at p. */
// @ts-ignore: decorator
@inline
function addQuad(p: usize, lanes: v128): void {
  v128.store(p, add(v128.load(p), lanes))
}

/** The sums of the lanes of four vectors (f32), as one. */
// @ts-ignore: decorator
@inline
function lanesOfFour(a: v128, b: v128, c: v128, d: v128): v128 {
  const u = add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7))
  const w = add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7))
  return add(v128.shuffle<f32>(u, w, 0, 1, 4, 5), v128.shuffle<f32>(u, w, 2, 3, 6, 7))
}

/** Adds the lanes of a and b to the two numbers at p, those of c and d to the two at q. */
// @ts-ignore: decorator
@inline
function addFour(p: usize, q: usize, a: v128, b: v128, c: v128, d: v128): void {
  if (LANES == 2) {
    addPair(p, add(v128.shuffle<f64>(a, b, 0, 2), v128.shuffle<f64>(a, b, 1, 3)))
    addPair(q, add(v128.shuffle<f64>(c, d, 0, 2), v128.shuffle<f64>(c, d, 1, 3)))
    return
  }
  addHalves(p, q, lanesOfFour(a, b, c, d))
}

/** Adds the lanes of a, b, c and d to the four numbers at p. */
// @ts-ignore: decorator
@inline
function addRow(p: usize, a: v128, b: v128, c: v128, d: v128): void {
  if (LANES == 2) addFour(p, p + 2 * sizeof<real>(), a, b, c, d)
  else addQuad(p, lanesOfFour(a, b, c, d))
}

/** dU[o][i] += Σ_t D[o][t] V[i][t] for `rows` (4, 2, 1) channels o and `columns` (2, 1) channels i. */
// @ts-ignore: decorator
@inline
function outerBlock(rows: i32, columns: i32, D: usize, V: usize, dU: usize, tiles: i32): void {
  const step = channelStep, step2 = 2 * step, step3 = 3 * step
  const zero = splat(0)
  let a00 = zero, a01 = zero, a10 = zero, a11 = zero, a20 = zero, a21 = zero, a30 = zero, a31 = zero
  // Two tiles a turn: addresses are computed once for both.
  let t = tiles
  for (; t >= 2; t -= 2, D += 2 * VECTOR, V += 2 * VECTOR) {
    const D1 = D + step, D2 = D + step2, D3 = D + step3, W = V + step
    let v0 = held(v128.load(V)), v1 = columns > 1 ? held(v128.load(W)) : v0
    let d = v128.load(D)
    a00 = madd(d, v0, a00)
    if (columns > 1) a01 = madd(d, v1, a01)
    if (rows > 1) {
      d = v128.load(D1)
      a10 = madd(d, v0, a10)
      if (columns > 1) a11 = madd(d, v1, a11)
    }
    if (rows > 2) {
      d = v128.load(D2)
      a20 = madd(d, v0, a20)
      if (columns > 1) a21 = madd(d, v1, a21)
      d = v128.load(D3)
      a30 = madd(d, v0, a30)
      if (columns > 1) a31 = madd(d, v1, a31)
    }
    v0 = held(v128.load(V, VECTOR))
    if (columns > 1) v1 = held(v128.load(W, VECTOR))
    d = v128.load(D, VECTOR)
    a00 = madd(d, v0, a00)
    if (columns > 1) a01 = madd(d, v1, a01)
    if (rows > 1) {
      d = v128.load(D1, VECTOR)
      a10 = madd(d, v0, a10)
      if (columns > 1) a11 = madd(d, v1, a11)
    }
    if (rows > 2) {
      d = v128.load(D2, VECTOR)
      a20 = madd(d, v0, a20)
      if (columns > 1) a21 = madd(d, v1, a21)
      d = v128.load(D3, VECTOR)
      a30 = madd(d, v0, a30)
      if (columns > 1) a31 = madd(d, v1, a31)
    }
  }
  if (t) {
    const v0 = v128.load(V), v1 = columns > 1 ? v128.load(V + step) : v0
    a00 = madd(v128.load(D), v0, a00)
    if (columns > 1) a01 = madd(v128.load(D), v1, a01)
    if (rows > 1) {
      const d = v128.load(D + step)
      a10 = madd(d, v0, a10)
      if (columns > 1) a11 = madd(d, v1, a11)
    }
    if (rows > 2) {
      let d = v128.load(D + step2)
      a20 = madd(d, v0, a20)
      if (columns > 1) a21 = madd(d, v1, a21)
      d = v128.load(D + step3)
      a30 = madd(d, v0, a30)
      if (columns > 1) a31 = madd(d, v1, a31)
    }
  }
  const pitch = <usize>filters << REAL
  const q1 = dU + pitch, q2 = dU + 2 * pitch, q3 = dU + 3 * pitch
  if (columns > 1 && rows > 1) {
    addFour(dU, q1, a00, a01, a10, a11)
    if (rows > 2) addFour(q2, q3, a20, a21, a30, a31)
    return
  }
  addOne(dU, a00)
  if (columns > 1) addOne(dU + sizeof<real>(), a01)
  if (rows > 1) addOne(q1, a10)
  if (rows > 2) {
    addOne(q2, a20)
    addOne(q3, a30)
  }
}

/** The same for 4 × 4 channels, where there are registers for sixteen sums. */
// @ts-ignore: decorator
@inline
function wideOuterBlock(D: usize, V: usize, dU: usize, tiles: i32): void {
  const step = channelStep, step2 = 2 * step, step3 = 3 * step
  const zero = splat(0)
  let a00 = zero, a01 = zero, a02 = zero, a03 = zero, a10 = zero, a11 = zero, a12 = zero, a13 = zero
  let a20 = zero, a21 = zero, a22 = zero, a23 = zero, a30 = zero, a31 = zero, a32 = zero, a33 = zero
  for (let t = tiles; t; t--, D += VECTOR, V += VECTOR) {
    const v0 = held(v128.load(V)), v1 = held(v128.load(V + step)), v2 = held(v128.load(V + step2)), v3 = held(v128.load(V + step3))
    let d = held(v128.load(D))
    a00 = madd(d, v0, a00)
    a01 = madd(d, v1, a01)
    a02 = madd(d, v2, a02)
    a03 = madd(d, v3, a03)
    d = held(v128.load(D + step))
    a10 = madd(d, v0, a10)
    a11 = madd(d, v1, a11)
    a12 = madd(d, v2, a12)
    a13 = madd(d, v3, a13)
    d = held(v128.load(D + step2))
    a20 = madd(d, v0, a20)
    a21 = madd(d, v1, a21)
    a22 = madd(d, v2, a22)
    a23 = madd(d, v3, a23)
    d = held(v128.load(D + step3))
    a30 = madd(d, v0, a30)
    a31 = madd(d, v1, a31)
    a32 = madd(d, v2, a32)
    a33 = madd(d, v3, a33)
  }
  const pitch = <usize>filters << REAL
  addRow(dU, a00, a01, a02, a03)
  addRow(dU + pitch, a10, a11, a12, a13)
  addRow(dU + 2 * pitch, a20, a21, a22, a23)
  addRow(dU + 3 * pitch, a30, a31, a32, a33)
}

/** dU += D Vᵀ, summed over lanes. dU: [out][in] numbers. */
export function outerProduct(D: usize, V: usize, dU: usize, tiles: i32): void {
  const F = filters, step = channelStep, pitch = <usize>F << REAL
  let o = 0
  for (; o + 4 <= F; o += 4, D += 4 * step, dU += 4 * pitch) {
    let i: i32 = 0
    if (MANY_REGISTERS) for (; i + 4 <= F; i += 4) wideOuterBlock(D, V + <usize>i * step, dU + (<usize>i << REAL), tiles)
    for (; i + 2 <= F; i += 2) outerBlock(4, 2, D, V + <usize>i * step, dU + (<usize>i << REAL), tiles)
    if (i < F) outerBlock(4, 1, D, V + <usize>i * step, dU + (<usize>i << REAL), tiles)
  }
  if (F & 2) {
    let i: i32 = 0
    for (; i + 2 <= F; i += 2) outerBlock(2, 2, D, V + <usize>i * step, dU + (<usize>i << REAL), tiles)
    if (i < F) outerBlock(2, 1, D, V + <usize>i * step, dU + (<usize>i << REAL), tiles)
    D += 2 * step
    dU += 2 * pitch
  }
  if (F & 1) {
    let i: i32 = 0
    for (; i + 2 <= F; i += 2) outerBlock(1, 2, D, V + <usize>i * step, dU + (<usize>i << REAL), tiles)
    if (i < F) outerBlock(1, 1, D, V + <usize>i * step, dU + (<usize>i << REAL), tiles)
  }
}

/**
 * Whether U is 0 at frequency f of part (a, b) of a split kernel: the last part's last tap lies beyond the kernel, and
 * the frequency of ∞ is made of that tap alone. That saves 14 % of the products of kernel 7.
 */
// @ts-ignore: decorator
@inline
function vanishes(f: i32, a: i32, b: i32): bool {
  const last = points - 1
  return (a > 0 && f / points == last) || (b > 0 && f % points == last)
}

/**
 * M = U V of a layer for a strip of `rows` rows of tiles. Meanwhile rows [from, to) of `ahead` are fetched; 0: none.
 */
export function forwardProducts(layer: i32, rows: i32, ahead: usize, from: i32, to: i32): void {
  const tiles = rows * gridX - splits + 1, step = frequencyStep, weights = weightStep()
  for (let f = 0; f < frequencies; f++) {
    let u = U + <usize>layer * layerStep() + <usize>f * weights
    const v = V + <usize>f * step, m = M + <usize>f * step
    for (let a = 0; a < splits; a++)
      for (let b = 0; b < splits; b++, u += <usize>frequencies * weights) {
        if (a + b == 0) multiply(u, v, m, tiles)
        else if (!vanishes(f, a, b)) multiplyAdd(u, v + (<usize>(a * gridX + b) << SHIFT), m, tiles)
      }
    if (NATIVE) fetchPart(f, frequencies)
    else if (ahead) fetchAhead(ahead, f, from, to)
  }
}

/** dU += D Vᵀ of frequency f. sums: `[part][frequency][out][in]` numbers. */
function weightProducts(f: i32, sums: usize, rows: i32): void {
  const tiles = rows * gridX - splits + 1, step = frequencyStep, bytes = weightStep()
  let dU = sums + <usize>f * bytes
  const d = D + <usize>f * step, v = V + <usize>f * step
  for (let a = 0; a < splits; a++)
    for (let b = 0; b < splits; b++, dU += <usize>frequencies * bytes)
      if (!vanishes(f, a, b)) outerProduct(d, v + (<usize>(a * gridX + b) << SHIFT), dU, tiles)
}

/** dV = Uᵀ D of frequency f of a layer, or += if `accumulate`. */
function dataProducts(f: i32, layer: i32, rows: i32, dV: usize, accumulate: bool): void {
  const tiles = rows * gridX, step = frequencyStep, weights = weightStep()
  let u = Uback + <usize>layer * layerStep() + <usize>f * weights
  const d = D + <usize>f * step, v = dV + <usize>f * step
  if (splits > 1 && !accumulate)
    for (let c = 0; c < filters; c++) memory.fill(v + <usize>c * channelStep + (<usize>tiles << SHIFT), 0, <usize>gridX << SHIFT)
  for (let a = 0; a < splits; a++)
    for (let b = 0; b < splits; b++, u += <usize>frequencies * weights) {
      if (a + b == 0 && !accumulate) multiply(u, d, v, tiles)
      else if (!vanishes(f, a, b)) multiplyAdd(u, d, v + (<usize>(a * gridX + b) << SHIFT), tiles - b)
    }
}

/**
 * The backward pass of a layer for a strip: dU += D Vᵀ, and dV = Uᵀ D, or += if `accumulate`. Frequency by frequency,
 * so that dV may be V itself, which takes a third less of the cache. `ahead` as above.
 */
export function gradientProducts(
  layer: i32, sums: usize, rows: i32, dV: usize, accumulate: bool, ahead: usize, from: i32, to: i32
): void {
  for (let f = 0; f < frequencies; f++) {
    weightProducts(f, sums, rows)
    dataProducts(f, layer, rows, dV, accumulate)
    if (NATIVE) fetchPart(f, frequencies)
    else if (ahead) fetchAhead(ahead, f, from, to)
  }
}

/** dV (in M) = Uᵀ D of a layer, or += if `accumulate`. */
export function backwardProducts(layer: i32, rows: i32, accumulate: bool): void {
  for (let f = 0; f < frequencies; f++) dataProducts(f, layer, rows, M, accumulate)
}

let unused: i32 = 0

/**
 * Reads one word of each cache line that tile rows [from, to) of a channel of h touch, so that they are on their way
 * while the products run: 4 to 6 % in deep networks.
 */
function fetchAhead(h: usize, channel: i32, from: i32, to: i32): void {
  if (channel >= filters) return
  let p = h + <usize>channel * plane + <usize>(from * TILE) * row
  const end = p + <usize>((to - from) * TILE + 2) * row
  let word = 0
  for (; p < end; p += 64) word ^= load<i32>(p)
  unused ^= word
}
