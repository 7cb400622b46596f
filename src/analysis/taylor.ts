/**
 * The exact Taylor terms of a residual network, method A of the analysis (Möbius inversion over subsets of layers).
 *
 * H(S) is h_d with only the layers in S active. T_k = Σ_{|S|=k} Σ_{U⊆S} (−1)^{|S|−|U|} H(U), and Σ_k T_k = H(all) for
 * any layers whatever; T_0 + T_1 = x + Σ f_i(x) is the parallel network with the same weights. Collecting each
 * f_j(H(U)), j above all of U, over the subsets S that it appears in gives, with j counted from 1,
 *
 *     T_k = Σ_j Σ_{U⊆{1…j−1}, |U|<k} (−1)^{k−1−|U|} C(j−1−|U|, k−1−|U|) f_j(H(U))
 *
 * and H(U ∪ {j}) = H(U) + f_j(H(U)), so one walk over the subsets of at most k layers, each one layer evaluation,
 * gives all terms up to k. For networks of depth d the layer of the expansion is the block.
 */
import type { Examples } from "../engine/engine.ts"
import { crossEntropy } from "../engine/loss.ts"
import type { Network } from "../network/network.ts"
import type { Terms } from "../report/results.ts"
import { type Forward, forwardOf, runBlocks } from "./forward.ts"

/** C(n, k) */
function binomial(n: number, k: number): number {
  let result = 1
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i
  return k > n ? 0 : result
}

/**
 * T_0 … T_order of one example, from x = h_0, which is T_0. Every term is as long as an activation (frames, zero in
 * all of them, included).
 */
export function taylorTerms(forward: Forward, x: Float64Array, order: number): ReadonlyArray<Float64Array> {
  const d = forward.network.depth
  const terms = Array.from({ length: order + 1 }, (_, k) => (k === 0 ? x.slice() : new Float64Array(forward.size)))
  const states = Array.from({ length: order }, () => new Float64Array(forward.size)) // H(U) by |U|
  const value = new Float64Array(forward.size)

  /** Adds what f_j(H(U)) gives, for all j from `first` on and all U that go on from this one. */
  const walk = (chosen: number, first: number) => {
    const state = states[chosen]
    for (let j = first; j <= d; j++) {
      forward.block(j - 1, state, value)
      for (let k = chosen + 1; k <= order; k++) {
        const sign = (k - 1 - chosen) % 2 === 0 ? 1 : -1
        const factor = sign * binomial(j - 1 - chosen, k - 1 - chosen)
        if (factor !== 0) addScaled(terms[k], factor, value)
      }
      if (chosen + 1 < order) {
        const next = states[chosen + 1]
        next.set(state)
        addScaled(next, 1, value)
        walk(chosen + 1, j + 1)
      }
    }
  }
  if (order > 0) {
    states[0].set(x)
    walk(0, 1)
  }
  return terms
}

/** The terms up to `order` over all given examples, their sizes and what the truncated sums are worth. */
export function expand(
  network: Network,
  parameters: ArrayLike<number>,
  examples: Examples,
  at: Terms["at"],
  order: number
): Terms {
  if (!network.residual) throw new RangeError("only residual networks have a Taylor expansion: residual is false")
  const forward = forwardOf(network, parameters)
  const { channels, height, width, classes: M } = network
  const pixels = channels * height * width
  const orders = Array.from({ length: order + 1 }, () => ({
    square: 0, // Σ ‖T_k‖²
    product: 0, // Σ ⟨T_k, H − x⟩
    rest: 0, // Σ ‖H − Σ_{m≤k} T_m‖²
    logits: new Float64Array(examples.count * M)
  }))
  const whole = new Float64Array(examples.count * M)
  let change = 0 // Σ ‖H − x‖²
  let unchanged = 0

  const x = new Float64Array(forward.size)
  for (let example = 0; example < examples.count; example++) {
    forward.stem(examples.images.subarray(example * pixels, (example + 1) * pixels), x)
    const terms = taylorTerms(forward, x, order)
    const H = runBlocks(forward, x.slice())
    whole.set(forward.logits(H), example * M)
    const difference = H.map((h, i) => h - x[i])
    const size = dot(difference, difference)
    change += size
    if (size === 0) unchanged++
    const sum = new Float64Array(forward.size)
    for (const [k, term] of terms.entries()) {
      addScaled(sum, 1, term)
      const rest = H.map((h, i) => h - sum[i])
      orders[k].square += dot(term, term)
      orders[k].product += dot(term, difference)
      orders[k].rest += dot(rest, rest)
      orders[k].logits.set(forward.logits(sum), example * M)
    }
  }

  const scored = (logits: Float64Array) => {
    const { count, loss, correct } = crossEntropy(logits, examples.labels, M)
    return { loss: loss / count, accuracy: correct / count }
  }
  const ratio = (part: number) => (change === 0 ? null : part / change)
  return {
    examples: examples.count,
    blocks: network.depth,
    at,
    terms: orders.map(({ square, product, rest, logits }, order) => ({
      order,
      norm: ratio(square),
      share: ratio(product),
      remainder: change === 0 ? null : Math.sqrt(rest / change),
      ...scored(logits)
    })),
    ...scored(whole),
    unchanged
  }
}

/** to += factor · values */
function addScaled(to: Float64Array, factor: number, values: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i] += factor * values[i]
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
