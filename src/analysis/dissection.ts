/**
 * A trained network taken apart: its hidden states, and its blocks and their Jacobians as functions of their own.
 *
 * Examples pass through in groups of a few `lanes`. A `State` holds one number for each filter, pixel and lane, lanes
 * innermost, with whatever frame the convolutions want around the images; the frame is zero and stays so under sums.
 */
import type { Examples, Vector } from "../engine/engine.ts"
import type { Network } from "../network/network.ts"

export type State = Vector

export interface Dissection {
  readonly network: Network
  /** Examples that pass at a time. */
  readonly lanes: number
  /** Sets all parameters, [P]. */
  load(parameters: Vector): void
  /** A new state, all zero; it lives as long as the dissection. */
  state(): State
  /**
   * Passes examples from, …, from + count − 1 (count ≤ lanes) through the network. Hidden states and Jacobians are
   * those of this group until the next one passes; what the lanes from `count` on hold means nothing.
   */
  pass(examples: Examples, from: number, count: number): void
  /** h_j of the group, 0 ≤ j ≤ depth; not to be written to. */
  hidden(j: number): State
  /** out += Σ f_i(h) over the layers first ≤ i < end (of all N, from 0), at any h. */
  addLayers(first: number, end: number, h: State, out: State): void
  /** out += J_j v, J_j the Jacobian of block j (0 ≤ j < depth) at h_j. `out` is another state than `v`. */
  addJacobian(j: number, v: State, out: State): void
  /** out += J_jᵀ u. Reads nothing of u's frame. `out` is another state than `u`. */
  addTransposed(j: number, u: State, out: State): void
  /** What the dense layer makes of a state: logits [lanes, M]. */
  logits(h: State): Vector
  /** out = the gradient of each example's own loss by h_d. */
  lossGradient(out: State): void
}

/** to += factor · from */
export function add(to: State, factor: number, from: State): void {
  if (factor === 1) for (let i = 0; i < to.length; i++) to[i] += from[i]
  else for (let i = 0; i < to.length; i++) to[i] += factor * from[i]
}

/** Inner products of two states, lane by lane, in f64: [lanes]. */
export function products(a: State, b: State, lanes: number): Float64Array<ArrayBuffer> {
  const sums = new Float64Array(lanes)
  switch (lanes) {
    case 4: {
      let [s0, s1, s2, s3] = [0, 0, 0, 0]
      for (let i = 0; i < a.length; i += 4) {
        s0 += a[i] * b[i]
        s1 += a[i + 1] * b[i + 1]
        s2 += a[i + 2] * b[i + 2]
        s3 += a[i + 3] * b[i + 3]
      }
      sums.set([s0, s1, s2, s3])
      return sums
    }
    default:
      for (let i = 0; i < a.length; i += lanes) for (let l = 0; l < lanes; l++) sums[l] += a[i + l] * b[i + l]
      return sums
  }
}

/** Passes all examples, group by group. */
export function eachGroup(
  dissection: Dissection,
  examples: Examples,
  visit: (from: number, count: number) => void
): void {
  for (let from = 0; from < examples.count; from += dissection.lanes) {
    const count = Math.min(dissection.lanes, examples.count - from)
    dissection.pass(examples, from, count)
    visit(from, count)
  }
}
