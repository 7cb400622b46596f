/**
 * First-order methods as Keras defines them, one vector of parameters at a time.
 *
 * θ parameters, g gradient of the mean loss, v, m slots: [P] each. Nothing is fused here: each formula is rounded
 * operation by operation as it is written.
 */
import { total } from "./gradient"
import { allocate } from "./memory"
import { parameters } from "./parameters"
import { add, get, mul, splat, sub, LANES, PART, REAL, VECTOR } from "./real"
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
  for (let p = total; p < end; p += VECTOR) v128.store(p, mul(v128.load(p), share))
  // Four sums in turn, or two in f64, whatever the width of a vector.
  let s0: f64 = 0, s1: f64 = 0, s2: f64 = 0, s3: f64 = 0
  for (let p = total; p < end; p += PART) {
    const a = <f64>get(p, 0), b = <f64>get(p, 1)
    s0 += a * a
    s1 += b * b
    if (LANES > 2) {
      const c = <f64>get(p, 2), d = <f64>get(p, 3)
      s2 += c * c
      s3 += d * d
    }
  }
  return s0 + s2 + (s1 + s3)
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
