/**
 * The losses of a group, their gradient by the logits z, and how many are right. With p = softmax(z) and M classes,
 *
 *     cross-entropy, of a label y            log Σ exp z_k − z_y            p − [k = y]
 *     divergence, of probabilities q         Σ q_k (log q_k − log p_k)      p_k Σ q − q_k
 *     squared error, of any targets t        Σ (z_k − t_k)² / M             2 (z_k − t_k) / M
 */
import { logits } from "./dense"
import { exp, log } from "./exp"
import { add, exampleOf, get, mul, set, splat, sub, ALL_LANES, REAL, SHIFT } from "./real"
import { KL_DIVERGENCE, SQUARED_ERROR, classes, loss } from "./shape"

/** Number of right answers since `clearScore`. */
export let correct: i32 = 0

/** Losses of the group's images (the first two in nats), f64. */
export const losses = memory.data(4 * 8 * BLOCKS, 16)

const maxima = memory.data(16 * BLOCKS, 16)
const totals = memory.data(16 * BLOCKS, 16)
const weight = memory.data(16 * BLOCKS, 16)
const column = memory.data(16 * BLOCKS, 16)

export function clearScore(): void {
  correct = 0
}

/** All bits of the lanes whose example is one of `count`. */
function lanes(count: i32): v128 {
  for (let l = 0; l < ALL_LANES; l++) store<integer>(weight + (<usize>l << REAL), exampleOf(l) < count ? -1 : 0)
  return v128.load(weight)
}

/** The targets of class k, from `[example][class]` numbers. */
function targetsOf(targets: usize, k: i32): v128 {
  for (let l = 0; l < ALL_LANES; l++) set(column, l, get(targets, exampleOf(l) * classes + k))
  return v128.load(column)
}

/**
 * Scores the images of the group whose example (`exampleOf`) is one of `count` and, if `gradient`, replaces their
 * logits by the loss's gradient, those of the other lanes by 0. labels: i32 for each example; targets: M numbers for
 * each example, unless the loss is cross-entropy.
 */
export function score(labels: usize, targets: usize, count: i32, gradient: bool): void {
  let highest = v128.load(logits)
  for (let k = 1; k < classes; k++) {
    const z = v128.load(logits + (<usize>k << SHIFT))
    highest = v128.bitselect(z, highest, v128.gt<real>(z, highest))
  }
  v128.store(maxima, highest)
  for (let l = 0; l < ALL_LANES; l++) {
    if (exampleOf(l) >= count) continue
    const label = load<i32>(labels + (<usize>exampleOf(l) << 2))
    let first = 0
    while (first < classes && get(logits + (<usize>first << SHIFT), l) != get(maxima, l)) first++
    if (first == label) correct++ // none, if the largest is NaN
  }
  if (loss == SQUARED_ERROR) return squaredError(targets, count, gradient)
  let sum = splat(0)
  for (let k = 0; k < classes; k++) sum = add(sum, exp(sub(v128.load(logits + (<usize>k << SHIFT)), highest)))
  v128.store(totals, sum)
  if (loss == KL_DIVERGENCE) return divergence(targets, count, gradient)
  for (let l = 0; l < ALL_LANES; l++) {
    if (exampleOf(l) >= count) continue
    const label = load<i32>(labels + (<usize>exampleOf(l) << 2))
    const margin = get(logits + (<usize>label << SHIFT), l) - get(maxima, l)
    const nats = log(<f64>get(totals, l)) - <f64>margin
    store<f64>(losses + (<usize>l << 3), nats)
  }
  if (!gradient) return
  const inverse = v128.div<real>(splat(1), sum)
  const used = lanes(count)
  for (let k = 0; k < classes; k++) {
    const z = logits + (<usize>k << SHIFT)
    v128.store(z, v128.and(mul(exp(sub(v128.load(z), highest)), inverse), used))
  }
  for (let l = 0; l < ALL_LANES; l++) {
    if (exampleOf(l) >= count) continue
    const p = logits + (<usize>load<i32>(labels + (<usize>exampleOf(l) << 2)) << SHIFT)
    set(p, l, get(p, l) - 1)
  }
}

/** The rest of `score`, of probabilities: `maxima` and `totals` are there. */
function divergence(targets: usize, count: i32, gradient: bool): void {
  for (let l = 0; l < ALL_LANES; l++) {
    if (exampleOf(l) >= count) continue
    const normalizer = log(<f64>get(totals, l))
    let nats: f64 = 0
    for (let k = 0; k < classes; k++) {
      const q = <f64>get(targets, exampleOf(l) * classes + k)
      const logP = <f64>(get(logits + (<usize>k << SHIFT), l) - get(maxima, l)) - normalizer
      if (q > 0) nats += q * (log(q) - logP)
    }
    store<f64>(losses + (<usize>l << 3), normalizer == normalizer ? nats : normalizer)
  }
  if (!gradient) return
  const highest = v128.load(maxima), inverse = v128.div<real>(splat(1), v128.load(totals)), used = lanes(count)
  let whole = splat(0)
  for (let k = 0; k < classes; k++) whole = add(whole, targetsOf(targets, k))
  for (let k = 0; k < classes; k++) {
    const z = logits + (<usize>k << SHIFT)
    const p = mul(exp(sub(v128.load(z), highest)), inverse)
    v128.store(z, v128.and(sub(mul(p, whole), targetsOf(targets, k)), used))
  }
}

function squaredError(targets: usize, count: i32, gradient: bool): void {
  for (let l = 0; l < ALL_LANES; l++) {
    if (exampleOf(l) >= count) continue
    let squares: f64 = 0
    for (let k = 0; k < classes; k++) {
      const off = <f64>(get(logits + (<usize>k << SHIFT), l) - get(targets, exampleOf(l) * classes + k))
      squares += off * off
    }
    store<f64>(losses + (<usize>l << 3), squares / <f64>classes)
  }
  if (!gradient) return
  const factor = splat(<real>2 / <real>classes), used = lanes(count)
  for (let k = 0; k < classes; k++) {
    const z = logits + (<usize>k << SHIFT)
    v128.store(z, v128.and(mul(factor, sub(v128.load(z), targetsOf(targets, k))), used))
  }
}
