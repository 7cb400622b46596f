/**
 * The dense layer and the losses (loss.ts), with rates (second-order.ts). `weights`: the dense layer's in the flat
 * vector, [M, F·H·W], its biases behind them; `rates`: those of the direction.
 */
import { exp } from "./exp"
import { allocate } from "./memory"
import { LANES, REAL, SHIFT, VECTOR, add, get, madd, mul, set, splat, sub } from "./real"
import { KL_DIVERGENCE, SQUARED_ERROR, classes, filters, height, loss, pixel, pixels, plane, width } from "./shape"

/** Logits, then the loss's gradient by them, and their rates: [M] vectors each. */
let logits: usize = 0
let logitRates: usize = 0
const used = memory.data(16 * BLOCKS, 16)
const column = memory.data(16 * BLOCKS, 16)

export function allocateLogits(): void {
  logits = allocate(<usize>classes << SHIFT)
  logitRates = allocate(<usize>classes << SHIFT)
}

export function computeLogits(h: usize, hRate: usize, weights: usize, rates: usize): void {
  const bias = <usize>(classes * pixels) << REAL
  for (let k: usize = 0; k < <usize>classes; k++) {
    let z = v128.load_splat<real>(weights + bias + (k << REAL)), zRate = v128.load_splat<real>(rates + bias + (k << REAL))
    let i = (k * <usize>pixels) << REAL
    for (let c = 0; c < filters; c++)
      for (let y = 0; y < height; y++) {
        let at = <usize>c * plane + pixel(y, 0)
        for (let x = width; x; x--, at += VECTOR, i += sizeof<real>()) {
          const w = v128.load_splat<real>(weights + i), v = v128.load(h + at)
          z = madd(w, v, z)
          zRate = madd(w, v128.load(hRate + at), zRate)
          zRate = madd(v128.load_splat<real>(rates + i), v, zRate)
        }
      }
    v128.store(logits + (k << SHIFT), z)
    v128.store(logitRates + (k << SHIFT), zRate)
  }
}

/** The targets of class k, from `[lane][class]` numbers. */
function targetsOf(targets: usize, k: usize): v128 {
  for (let l = 0; l < LANES; l++) set(column, l, get(targets, l * classes + <i32>k))
  return v128.load(column)
}

/**
 * Replaces the logits of the group's first `count` images by the loss's gradient and their rates by its rate; those of
 * other lanes by 0. `flat`: the gradient by 0. With p = softmax(logits), the gradient is p minus 1 at the label, or
 * p Σ q − q of probabilities q, and its rate p (rate − Σ p rate), times Σ q; that of a squared error is linear.
 */
export function scoreLogits(labels: usize, targets: usize, count: i32, flat: bool): void {
  for (let l = 0; l < LANES; l++) store<integer>(used + <usize>l * sizeof<integer>(), l < count ? -1 : 0)
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
  for (let l = 0; l < count; l++) {
    const p = logits + (<usize>load<i32>(labels + (<usize>l << 2)) << SHIFT)
    set(p, l, get(p, l) - 1)
  }
}

/** g = Wᵀ d and gRate = Wᵀ dRate + Vᵀ d, d the gradient of the logits; sums += dRate hᵀ + d (hRate)ᵀ, biases dRate. */
export function logitsBackward(
  h: usize, hRate: usize, weights: usize, rates: usize, g: usize, gRate: usize, sums: usize
): void {
  const pitch = <usize>pixels << REAL, M = <usize>classes
  let i: usize = 0
  for (let c = 0; c < filters; c++)
    for (let y = 0; y < height; y++) {
      let at = <usize>c * plane + pixel(y, 0)
      for (let x = width; x; x--, at += VECTOR, i++) {
        const v = v128.load(h + at), vRate = v128.load(hRate + at)
        let sum = splat(0), sumRate = splat(0)
        let w = i << REAL, s = sums + (i << SHIFT)
        for (let k: usize = 0; k < M; k++, w += pitch, s += pitch << (SHIFT - REAL)) {
          const d = v128.load(logits + (k << SHIFT)), dRate = v128.load(logitRates + (k << SHIFT))
          const weight = v128.load_splat<real>(weights + w)
          sum = madd(weight, d, sum)
          sumRate = madd(weight, dRate, sumRate)
          sumRate = madd(v128.load_splat<real>(rates + w), d, sumRate)
          v128.store(s, madd(d, vRate, madd(dRate, v, v128.load(s))))
        }
        v128.store(g + at, sum)
        v128.store(gRate + at, sumRate)
      }
    }
  const biases = sums + (<usize>(classes * pixels) << SHIFT)
  for (let k: usize = 0; k < M; k++)
    v128.store(biases + (k << SHIFT), add(v128.load(biases + (k << SHIFT)), v128.load(logitRates + (k << SHIFT))))
}
