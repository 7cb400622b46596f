/**
 * How strong the blocks are where the trained network passes them: the largest singular value of each block's
 * Jacobian. Orders above the first are small where the number of blocks times the largest of them is well below 1.
 */

import type { Analysis } from "../engine/analysis.ts"
import { random } from "../network/philox.ts"
import { clear } from "./states.ts"

/** Steps of the power iteration; its estimates grow towards the norm from below. */
const STEPS = 20

/** Computes ‖J_j‖ for every block of the group that passed last, [depth][lanes], by power iteration on J_jᵀ J_j. */
export function jacobianNorms(analysis: Analysis): () => ReadonlyArray<Float64Array> {
  const { lanes } = analysis
  const { depth } = analysis.network
  const [start, v, image] = [analysis.state(), analysis.state(), analysis.state()]
  const { uniform } = random(0, "analysis/power-iteration")
  const values = analysis.values(start)
  for (let i = 0; i < values.length; i++) values[i] = 2 * uniform() - 1
  /** Makes v of each example a unit vector, unless it is zero. */
  const normalize = () => {
    const factors = analysis.inner(v, v).map((square) => (square > 0 ? 1 / Math.sqrt(square) : 0))
    const values = analysis.values(v)
    for (let i = 0; i < values.length; i += lanes) for (let l = 0; l < factors.length; l++) values[i + l] *= factors[l]
  }
  const norm = (j: number): Float64Array => {
    clear(analysis, v)
    analysis.addTransposedJacobian(j + 1, start, v)
    let squares = new Float64Array(lanes)
    for (let step = 0; step < STEPS; step++) {
      normalize()
      clear(analysis, image)
      analysis.addJacobian(j + 1, v, image)
      squares = analysis.inner(image, image) // ‖J v‖², ‖v‖ = 1
      clear(analysis, v)
      analysis.addTransposedJacobian(j + 1, image, v)
    }
    return squares.map(Math.sqrt)
  }
  return () => Array.from({ length: depth }, (_, j) => norm(j))
}
