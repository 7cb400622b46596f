/**
 * Newton's method, its equation solved by conjugate gradients only as far as it pays (Nocedal & Wright, algorithm 7.1): to
 * min(1/2, √‖g‖) of ‖g‖, or until a direction has no positive curvature.
 */
import { type Method, NOTHING } from "./method.ts"
import { dot, norm, sum, times } from "./problem.ts"

/** `most`: products that one step may take. */
export function newtonCg(most: number): Method {
  return {
    wolfe: { c1: 1e-4, c2: 0.9 },
    direction(problem, { at, gradient }) {
      const size = norm(gradient)
      const enough = Math.min(0.5, Math.sqrt(size)) * size
      let direction: Float64Array = new Float64Array(gradient.length)
      let residual: Float64Array = Float64Array.from(gradient)
      let search = times(-1, gradient)
      let square = dot(residual, residual)
      let products = 0
      while (products < most && Math.sqrt(square) > enough) {
        const bent = problem.product(at, search)
        products++
        const curvature = dot(search, bent)
        if (!(curvature > 1e-14 * dot(search, search))) {
          // Downhill all the same: what the solution was so far, or the steepest descent.
          if (products === 1) direction = search
          return { direction, first: 1, products, negativeCurvature: true }
        }
        const step = square / curvature
        direction = sum(direction, step, search)
        residual = sum(residual, step, bent)
        const next = dot(residual, residual)
        search = sum(times(-1, residual), next / square, search)
        square = next
      }
      return { direction, first: 1, products, negativeCurvature: false }
    },
    remember: () => NOTHING
  }
}
