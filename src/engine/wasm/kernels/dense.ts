/**
 * The dense layer: logits = V · flatten(h) + c, and its gradients.
 *
 * Its weights are kept a second time as `[position][class]`, position = (filter, y, x), so that the weights that a
 * vector of h meets lie side by side. Classes go ten at a time, as many sums as registers hold.
 */
import { allocate } from "./memory"
import { add, copyLanes, get, madd, mul, set, splat, splatLane, sumLanes, LANES, PART, REAL, VECTOR, SHIFT } from "./real"
import { classes, denseStart, filters, height, pixel, pixels, plane, width } from "./shape"

/** `[position][class]` */
let weights: usize = 0
/** `[class]` vectors: the logits of a group, then their gradient. */
export let logits: usize = 0
/** `[class][image]` vectors with the logit's gradient of one image in all lanes. */
let spread: usize = 0
/** Weight gradient, `[filter][y][quad of x][class]` vectors; here the lanes are LANES positions, not images. */
let sums: usize = 0
/** Bias gradient, `[class]` vectors. */
let biasSums: usize = 0
let quads: i32 = 0

export function allocateDense(): void {
  quads = (width + LANES - 1) / LANES
  weights = allocate(<usize>(pixels * classes) << REAL)
  logits = allocate(<usize>classes << SHIFT)
  spread = allocate(<usize>(classes * LANES) << SHIFT)
}

export function allocateDenseGradient(): void {
  sums = allocate(<usize>(filters * height * quads * classes) << SHIFT)
  biasSums = allocate(<usize>classes << SHIFT)
}

/** Copies the weights of `parameters` into the layout above. */
export function transposeDense(parameters: usize): void {
  const M = classes, start = parameters + (<usize>denseStart << REAL)
  for (let k = 0; k < M; k++) {
    let from = start + (<usize>(k * pixels) << REAL), to = weights + (<usize>k << REAL)
    for (let i = pixels; i; i--, from += sizeof<real>(), to += <usize>M << REAL) store<real>(to, load<real>(from))
  }
}

/** logits[k] for `count` (10, 5, 2 or 1) classes from k. */
// @ts-ignore: decorator
@inline
function someLogits(count: i32, h: usize, biases: usize, k: i32): void {
  const b = biases + (<usize>k << REAL), pitch = <usize>classes << REAL
  const zero = splat(0), size = sizeof<real>()
  let a0 = v128.load_splat<real>(b), a1 = zero, a2 = zero, a3 = zero, a4 = zero, a5 = zero, a6 = zero, a7 = zero, a8 = zero, a9 = zero
  if (count > 1) a1 = v128.load_splat<real>(b, size)
  if (count > 2) {
    a2 = v128.load_splat<real>(b, 2 * size)
    a3 = v128.load_splat<real>(b, 3 * size)
    a4 = v128.load_splat<real>(b, 4 * size)
  }
  if (count > 5) {
    a5 = v128.load_splat<real>(b, 5 * size)
    a6 = v128.load_splat<real>(b, 6 * size)
    a7 = v128.load_splat<real>(b, 7 * size)
    a8 = v128.load_splat<real>(b, 8 * size)
    a9 = v128.load_splat<real>(b, 9 * size)
  }
  let w = weights + (<usize>k << REAL)
  for (let c = 0; c < filters; c++)
    for (let y = 0; y < height; y++) {
      let p = h + <usize>c * plane + pixel(y, 0)
      for (let x = width; x; x--, p += VECTOR, w += pitch) {
        const v = v128.load(p)
        a0 = madd(v128.load_splat<real>(w), v, a0)
        if (count > 1) a1 = madd(v128.load_splat<real>(w, size), v, a1)
        if (count > 2) {
          a2 = madd(v128.load_splat<real>(w, 2 * size), v, a2)
          a3 = madd(v128.load_splat<real>(w, 3 * size), v, a3)
          a4 = madd(v128.load_splat<real>(w, 4 * size), v, a4)
        }
        if (count > 5) {
          a5 = madd(v128.load_splat<real>(w, 5 * size), v, a5)
          a6 = madd(v128.load_splat<real>(w, 6 * size), v, a6)
          a7 = madd(v128.load_splat<real>(w, 7 * size), v, a7)
          a8 = madd(v128.load_splat<real>(w, 8 * size), v, a8)
          a9 = madd(v128.load_splat<real>(w, 9 * size), v, a9)
        }
      }
    }
  const z = logits + (<usize>k << SHIFT)
  v128.store(z, a0)
  if (count > 1) v128.store(z, a1, VECTOR)
  if (count > 2) {
    v128.store(z, a2, 2 * VECTOR)
    v128.store(z, a3, 3 * VECTOR)
    v128.store(z, a4, 4 * VECTOR)
  }
  if (count > 5) {
    v128.store(z, a5, 5 * VECTOR)
    v128.store(z, a6, 6 * VECTOR)
    v128.store(z, a7, 7 * VECTOR)
    v128.store(z, a8, 8 * VECTOR)
    v128.store(z, a9, 9 * VECTOR)
  }
}

export function tenLogits(h: usize, biases: usize, k: i32): void {
  someLogits(10, h, biases, k)
}
export function fiveLogits(h: usize, biases: usize, k: i32): void {
  someLogits(5, h, biases, k)
}
export function twoLogits(h: usize, biases: usize, k: i32): void {
  someLogits(2, h, biases, k)
}
export function oneLogit(h: usize, biases: usize, k: i32): void {
  someLogits(1, h, biases, k)
}

/** logits = V · flatten(h) + c of one group. */
export function computeLogits(h: usize, parameters: usize): void {
  const biases = parameters + (<usize>(denseStart + classes * pixels) << REAL)
  let k = 0
  for (; k + 10 <= classes; k += 10) tenLogits(h, biases, k)
  for (; k + 5 <= classes; k += 5) fiveLogits(h, biases, k)
  for (; k + 2 <= classes; k += 2) twoLogits(h, biases, k)
  if (k < classes) oneLogit(h, biases, k)
}

/**
 * g = Vᵀ d for one row of `g`, `count` classes from k: the first ten set it, the others
 * add. Two sums in turn, so that an addition need not wait for the one before.
 */
// @ts-ignore: decorator
@inline
function rowGradient(count: i32, accumulate: bool, g: usize, w: usize, k: i32): void {
  const d = logits + (<usize>k << SHIFT), pitch = <usize>classes << REAL, size = sizeof<real>()
  const zero = splat(0)
  const d0 = v128.load(d), d1 = count > 1 ? v128.load(d, VECTOR) : zero
  const d2 = count > 2 ? v128.load(d, 2 * VECTOR) : zero, d3 = count > 2 ? v128.load(d, 3 * VECTOR) : zero, d4 = count > 2 ? v128.load(d, 4 * VECTOR) : zero
  const d5 = count > 5 ? v128.load(d, 5 * VECTOR) : zero, d6 = count > 5 ? v128.load(d, 6 * VECTOR) : zero, d7 = count > 5 ? v128.load(d, 7 * VECTOR) : zero
  const d8 = count > 5 ? v128.load(d, 8 * VECTOR) : zero, d9 = count > 5 ? v128.load(d, 9 * VECTOR) : zero
  w += <usize>k << REAL
  for (let x = width; x; x--, g += VECTOR, w += pitch) {
    let s = madd(v128.load_splat<real>(w), d0, accumulate ? v128.load(g) : zero)
    if (count > 1) {
      let t = mul(v128.load_splat<real>(w, size), d1)
      if (count > 2) {
        s = madd(v128.load_splat<real>(w, 2 * size), d2, s)
        t = madd(v128.load_splat<real>(w, 3 * size), d3, t)
        s = madd(v128.load_splat<real>(w, 4 * size), d4, s)
      }
      if (count > 5) {
        t = madd(v128.load_splat<real>(w, 5 * size), d5, t)
        s = madd(v128.load_splat<real>(w, 6 * size), d6, s)
        t = madd(v128.load_splat<real>(w, 7 * size), d7, t)
        s = madd(v128.load_splat<real>(w, 8 * size), d8, s)
        t = madd(v128.load_splat<real>(w, 9 * size), d9, t)
      }
      s = add(s, t)
    }
    v128.store(g, s)
  }
}

export function firstTen(g: usize, w: usize): void {
  rowGradient(10, false, g, w, 0)
}
export function nextTen(g: usize, w: usize, k: i32): void {
  rowGradient(10, true, g, w, k)
}
export function nextFive(g: usize, w: usize, k: i32): void {
  rowGradient(5, true, g, w, k)
}
export function nextTwo(g: usize, w: usize, k: i32): void {
  rowGradient(2, true, g, w, k)
}
export function nextOne(g: usize, w: usize, k: i32): void {
  rowGradient(1, true, g, w, k)
}

function dataGradientRow(g: usize, w: usize): void {
  let k = 0
  if (classes >= 10) {
    firstTen(g, w)
    k = 10
  } else memory.fill(g, 0, <usize>width << SHIFT)
  for (; k + 10 <= classes; k += 10) nextTen(g, w, k)
  for (; k + 5 <= classes; k += 5) nextFive(g, w, k)
  for (; k + 2 <= classes; k += 2) nextTwo(g, w, k)
  if (k < classes) nextOne(g, w, k)
}

/** Lane j of four vectors (f32), or of the first two (f64), as one vector: position p + j of LANES images. */
// @ts-ignore: decorator
@inline
function transposed(p: usize, j: i32): v128 {
  const a = v128.load(p), b = v128.load(p, VECTOR)
  if (LANES == 2) return j == 0 ? v128.shuffle<f64>(a, b, 0, 2) : v128.shuffle<f64>(a, b, 1, 3)
  const c = v128.load(p, 2 * VECTOR), d = v128.load(p, 3 * VECTOR)
  if (j < 2) {
    const low = v128.shuffle<f32>(a, b, 0, 1, 4, 5), high = v128.shuffle<f32>(c, d, 0, 1, 4, 5)
    return j == 0 ? v128.shuffle<f32>(low, high, 0, 2, 4, 6) : v128.shuffle<f32>(low, high, 1, 3, 5, 7)
  }
  const low = v128.shuffle<f32>(a, b, 2, 3, 6, 7), high = v128.shuffle<f32>(c, d, 2, 3, 6, 7)
  return j == 2 ? v128.shuffle<f32>(low, high, 0, 2, 4, 6) : v128.shuffle<f32>(low, high, 1, 3, 5, 7)
}

/** sums += d hᵀ for one quad of positions, or for two. */
// @ts-ignore: decorator
@inline
function quadGradient(two: bool, h: usize, to: usize): void {
  const next = h + LANES * VECTOR, pitch = <usize>classes << SHIFT
  const t0 = transposed(h, 0), t1 = transposed(h, 1)
  const t2 = LANES > 2 ? transposed(h, 2) : t0, t3 = LANES > 2 ? transposed(h, 3) : t0
  const u0 = two ? transposed(next, 0) : t0, u1 = two ? transposed(next, 1) : t0
  const u2 = two && LANES > 2 ? transposed(next, 2) : t0, u3 = two && LANES > 2 ? transposed(next, 3) : t0
  let d = spread
  for (let k = classes; k; k--, to += VECTOR, d += LANES * VECTOR) {
    const d0 = v128.load(d), d1 = v128.load(d, VECTOR)
    let s = madd(d1, t1, madd(d0, t0, v128.load(to)))
    let r = two ? madd(d1, u1, madd(d0, u0, v128.load(to + pitch))) : s
    if (LANES > 2) {
      const d2 = v128.load(d, 2 * VECTOR), d3 = v128.load(d, 3 * VECTOR)
      s = madd(d3, t3, madd(d2, t2, s))
      if (two) r = madd(d3, u3, madd(d2, u2, r))
    }
    v128.store(to, s)
    if (two) v128.store(to + pitch, r)
  }
}

/** sums += d hᵀ for one row of h. What lies right of the image goes to sums that nobody reads. */
export function weightGradientRow(h: usize, to: usize): void {
  const pitch = <usize>classes << SHIFT
  let q = quads
  for (; q >= 2; q -= 2, h += 2 * LANES * VECTOR, to += 2 * pitch) quadGradient(true, h, to)
  if (q) quadGradient(false, h, to)
}

/** From the gradient of the logits (in `logits`): g = Vᵀ d; weight and bias sums += their gradients. */
export function denseBackward(h: usize, g: usize): void {
  for (let k = 0; k < classes; k++) {
    const d = logits + (<usize>k << SHIFT), b = biasSums + (<usize>k << SHIFT)
    v128.store(b, add(v128.load(b), v128.load(d)))
    for (let l = 0; l < LANES; l++) v128.store(spread + (<usize>(k * LANES + l) << SHIFT), splatLane(d, l))
  }
  let w = weights, s = sums
  for (let c = 0; c < filters; c++)
    for (let y = 0; y < height; y++) {
      const at = <usize>c * plane + pixel(y, 0)
      dataGradientRow(g + at, w)
      weightGradientRow(h + at, s)
      w += <usize>(width * classes) << REAL
      s += <usize>(quads * classes) << SHIFT
    }
}

/** g = Vᵀ d alone. */
export function denseDataGradient(g: usize): void {
  let w = weights
  for (let c = 0; c < filters; c++)
    for (let y = 0; y < height; y++, w += <usize>(width * classes) << REAL) dataGradientRow(g + <usize>c * plane + pixel(y, 0), w)
}

export function clearDenseSums(): void {
  memory.fill(sums, 0, <usize>(filters * height * quads * classes) << SHIFT)
  memory.fill(biasSums, 0, <usize>classes << SHIFT)
}

/** Writes the sums into a gradient vector. */
export function collectDense(gradient: usize, block: i32): void {
  const M = classes, start = gradient + (<usize>denseStart << REAL), whole = width / LANES
  for (let k = 0; k < M; k++) {
    let to = start + (<usize>(k * pixels) << REAL), from = sums + (<usize>k << SHIFT)
    for (let line = filters * height; line; line--) {
      for (let q = whole; q; q--, from += <usize>M << SHIFT, to += PART) copyLanes(to, from, block)
      if (whole < quads) {
        for (let l = 0; l < width - whole * LANES; l++, to += sizeof<real>()) store<real>(to, get(from, block * LANES + l))
        from += <usize>M << SHIFT
      }
    }
  }
  const biases = denseStart + M * pixels
  for (let k = 0; k < M; k++) {
    const b = biasSums + (<usize>k << SHIFT)
    set(gradient, biases + k, sumLanes(b, block))
  }
}
