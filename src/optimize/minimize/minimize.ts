/**
 * Minimization by a method of second order: directions, line searches, and an end that has a name. States are plain
 * values, and a run goes on from any of them to the same bits.
 */
import type { Vector } from "../../engine/engine.ts"
import { type AtStep, search } from "./line-search.ts"
import { type Memory, type Method, NOTHING } from "./method.ts"
import { dot, norm, type Point, type Problem, times } from "./problem.ts"

/**
 * Why a run ended: its gradient is as small as was asked for; its passes are spent; no step serves, though values still
 * change by more than they are rounded by, or since they do not any more; the function has no finite value where it starts.
 */
export type Ending =
  | "gradient norm reached"
  | "passes spent"
  | "line search exhausted"
  | "precision reached"
  | "diverged"

export interface State {
  readonly point: Point
  readonly memory: Memory
  /** Steps so far, and evaluations of value and gradient and products that they took. */
  readonly steps: number
  readonly evaluations: number
  readonly products: number
  /** The step that led here, as a multiple of its direction; null at the start. */
  readonly step: number | null
  /** Steps so far whose direction met a curvature that is not positive. */
  readonly negative: number
  /** Set where there is no further step, whatever the passes. */
  readonly ended?: Exclude<Ending, "passes spent"> | undefined
}

/** Evaluations and products: each goes once through all examples. */
export const passesOf = ({ evaluations, products }: State): number => evaluations + products

export interface Bounds {
  /** The first step that brings evaluations and products to so many is the last. */
  readonly passes: number
  /** ‖gradient‖₂ that is small enough. */
  readonly gradientNorm: number
}

/** Evaluations of one line search. */
const MOST = 25

export function begin(problem: Problem, at: Vector): State {
  const point = { at, ...problem.value(at) }
  const state = { point, memory: NOTHING, steps: 0, evaluations: 1, products: 0, step: null, negative: 0 }
  return Number.isFinite(point.value) && Number.isFinite(norm(point.gradient)) ? state : { ...state, ended: "diverged" }
}

/** Gives the state after each step; the last one says in `ended` why there is no further, unless the passes are spent. */
export function* minimize(problem: Problem, method: Method, from: State, bounds: Bounds): Generator<State, Ending> {
  for (let state = from; ; yield state) {
    if (state.ended === undefined && norm(state.point.gradient) <= bounds.gradientNorm)
      yield (state = { ...state, ended: "gradient norm reached" })
    if (state.ended !== undefined) return state.ended
    if (passesOf(state) >= bounds.passes) return "passes spent"
    state = next(problem, method, state)
  }
}

/** After one step along the method's direction; where that has none, along the steepest descent. */
function next(problem: Problem, method: Method, state: State): State {
  const tried = attempt(problem, method, state)
  if (tried.found !== undefined) return tried.found
  const again = { ...tried.spent, memory: NOTHING }
  const steepest: Method = {
    ...method,
    direction: (_, { gradient }) => ({
      direction: times(-1, gradient),
      first: Math.min(1, 1 / norm(gradient)),
      products: 0,
      negativeCurvature: false
    })
  }
  const { found, spent, rounded } = attempt(problem, steepest, again)
  return found ?? { ...spent, ended: rounded ? "precision reached" : "line search exhausted" }
}

interface Attempt {
  readonly found: State | undefined
  /** The state before, with what the attempt took. */
  readonly spent: State
  /** Whether no step was found because values are rounded. */
  readonly rounded: boolean
}

function attempt(problem: Problem, method: Method, state: State): Attempt {
  const { point } = state
  const { direction, first, products, negativeCurvature } = method.direction(problem, point, state.memory)
  let evaluations = 0
  const phi = (step: number): AtStep & { readonly point: Point } => {
    evaluations++
    const at = along(point.at, step, direction)
    const there = { at, ...problem.value(at) }
    return { value: there.value, slope: dot(there.gradient, direction), point: there }
  }
  const start = { value: point.value, slope: dot(point.gradient, direction) }
  const result = search(phi, start, first, { ...method.wolfe, most: MOST, rounding: problem.rounding })
  const spent = {
    ...state,
    evaluations: state.evaluations + evaluations,
    products: state.products + products,
    negative: state.negative + (negativeCurvature ? 1 : 0)
  }
  if (!result.found) return { found: undefined, spent, rounded: result.why === "rounded" }
  const { step, at } = result
  const memory = method.remember(state.memory, point, at.point, direction)
  return { found: { ...spent, point: at.point, memory, steps: state.steps + 1, step }, spent, rounded: false }
}

/** at + step · direction, rounded to the precision of `at`. */
function along(at: Vector, step: number, direction: Float64Array): Vector {
  const result = at.slice()
  for (let i = 0; i < result.length; i++) result[i] = at[i] + step * direction[i]
  return result
}
