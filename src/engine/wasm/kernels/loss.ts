/** Softmax cross-entropy of a group, its gradient by the logits, and how many are right. */
import { logits } from "./dense"
import { exp, log } from "./exp"
import { add, get, mul, set, splat, sub, LANES, REAL } from "./real"
import { classes } from "./shape"

/** Number of right answers since `clearScore`. */
export let correct: i32 = 0

/** Losses of the group's images in nats, f64. */
export const losses = memory.data(4 * 8, 16)

const maxima = memory.data(16, 16)
const totals = memory.data(16, 16)
const weight = memory.data(16, 16)

export function clearScore(): void {
  correct = 0
}

/**
 * Scores the first `count` images of the group and, if `gradient`, replaces their logits by softmax - one-hot, those
 * of the other lanes by 0. labels: i32 for each lane.
 */
export function score(labels: usize, count: i32, gradient: bool): void {
  let highest = v128.load(logits)
  for (let k = 1; k < classes; k++) {
    const z = v128.load(logits + (<usize>k << 4))
    highest = v128.bitselect(z, highest, v128.gt<real>(z, highest))
  }
  v128.store(maxima, highest)
  for (let l = 0; l < count; l++) {
    const label = load<i32>(labels + (<usize>l << 2))
    let first = 0
    while (first < classes && get(logits + (<usize>first << 4), l) != get(maxima, l)) first++
    if (first == label) correct++ // none, if the largest is NaN
  }
  let sum = splat(0)
  for (let k = 0; k < classes; k++) sum = add(sum, exp(sub(v128.load(logits + (<usize>k << 4)), highest)))
  v128.store(totals, sum)
  for (let l = 0; l < count; l++) {
    const label = load<i32>(labels + (<usize>l << 2))
    const margin = get(logits + (<usize>label << 4), l) - get(maxima, l)
    const nats = log(<f64>get(totals, l)) - <f64>margin
    store<f64>(losses + (<usize>l << 3), nats)
  }
  if (!gradient) return
  const inverse = v128.div<real>(splat(1), sum)
  for (let l = 0; l < LANES; l++) store<integer>(weight + (<usize>l << REAL), l < count ? -1 : 0)
  const used = v128.load(weight)
  for (let k = 0; k < classes; k++) {
    const z = logits + (<usize>k << 4)
    v128.store(z, v128.and(mul(exp(sub(v128.load(z), highest)), inverse), used))
  }
  for (let l = 0; l < count; l++) {
    const p = logits + (<usize>load<i32>(labels + (<usize>l << 2)) << 4)
    set(p, l, get(p, l) - 1)
  }
}
