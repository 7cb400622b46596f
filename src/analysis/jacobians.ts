/**
 * How strong the blocks are where the trained network passes them: the largest singular value of each block's
 * Jacobian. Orders above the first are small where the number of blocks times the largest of them is well below 1.
 */

import { clear, type Dissection } from "../engine/dissection.ts"
import { random } from "../network/philox.ts"

/** Steps of the power iteration; its estimates grow towards the norm from below. */
const STEPS = 20

/** Computes ‖J_j‖ for every block of the group that passed last, [depth][lanes], by power iteration on J_jᵀ J_j. */
export function jacobianNorms(dissection: Dissection): () => ReadonlyArray<Float64Array> {
  const { lanes } = dissection
  const { depth } = dissection.network
  const [start, v, image] = [dissection.state(), dissection.state(), dissection.state()]
  const { uniform } = random(0, "analysis/power-iteration")
  const values = dissection.values(start)
  for (let i = 0; i < values.length; i++) values[i] = 2 * uniform() - 1
  /** Makes each lane of v a unit vector, unless it is zero. */
  const normalize = () => {
    const factors = dissection.products(v, v).map((square) => (square > 0 ? 1 / Math.sqrt(square) : 0))
    const values = dissection.values(v)
    for (let i = 0; i < values.length; i += lanes) for (let l = 0; l < lanes; l++) values[i + l] *= factors[l]
  }
  const norm = (j: number): Float64Array => {
    clear(dissection, v)
    dissection.addTransposed(j, start, v)
    let squares = new Float64Array(lanes)
    for (let step = 0; step < STEPS; step++) {
      normalize()
      clear(dissection, image)
      dissection.addJacobian(j, v, image)
      squares = dissection.products(image, image) // ‖J v‖², ‖v‖ = 1
      clear(dissection, v)
      dissection.addTransposed(j, image, v)
    }
    return squares.map(Math.sqrt)
  }
  return () => Array.from({ length: depth }, (_, j) => norm(j))
}
