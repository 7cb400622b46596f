/**
 * How strong the blocks are where the trained network passes them: the largest singular value of each block's
 * Jacobian. Orders above the first are small where the number of blocks times the largest of them is well below 1.
 */
import { random } from "../network/philox.ts"
import { type Dissection, products } from "./dissection.ts"

/** Steps of the power iteration; its estimates grow towards the norm from below. */
const STEPS = 20

/** Computes ‖J_j‖ for every block of the group that passed last, [depth][lanes], by power iteration on J_jᵀ J_j. */
export function jacobianNorms(dissection: Dissection): () => ReadonlyArray<Float64Array> {
  const { lanes } = dissection
  const { depth } = dissection.network
  const [start, v, image] = [dissection.state(), dissection.state(), dissection.state()]
  const { uniform } = random(0, "analysis/power-iteration")
  for (let i = 0; i < start.length; i++) start[i] = 2 * uniform() - 1
  /** Makes each lane of v a unit vector and gives their former lengths. */
  const normalize = (): Float64Array => {
    const lengths = products(v, v, lanes).map(Math.sqrt)
    const factors = lengths.map((length) => (length > 0 ? 1 / length : 0))
    for (let i = 0; i < v.length; i += lanes) for (let l = 0; l < lanes; l++) v[i + l] *= factors[l]
    return lengths
  }
  const norm = (j: number): Float64Array => {
    v.fill(0)
    dissection.addTransposed(j, start, v)
    let squares = new Float64Array(lanes)
    for (let step = 0; step < STEPS; step++) {
      normalize()
      image.fill(0)
      dissection.addJacobian(j, v, image)
      squares = products(image, image, lanes) // ‖J v‖², ‖v‖ = 1
      v.fill(0)
      dissection.addTransposed(j, image, v)
    }
    return squares.map(Math.sqrt)
  }
  return () => Array.from({ length: depth }, (_, j) => norm(j))
}
