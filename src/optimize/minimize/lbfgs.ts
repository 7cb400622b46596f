/** L-BFGS by the two-loop recursion (Nocedal & Wright, algorithms 7.4 and 7.5). */
import type { Method } from "./method.ts"
import { dot, norm, sum, times } from "./problem.ts"

/** Pairs whose curvature is less than this share of their lengths tell nothing. */
const LEAST = 1e-14

/** `history`: how many steps it remembers. */
export function lbfgs(history: number): Method {
  return {
    wolfe: { c1: 1e-4, c2: 0.9 },
    /** Memory: s and y of each step, the oldest first. */
    direction(_, { gradient }, { vectors }) {
      const pairs = vectors.length / 2
      let q = times(-1, gradient)
      if (pairs === 0) return { direction: q, first: Math.min(1, 1 / norm(q)), products: 0, negativeCurvature: false }
      const alphas: Array<number> = []
      for (let i = pairs - 1; i >= 0; i--) {
        const [s, y] = [vectors[2 * i], vectors[2 * i + 1]]
        alphas[i] = dot(s, q) / dot(s, y)
        q = sum(q, -alphas[i], y)
      }
      const [s, y] = vectors.slice(-2)
      q = times(dot(s, y) / dot(y, y), q)
      for (let i = 0; i < pairs; i++) {
        const [s, y] = [vectors[2 * i], vectors[2 * i + 1]]
        q = sum(q, alphas[i] - dot(y, q) / dot(s, y), s)
      }
      return { direction: q, first: 1, products: 0, negativeCurvature: false }
    },
    remember({ vectors }, from, to) {
      const s = sum(to.at, -1, from.at)
      const y = sum(to.gradient, -1, from.gradient)
      const tells = dot(s, y) > LEAST * norm(s) * norm(y)
      return { vectors: tells ? [...vectors, s, y].slice(-2 * history) : vectors, numbers: [] }
    }
  }
}
