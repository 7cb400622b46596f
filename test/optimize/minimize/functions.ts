/** Functions whose minimum is known, as problems; each counts how often it is asked. */
import type { Vector } from "../../../src/engine/engine.ts"
import type { Problem } from "../../../src/optimize/minimize/problem.ts"

export interface Counted extends Problem {
  readonly asked: { values: number; products: number }
}

export const counted = (problem: Omit<Problem, "rounding">): Counted => {
  const asked = { values: 0, products: 0 }
  return {
    asked,
    rounding: 2 ** -50,
    value(at) {
      asked.values++
      return problem.value(at)
    },
    product(at, direction) {
      asked.products++
      return problem.product(at, direction)
    }
  }
}

/** Σ 100 (x_{i+1} − x_i²)² + (1 − x_i)². */
export const rosenbrock = (): Counted =>
  counted({
    value(x) {
      const gradient = new Float64Array(x.length)
      let value = 0
      for (let i = 0; i + 1 < x.length; i++) {
        const off = x[i + 1] - x[i] * x[i]
        const left = 1 - x[i]
        value += 100 * off * off + left * left
        gradient[i] += -400 * x[i] * off - 2 * left
        gradient[i + 1] += 200 * off
      }
      return { value, gradient }
    },
    product(x, v) {
      const product = new Float64Array(x.length)
      for (let i = 0; i + 1 < x.length; i++) {
        product[i] += (1200 * x[i] * x[i] - 400 * x[i + 1] + 2) * v[i] - 400 * x[i] * v[i + 1]
        product[i + 1] += 200 * v[i + 1] - 400 * x[i] * v[i]
      }
      return product
    }
  })

/** ½ Σ λ_i (x_i − 1)². */
export function quadratic(eigenvalues: ReadonlyArray<number>): Counted {
  const product = (_: Vector, v: ArrayLike<number>) => Float64Array.from(eigenvalues, (e, i) => e * v[i])
  return counted({
    value(x) {
      const gradient = product(
        x,
        x.map((one) => one - 1)
      )
      return { value: gradient.reduce((sum, g, i) => sum + 0.5 * g * (x[i] - 1), 0), gradient }
    },
    product
  })
}
