/**
 * First-order methods as Keras defines them, one vector of parameters at a time.
 *
 * θ parameters, g gradient of the mean loss, v, m slots: [P] each. Nothing is fused here: each formula is rounded
 * operation by operation as it is written.
 */
import { total } from "./gradient"
import { allocate } from "./memory"
import { parameters } from "./parameters"
import { add, mul, splat, sub, REAL, VECTOR } from "./real"
import { parameterCount } from "./shape"

/** RMSprop: v. Adam: m, v. SGD: velocity. */
export let slot0: usize = 0
export let slot1: usize = 0

export function allocateOptimizer(): void {
  slot0 = allocate(<usize>parameterCount << REAL)
  slot1 = allocate(<usize>parameterCount << REAL)
}

/** Makes `total` the mean over `count` examples; gives its squared Euclidean norm, summed in f64. */
export function mean(count: i32): f64 {
  const share = splat(<real>1 / <real>count)
  const end = total + (<usize>parameterCount << REAL)
  let even = f64x2.splat(0), odd = even
  for (let p = total; p < end; p += VECTOR) {
    const g = mul(v128.load(p), share)
    v128.store(p, g)
    if (sizeof<real>() == 4) {
      const low = f64x2.promote_low_f32x4(g), high = f64x2.promote_low_f32x4(v128.shuffle<i64>(g, g, 1, 0))
      even = f64x2.add(even, f64x2.mul(low, low))
      odd = f64x2.add(odd, f64x2.mul(high, high))
    } else even = f64x2.add(even, f64x2.mul(g, g))
  }
  const sum = f64x2.add(even, odd)
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)
}

/** g ← g + δ θ: the gradient of the penalty ½ δ ‖θ‖² beside the loss. */
export function penalize(decay: f64): void {
  const delta = splat(<real>decay), bytes = <usize>parameterCount << REAL
  for (let i: usize = 0; i < bytes; i += VECTOR)
    v128.store(total + i, add(v128.load(total + i), mul(delta, v128.load(parameters + i))))
}

/** θ ← θ − part · θ, before a step: decay of the weights apart from the gradient. */
export function shrink(part: f64): void {
  const share = splat(<real>part), bytes = <usize>parameterCount << REAL
  for (let i: usize = 0; i < bytes; i += VECTOR) {
    const theta = v128.load(parameters + i)
    v128.store(parameters + i, sub(theta, mul(share, theta)))
  }
}

/** v ← ρ v + (1 − ρ) g²;  θ ← θ − η g / √(v + ε) */
export function rmsprop(rate: f64, rho: f64, epsilon: f64): void {
  const keep = splat(<real>rho), take = splat(<real>(1 - rho)), eta = splat(<real>rate), small = splat(<real>epsilon)
  const bytes = <usize>parameterCount << REAL
  for (let i: usize = 0; i < bytes; i += VECTOR) {
    const g = v128.load(total + i)
    const v = add(mul(keep, v128.load(slot0 + i)), mul(take, mul(g, g)))
    v128.store(slot0 + i, v)
    const step = v128.div<real>(mul(eta, g), v128.sqrt<real>(add(v, small)))
    v128.store(parameters + i, sub(v128.load(parameters + i), step))
  }
}

/**
 * m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²;  θ ← θ − α m / (√v + ε), α = η √(1 − β₂ᵗ) / (1 − β₁ᵗ)
 * `rate`: α, which the caller computes.
 */
export function adam(rate: f64, beta1: f64, beta2: f64, epsilon: f64): void {
  const keep1 = splat(<real>beta1), take1 = splat(<real>(1 - beta1)), keep2 = splat(<real>beta2), take2 = splat(<real>(1 - beta2))
  const alpha = splat(<real>rate), small = splat(<real>epsilon)
  const bytes = <usize>parameterCount << REAL
  for (let i: usize = 0; i < bytes; i += VECTOR) {
    const g = v128.load(total + i)
    const m = add(mul(keep1, v128.load(slot0 + i)), mul(take1, g))
    const v = add(mul(keep2, v128.load(slot1 + i)), mul(take2, mul(g, g)))
    v128.store(slot0 + i, m)
    v128.store(slot1 + i, v)
    const step = v128.div<real>(mul(alpha, m), add(v128.sqrt<real>(v), small))
    v128.store(parameters + i, sub(v128.load(parameters + i), step))
  }
}

/** velocity ← μ velocity − η g;  θ ← θ + velocity */
export function momentum(rate: f64, mu: f64): void {
  const keep = splat(<real>mu), eta = splat(<real>rate)
  const bytes = <usize>parameterCount << REAL
  for (let i: usize = 0; i < bytes; i += VECTOR) {
    const velocity = sub(mul(keep, v128.load(slot0 + i)), mul(eta, v128.load(total + i)))
    v128.store(slot0 + i, velocity)
    v128.store(parameters + i, add(v128.load(parameters + i), velocity))
  }
}
