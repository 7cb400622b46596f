/**
 * Nonlinear conjugate gradient (Nocedal & Wright, chapter 5): d = −g + β d of the step before, with β by Polak and Ribière,
 * never below 0 (5.45), or by Fletcher and Reeves (5.41a).
 */
import type { Method } from "./method.ts"
import { dot, norm, sum, times } from "./problem.ts"

export type Beta = "polak-ribiere" | "fletcher-reeves"

/** Gradients of two steps that are further from orthogonal than this begin anew (Powell 1977; N&W 5.52). */
const ORTHOGONAL = 0.1

export function conjugateGradient(kind: Beta): Method {
  return {
    // Fletcher and Reeves go downhill for sure where c2 < 1/2 (N&W, lemma 5.6).
    wolfe: { c1: 1e-4, c2: 0.1 },
    direction(_, { value, gradient }, { vectors: [before, old], numbers: [valueBefore] }) {
      const plain = { products: 0, negativeCurvature: false }
      const steepest = times(-1, gradient)
      if (before === undefined) return { ...plain, direction: steepest, first: Math.min(1, 1 / norm(gradient)) }
      const square = dot(gradient, gradient)
      const beta = betaOf(kind, square, dot(gradient, old), dot(old, old))
      const tried = sum(steepest, beta, before)
      const direction = dot(tried, gradient) < 0 ? tried : steepest
      // What the step before gained, a quadratic would gain again with this one (N&W 3.60).
      const first = (2.02 * (value - valueBefore)) / dot(direction, gradient)
      return { ...plain, direction, first: first > 0 ? first : 1 }
    },
    remember: (_, from, __, direction) => ({
      vectors: [direction, Float64Array.from(from.gradient)],
      numbers: [from.value]
    })
  }
}

/** square: ‖g‖², across: ⟨g, g of before⟩, squareBefore: ‖g of before‖². */
function betaOf(kind: Beta, square: number, across: number, squareBefore: number): number {
  if (kind === "polak-ribiere") return Math.max(0, (square - across) / squareBefore)
  return Math.abs(across) >= ORTHOGONAL * square ? 0 : square / squareBefore
}
