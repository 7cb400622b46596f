/**
 * A trained network taken apart, for the analysis of its Taylor terms (docs/science.md, "Taylor-term analysis").
 *
 * It works on a group of `lanes` examples at a time, all at once: `run` passes them through the network. Then every
 * block's function f_j can be taken at any state, and its Jacobian J_j and the transpose at the state where the group
 * passed (masks or derivatives frozen there). A state is a handle to [lanes, F, H, W] numbers; blocks are numbered
 * 1 … depth as in network.ts.
 */
import type { Network } from "../network/network.ts"
import type { GivenExamples, Precision, Vector } from "./engine.ts"

/** What takes networks apart, in one numeric class. */
export interface Analyst {
  readonly numericClass: string
  readonly precision: Precision
  /** What computes, where that may be one thing or another (`ComputeContext.device`). */
  facts?(): Readonly<Record<string, string>>
  /** The network with these parameters, [P]. */
  analyze(network: Network, parameters: Vector): Analysis
}

/** A handle to the states of a group's examples; stays valid until the analysis is dropped. */
export type State = number & { readonly State: unique symbol }

export interface Analysis {
  readonly network: Network
  /** Examples in a group. */
  readonly lanes: number
  /** Passes `indices` (1 … lanes of them) through the network. */
  run(examples: GivenExamples, indices: ArrayLike<number>): void
  /** h_j of the group that passed, j = 0 … depth; do not change it. */
  trajectory(j: number): State
  /** A new state, zero. */
  state(): State
  /** out = λ f_j(h), the sum over the block's layers times the branch's scale, without h itself. */
  block(j: number, h: State, out: State): void
  /** out += λ Σ f_i(h) over the layers first ≤ i < end of all N, from 0; `h` and `out` must differ. */
  addLayers(first: number, end: number, h: State, out: State): void
  /** out += J_j v, J_j the derivative of what `block` gives; `v` and `out` must differ. */
  addJacobian(j: number, v: State, out: State): void
  /** out += J_jᵀ u; `u` and `out` must differ. */
  addTransposedJacobian(j: number, u: State, out: State): void
  /** to = factor · to + other · from */
  combine(to: State, factor: number, from: State, other: number): void
  /** out = h_depth with only the blocks of `active` (j - 1 → boolean) in action, the others giving 0. */
  subset(active: ArrayLike<boolean>, out: State): void
  /** ⟨a, b⟩, example by example. */
  inner(a: State, b: State): Float64Array<ArrayBuffer>
  /** Loss of each example if h were h_depth, and how many would be right. */
  score(h: State): { readonly losses: Float64Array; readonly correct: number }
  /** out = ∂(sum of losses)/∂h if h were h_depth. */
  lossGradient(h: State, out: State): void
  /** What the dense layer makes of h: logits [examples, M]. */
  logits(h: State): Float64Array<ArrayBuffer>
  /**
   * All numbers of a state in the kernels' order, lanes innermost, with the frame around each plane, which is zero and
   * must stay so. Valid until `state()` is called again.
   */
  values(h: State): Vector
  /** One example's state, [F, H, W]; a copy. */
  read(h: State, example: number): Vector
  write(h: State, example: number, values: Vector): void
}
