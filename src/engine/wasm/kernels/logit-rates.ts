/**
 * The dense layer and the losses (loss.ts), with rates (second-order.ts). `weights`: the dense layer's in the flat
 * vector, [M, F·H·W], its biases behind them; `rates`: those of the direction.
 */
import { exp } from "./exp"
import { allocate } from "./memory"
import { ALL_LANES, REAL, SHIFT, VECTOR, add, exampleOf, get, madd, mul, set, splat, sub } from "./real"
import { KL_DIVERGENCE, SQUARED_ERROR, classes, filters, height, loss, pixel, pixels, plane, width } from "./shape"

/** Logits, then the loss's gradient by them, and their rates: [M] vectors each. */
export let logits: usize = 0
export let logitRates: usize = 0
const used = memory.data(16 * BLOCKS, 16)
const column = memory.data(16 * BLOCKS, 16)

export function allocateLogits(): void {
  logits = allocate(<usize>classes << SHIFT)
  logitRates = allocate(<usize>classes << SHIFT)
}

/** The logit of class k, or of two classes from there: their sums need not wait for one another. */
// @ts-ignore: decorator
@inline
function logitsOf(two: bool, k: usize, h: usize, hRate: usize, weights: usize, rates: usize): void {
  const bias = (<usize>(classes * pixels) << REAL) + (k << REAL), pitch = <usize>pixels << REAL
  let z = v128.load_splat<real>(weights + bias), zRate = v128.load_splat<real>(rates + bias)
  let y = z, yRate = zRate
  if (two) {
    y = v128.load_splat<real>(weights + bias, sizeof<real>())
    yRate = v128.load_splat<real>(rates + bias, sizeof<real>())
  }
  let i = k * pitch
  for (let c = 0; c < filters; c++)
    for (let line = 0; line < height; line++) {
      let at = <usize>c * plane + pixel(line, 0)
      for (let x = width; x; x--, at += VECTOR, i += sizeof<real>()) {
        const v = v128.load(h + at), vRate = v128.load(hRate + at), w = v128.load_splat<real>(weights + i)
        z = madd(w, v, z)
        zRate = madd(w, vRate, zRate)
        zRate = madd(v128.load_splat<real>(rates + i), v, zRate)
        if (two) {
          const u = v128.load_splat<real>(weights + pitch + i)
          y = madd(u, v, y)
          yRate = madd(u, vRate, yRate)
          yRate = madd(v128.load_splat<real>(rates + pitch + i), v, yRate)
        }
      }
    }
  const to = k << SHIFT
  v128.store(logits + to, z)
  v128.store(logitRates + to, zRate)
  if (two) {
    v128.store(logits + to, y, VECTOR)
    v128.store(logitRates + to, yRate, VECTOR)
  }
}

export function twoLogits(k: usize, h: usize, hRate: usize, weights: usize, rates: usize): void {
  logitsOf(true, k, h, hRate, weights, rates)
}
export function oneLogit(k: usize, h: usize, hRate: usize, weights: usize, rates: usize): void {
  logitsOf(false, k, h, hRate, weights, rates)
}

export function computeLogits(h: usize, hRate: usize, weights: usize, rates: usize): void {
  let k: usize = 0
  for (; k + 2 <= <usize>classes; k += 2) twoLogits(k, h, hRate, weights, rates)
  if (k < <usize>classes) oneLogit(k, h, hRate, weights, rates)
}

/** The targets of class k, from `[example][class]` numbers. */
function targetsOf(targets: usize, k: usize): v128 {
  for (let l = 0; l < ALL_LANES; l++) set(column, l, get(targets, exampleOf(l) * classes + <i32>k))
  return v128.load(column)
}

/**
 * Replaces the logits of the group's first `count` images by the loss's gradient and their rates by its rate; those of
 * other lanes by 0. `flat`: the gradient by 0. With p = softmax(logits), the gradient is p minus 1 at the label, or
 * p Σ q − q of probabilities q, and its rate p (rate − Σ p rate), times Σ q; that of a squared error is linear.
 */
export function scoreLogits(labels: usize, targets: usize, count: i32, flat: bool): void {
  for (let l = 0; l < ALL_LANES; l++) store<integer>(used + <usize>l * sizeof<integer>(), l < count ? -1 : 0)
  const mask = v128.load(used)
  if (loss == SQUARED_ERROR) {
    const factor = v128.and(splat(<real>2 / <real>classes), mask)
    for (let k: usize = 0; k < <usize>classes; k++) {
      const z = logits + (k << SHIFT), zRate = logitRates + (k << SHIFT)
      const off = v128.and(sub(v128.load(z), targetsOf(targets, k)), mask)
      v128.store(z, flat ? splat(0) : mul(factor, off))
      v128.store(zRate, mul(factor, v128.load(zRate)))
    }
    return
  }
  let highest = v128.load(logits)
  for (let k = 1; k < classes; k++) highest = v128.max<real>(highest, v128.load(logits + (<usize>k << SHIFT)))
  let sum = splat(0), mean = splat(0)
  for (let k: usize = 0; k < <usize>classes; k++) {
    const p = exp(sub(v128.load(logits + (k << SHIFT)), highest))
    v128.store(logits + (k << SHIFT), p)
    sum = add(sum, p)
    mean = madd(p, v128.load(logitRates + (k << SHIFT)), mean)
  }
  mean = v128.div<real>(mean, sum)
  const soft = loss == KL_DIVERGENCE
  let whole = splat(1)
  if (soft) {
    whole = splat(0)
    for (let k: usize = 0; k < <usize>classes; k++) whole = add(whole, targetsOf(targets, k))
  }
  for (let k: usize = 0; k < <usize>classes; k++) {
    let p = v128.and(v128.div<real>(v128.load(logits + (k << SHIFT)), sum), mask)
    if (soft) p = mul(p, whole)
    v128.store(logits + (k << SHIFT), flat ? splat(0) : p)
    v128.store(logitRates + (k << SHIFT), mul(p, sub(v128.load(logitRates + (k << SHIFT)), mean)))
  }
  if (flat) return
  if (soft) {
    for (let k: usize = 0; k < <usize>classes; k++) {
      const z = logits + (k << SHIFT)
      v128.store(z, sub(v128.load(z), v128.and(targetsOf(targets, k), mask)))
    }
    return
  }
  for (let l = 0; l < min(count, ALL_LANES); l++) {
    const p = logits + (<usize>load<i32>(labels + (<usize>exampleOf(l) << 2)) << SHIFT)
    set(p, l, get(p, l) - 1)
  }
}

/** g = Wᵀ d and gRate = Wᵀ dRate + Vᵀ d, d the gradient of the logits. */
export function logitsBackward(weights: usize, rates: usize, g: usize, gRate: usize): void {
  const pitch = <usize>pixels << REAL, M = <usize>classes
  let i: usize = 0
  for (let c = 0; c < filters; c++)
    for (let y = 0; y < height; y++) {
      let at = <usize>c * plane + pixel(y, 0)
      for (let x = width; x; x--, at += VECTOR, i++) {
        let sum = splat(0), sumRate = splat(0)
        let w = i << REAL
        for (let k: usize = 0; k < M; k++, w += pitch) {
          const d = v128.load(logits + (k << SHIFT)), dRate = v128.load(logitRates + (k << SHIFT))
          const weight = v128.load_splat<real>(weights + w)
          sum = madd(weight, d, sum)
          sumRate = madd(weight, dRate, sumRate)
          sumRate = madd(v128.load_splat<real>(rates + w), d, sumRate)
        }
        v128.store(g + at, sum)
        v128.store(gRate + at, sumRate)
      }
    }
}
