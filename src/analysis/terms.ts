/**
 * The exact Taylor terms of a residual network, method A of the analysis (Möbius inversion over subsets of blocks).
 *
 * H(S) is h_d with only the blocks in S active. T_k = Σ_{|S|=k} Σ_{U⊆S} (−1)^{|S|−|U|} H(U), and Σ_k T_k = H(all) for
 * any blocks whatever; T_0 + T_1 = x + Σ f_j(x) is the parallel network with the same weights. Collecting each
 * f_j(H(U)), j above all of U, over the subsets S that it appears in gives, with j counted from 1,
 *
 *     T_k = Σ_j Σ_{U⊆{1…j−1}, |U|<k} (−1)^{k−1−|U|} C(j−1−|U|, k−1−|U|) f_j(H(U))
 *
 * and H(U ∪ {j}) = H(U) + f_j(H(U)), so one walk over the subsets of at most k blocks, each one block's evaluation,
 * gives all terms up to k. Sets of k − 1 blocks matter to T_k alone, each time with factor 1, so all blocks above such
 * a set are evaluated side by side, at the same point, straight into T_k.
 */
import type { Analysis, State } from "../engine/analysis.ts"
import { add, clear, copy } from "./states.ts"

/** C(n, k) */
function binomial(n: number, k: number): number {
  let result = 1
  for (let i = 1; i <= k; i++) result = (result * (n - k + i)) / i
  return k > n ? 0 : result
}

/** Evaluations of a block, an example, that the terms up to `order` of a network of so many blocks take. */
export function evaluations(blocks: number, order: number): number {
  let sum = 0
  for (let k = 1; k <= order; k++) sum += binomial(blocks, k)
  return sum
}

/** The highest order, at least 1, whose terms take no more evaluations than that. */
export function orderWithin(blocks: number, most: number): number {
  let order = 1
  while (order < blocks && evaluations(blocks, order + 1) <= most) order++
  return order
}

/** Computes T_0 … T_order of the group that passed last; the states it gives are written anew at each call. */
export function exactTerms(analysis: Analysis, order: number): () => ReadonlyArray<State> {
  const { depth: d, layers } = analysis.network
  const width = layers / d
  const terms = Array.from({ length: order + 1 }, () => analysis.state())
  const points = Array.from({ length: order }, () => analysis.state()) // H(U) by |U|
  const value = analysis.state()

  /** Adds what f_j(H(U)) gives, for all j from `first` (from 0) on and all U that go on from this one. */
  const walk = (chosen: number, first: number) => {
    const point = points[chosen]
    if (chosen === order - 1) return analysis.addLayers(first * width, layers, point, terms[order])
    for (let j = first; j < d; j++) {
      clear(analysis, value)
      analysis.addLayers(j * width, (j + 1) * width, point, value)
      for (let k = chosen + 1; k <= order; k++) {
        const sign = (k - 1 - chosen) % 2 === 0 ? 1 : -1
        const factor = sign * binomial(j - chosen, k - 1 - chosen)
        if (factor !== 0) add(analysis, terms[k], factor, value)
      }
      if (j + 1 === d) return
      copy(analysis, points[chosen + 1], point)
      add(analysis, points[chosen + 1], 1, value)
      walk(chosen + 1, j + 1)
    }
  }
  return () => {
    for (const term of terms) clear(analysis, term)
    copy(analysis, terms[0], analysis.trajectory(0))
    if (order > 0) {
      copy(analysis, points[0], terms[0])
      walk(0, 0)
    }
    return terms
  }
}
