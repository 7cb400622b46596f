/** What methods of second order minimize: a smooth function of a vector. */
import type { Vector } from "../../engine/engine.ts"

export interface Problem {
  /** Value and gradient at a point, [P] each. */
  value(at: Vector): { readonly value: number; readonly gradient: Vector }
  /** Its curvature at a point times a direction, [P] each. */
  product(at: Vector, direction: Float64Array): Vector
  /** By how much values are rounded, as a share of them. */
  readonly rounding: number
}

/** A point with what is known of the function there. */
export interface Point {
  readonly at: Vector // [P]
  readonly value: number
  readonly gradient: Vector // [P]
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}

export const norm = (a: ArrayLike<number>): number => Math.sqrt(dot(a, a))

/** a + factor · b, in f64. */
export function sum(a: ArrayLike<number>, factor: number, b: ArrayLike<number>): Float64Array {
  const result = new Float64Array(a.length)
  for (let i = 0; i < result.length; i++) result[i] = a[i] + factor * b[i]
  return result
}

/** factor · a, in f64. */
export const times = (factor: number, a: ArrayLike<number>): Float64Array => {
  const result = new Float64Array(a.length)
  for (let i = 0; i < result.length; i++) result[i] = factor * a[i]
  return result
}
