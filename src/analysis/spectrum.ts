/**
 * The frozen-affine spectrum, method B of the analysis: each block linearized where the trained network passes it.
 *
 * With J_j = Df_j(h_{j−1}) and c_j = f_j(h_{j−1}) − J_j h_{j−1}, block j is the affine map h + J_j h + c_j there.
 * Starting from e_0 = x, every block takes, from the old values,
 *
 *     e_k ← e_k + J_j e_{k−1} + [k = 1] c_j
 *
 * and Σ_k e_k = H exactly, all orders in about d²/2 block evaluations. With c_j written out, the step of e_1 is
 * (h_j − h_{j−1}) + J_j (e_0 − h_{j−1}): no block more.
 */
import type { Analysis, State } from "../engine/analysis.ts"
import { add, clear, copy } from "./states.ts"

/** Computes e_0 … e_order of the group that passed last; the states it gives are written anew at each call. */
export function frozenSpectrum(analysis: Analysis, order: number): () => ReadonlyArray<State> {
  const { depth } = analysis.network
  const e = Array.from({ length: order + 1 }, () => analysis.state())
  const point = analysis.state()
  return () => {
    for (const part of e) clear(analysis, part)
    copy(analysis, e[0], analysis.trajectory(0))
    for (let j = 0; j < depth; j++) {
      for (let k = Math.min(order, j + 1); k >= 2; k--) analysis.addJacobian(j + 1, e[k - 1], e[k])
      if (order === 0) continue
      const [before, after] = [analysis.trajectory(j), analysis.trajectory(j + 1)]
      copy(analysis, point, e[0])
      add(analysis, point, -1, before)
      analysis.addJacobian(j + 1, point, e[1])
      add(analysis, e[1], 1, after)
      add(analysis, e[1], -1, before)
    }
    return e
  }
}
