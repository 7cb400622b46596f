/**
 * A trained network taken apart: its hidden states, and its blocks and their Jacobians as functions of their own.
 *
 * Examples pass through in groups of a few `lanes`. A state is one number for each filter, pixel and lane, lanes
 * innermost, with whatever frame the convolutions want around the images; the frame is zero, and sums leave it so.
 */
import type { Network } from "../network/network.ts"
import type { Examples, Precision, Vector } from "./engine.ts"

/** A handle: what it stands for lives as long as its dissection. */
export type State = number

export interface Dissection {
  readonly network: Network
  /** Examples that pass at a time. */
  readonly lanes: number
  /** Sets all parameters, [P]. */
  load(parameters: Vector): void
  /** A new state, all zero. */
  state(): State
  /** The numbers of a state, to read or to write; valid until `state()` is called again. */
  values(h: State): Vector
  /** One example's numbers without the frame, as the dense layer sees them: [F, H, W]. */
  image(h: State, lane: number): Vector
  /** to += factor · from */
  add(to: State, factor: number, from: State): void
  /** Inner products of two states, lane by lane, summed in f64: [lanes]. */
  products(a: State, b: State): Float64Array<ArrayBuffer>
  /**
   * Passes examples from, …, from + count − 1 (count ≤ lanes) through the network. Hidden states and Jacobians are
   * those of this group until the next one passes; what the lanes from `count` on hold means nothing.
   */
  pass(examples: Examples, from: number, count: number): void
  /** h_j of the group, 0 ≤ j ≤ depth; not to be written to. */
  hidden(j: number): State
  /** out += Σ f_i(h) over the layers first ≤ i < end (of all N, from 0), at any h but `out` itself. */
  addLayers(first: number, end: number, h: State, out: State): void
  /** out += J_j v, J_j the Jacobian of block j (0 ≤ j < depth) at h_j. `out` is another state than `v`. */
  addJacobian(j: number, v: State, out: State): void
  /** out += J_jᵀ u. Reads nothing of u's frame. `out` is another state than `u`. */
  addTransposed(j: number, u: State, out: State): void
  /** What the dense layer makes of a state, [lanes, M] row by row. */
  logits(h: State): Float64Array<ArrayBuffer>
  /** out = the gradient of each example's own loss by h_d. */
  lossGradient(out: State): void
}

/** Opens a network for analysis; all parameters are zero until `load`. */
export type Dissector = (network: Network, precision: Precision) => Dissection

export function clear(dissection: Dissection, h: State): void {
  dissection.values(h).fill(0)
}

export function copy(dissection: Dissection, to: State, from: State): void {
  dissection.values(to).set(dissection.values(from))
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
