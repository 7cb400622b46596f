/**
 * How strong the blocks are where the trained network passes them: the largest singular value of each block's
 * Jacobian. Orders above the first are small where the number of blocks times the largest of them is well below 1.
 *
 * Golub, Kahan & Lanczos's bidiagonalization: from a start v₁ the recurrences α_k u_k = J v_k − β_{k−1} u_{k−1},
 * β_k v_{k+1} = Jᵀ u_k − α_k v_k give an upper bidiagonal B_k (α on its diagonal, β above it) whose largest singular
 * value σ grows towards ‖J‖. With p the left singular vector of B_k, |β_k p_k| is the residual: some singular value of J
 * lies within it of σ (Golub & Van Loan, Matrix Computations, 10.4). Plain power iteration has no such bound, and after
 * 20 steps was 0.7 to 2.2 % low: the largest singular values of a convolution lie close together.
 */

import type { Analysis, State } from "../engine/analysis.ts"
import { random } from "../network/philox.ts"
import { clear } from "./states.ts"

/** The norms are within this part of themselves of a singular value; their own error falls with its square. */
export const NORM_TOLERANCE = 1e-3

/** Steps from one look at the residual to the next. */
const STRIDE = 4

/**
 * Computes ‖J_j‖ for every block of the group that passed last, [depth][lanes], each to `NORM_TOLERANCE`. An example's
 * value does not depend on those that pass with it.
 */
export function jacobianNorms(analysis: Analysis): () => ReadonlyArray<Float64Array> {
  const { lanes } = analysis
  const { depth, filters, height, width } = analysis.network
  const most = filters * height * width // steps after which the bidiagonal matrix is all of J
  const start = analysis.state()
  const right = [analysis.state(), analysis.state()]
  const left = [analysis.state(), analysis.state()]
  const { uniform } = random(0, "analysis/power-iteration")
  const same = Float64Array.from({ length: most }, () => 2 * uniform() - 1)
  for (let l = 0; l < lanes; l++) analysis.write(start, l, same)

  /** Makes h of each example a unit vector, unless it is zero; gives its length before. */
  const normalize = (h: State): Float64Array => {
    const lengths = analysis.inner(h, h).map(Math.sqrt)
    const values = analysis.values(h)
    for (let i = 0; i < values.length; i += lanes)
      for (let l = 0; l < lengths.length; l++) if (lengths[l] > 0) values[i + l] /= lengths[l]
    return lengths
  }
  /** to −= factors · from, example by example. */
  const subtract = (to: State, factors: Float64Array, from: State) => {
    const [a, b] = [analysis.values(to), analysis.values(from)]
    for (let i = 0; i < a.length; i += lanes) for (let l = 0; l < factors.length; l++) a[i + l] -= factors[l] * b[i + l]
  }
  const norm = (j: number): Float64Array => {
    const diagonal: Array<Float64Array> = []
    const above: Array<Float64Array> = []
    let [v, nextV] = right
    let [u, nextU] = left
    clear(analysis, v)
    analysis.addTransposedJacobian(j, start, v)
    normalize(v)
    clear(analysis, u)
    analysis.addJacobian(j, v, u)
    diagonal.push(normalize(u))
    const count = diagonal[0].length
    const found = new Float64Array(lanes)
    const settled = new Uint8Array(count)
    for (let step = 1; ; step++) {
      clear(analysis, nextV)
      analysis.addTransposedJacobian(j, u, nextV)
      subtract(nextV, diagonal[step - 1], v)
      const beta = normalize(nextV)
      for (let l = 0; l < count && (step % STRIDE === 0 || step >= most); l++) {
        if (settled[l] === 1) continue
        const { value, last } = largestSingular(
          diagonal.map((a) => a[l]),
          above.map((b) => b[l])
        )
        found[l] = value
        // What is no number will never be.
        if (step >= most || !(beta[l] * last > NORM_TOLERANCE * value)) settled[l] = 1
      }
      if (settled.every((one) => one === 1)) return found
      clear(analysis, nextU)
      analysis.addJacobian(j, nextV, nextU)
      subtract(nextU, beta, u)
      above.push(beta)
      diagonal.push(normalize(nextU))
      ;[v, nextV] = [nextV, v]
      ;[u, nextU] = [nextU, u]
    }
  }
  return () => Array.from({ length: depth }, (_, j) => norm(j + 1))
}

/**
 * The largest singular value of an upper bidiagonal matrix, to rounding, and the last member of its left singular
 * vector. diagonal: [k], above: [k − 1]
 */
export function largestSingular(
  diagonal: ReadonlyArray<number>,
  above: ReadonlyArray<number>
): { readonly value: number; readonly last: number } {
  const k = diagonal.length
  // B Bᵀ is tridiagonal.
  const a = diagonal.map((value, i) => value * value + (i < k - 1 ? above[i] * above[i] : 0))
  const b = above.map((value, i) => value * diagonal[i + 1])
  /** Whether all eigenvalues are below x: all pivots of B Bᵀ − x are negative. */
  const bounds = (x: number): boolean => {
    let pivot = a[0] - x
    for (let i = 1; i < k && pivot < 0; i++) pivot = a[i] - x - (b[i - 1] * b[i - 1]) / pivot
    return pivot < 0
  }
  let low = Math.max(...a) // no diagonal member is above the largest eigenvalue
  let high = Math.max(...a.map((value, i) => value + Math.abs(b[i - 1] ?? 0) + Math.abs(b[i] ?? 0))) // Gershgorin
  for (let middle = (low + high) / 2; middle > low && middle < high; middle = (low + high) / 2)
    if (bounds(middle)) high = middle
    else low = middle
  const eigenvalue = high
  if (eigenvalue === 0) return { value: 0, last: 0 }
  // The vector from its end: there it is small, so errors shrink beside what follows.
  let [next, present] = [0, 1]
  let square = 1
  for (let i = k - 1; i > 0; i--) {
    if (b[i - 1] === 0) return { value: Math.sqrt(eigenvalue), last: 0 }
    const before = ((eigenvalue - a[i]) * present - (b[i] ?? 0) * next) / b[i - 1]
    ;[next, present] = [present, before]
    square += before * before
  }
  return { value: Math.sqrt(eigenvalue), last: 1 / Math.sqrt(square) }
}
