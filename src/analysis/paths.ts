/**
 * The gradient by path length, method C of the analysis: an exact replacement of the sampling of paths by Veit,
 * Wilber & Belongie, "Residual networks behave like ensembles of relatively shallow networks" (NeurIPS 2016).
 *
 * Backward from a_0 = ∂L/∂h_d, every block takes, from the old values, a_k ← a_k + J_jᵀ a_{k−1}: a_k is the sum over
 * all paths through exactly k blocks, and Σ_k a_k = ∂L/∂h_0, the gradient of backpropagation.
 */
import type { Analysis, State } from "../engine/analysis.ts"
import { clear } from "./states.ts"

/** Computes a_0 … a_order of the group that passed last; the states it gives are written anew at each call. */
export function gradientByLength(analysis: Analysis, order: number): () => ReadonlyArray<State> {
  const { depth } = analysis.network
  const a = Array.from({ length: order + 1 }, () => analysis.state())
  return () => {
    for (const part of a) clear(analysis, part)
    analysis.lossGradient(analysis.trajectory(depth), a[0])
    for (let j = depth - 1; j >= 0; j--) {
      for (let k = Math.min(order, depth - j); k >= 1; k--) analysis.addTransposedJacobian(j + 1, a[k - 1], a[k])
    }
    return a
  }
}

/**
 * Computes Σ_{|S|=k} ‖g_S‖ for k = 0 … depth of the group that passed last, [depth + 1][lanes]: what Veit, Wilber &
 * Belongie estimate. g_S is the gradient along the path through the blocks in S, so these sums ignore that paths
 * cancel. All 2^depth paths are walked.
 */
export function pathNorms(analysis: Analysis): () => ReadonlyArray<Float64Array> {
  const { depth } = analysis.network
  const { lanes } = analysis
  const g = Array.from({ length: depth + 1 }, () => analysis.state()) // along the present path, by its length
  return () => {
    const sums = Array.from({ length: depth + 1 }, () => new Float64Array(lanes))
    const walk = (length: number, end: number) => {
      const squares = analysis.inner(g[length], g[length])
      for (let l = 0; l < lanes; l++) sums[length][l] += Math.sqrt(squares[l])
      for (let j = end - 1; j >= 0; j--) {
        clear(analysis, g[length + 1])
        analysis.addTransposedJacobian(j + 1, g[length], g[length + 1])
        walk(length + 1, j)
      }
    }
    analysis.lossGradient(analysis.trajectory(depth), g[0])
    walk(0, depth)
    return sums
  }
}
