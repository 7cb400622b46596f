/**
 * What a method of second order is: which way to go from a point, given what it remembers. Its memory is plain vectors
 * and numbers, so that it can be kept and gone on from; all of it is in f64.
 */
import type { Point, Problem } from "./problem.ts"

export interface Memory {
  readonly vectors: ReadonlyArray<Float64Array> // [P] each
  readonly numbers: ReadonlyArray<number>
}

export const NOTHING: Memory = { vectors: [], numbers: [] }

export interface Direction {
  readonly direction: Float64Array // [P]
  /** The step that the line search tries first. */
  readonly first: number
  /** Products with the curvature that it took. */
  readonly products: number
  /** Whether the curvature along a direction that it tried was not positive. */
  readonly negativeCurvature: boolean
}

export interface Method {
  /** c1 and c2 of the strong Wolfe conditions (line-search.ts). */
  readonly wolfe: { readonly c1: number; readonly c2: number }
  direction(problem: Problem, point: Point, memory: Memory): Direction
  /** What it remembers after a step from one point to another along a direction. */
  remember(memory: Memory, from: Point, to: Point, direction: Float64Array): Memory
}
