/**
 * What second-order methods ask of a network: loss, gradient and curvature over any set of examples, as pure functions
 * of a flat parameter vector (engine.ts, `Vector`).
 */
import type { Network } from "../network/network.ts"
import type { GivenExamples, Score, Vector } from "./engine.ts"

/**
 * Which curvature: that of the loss as a function of the parameters, or Gauss and Newton's matrix Jᵀ L″ J, which leaves
 * out the curvature of the network (J: the logits' derivative by the parameters, L″: the loss's second by the logits)
 * and has no negative direction.
 */
export type Curvature = "hessian" | "gauss-newton"

/** What gives objectives, in one numeric class. */
export interface SecondOrder {
  readonly numericClass: string
  /** What has computed, where that may be one thing or another (`ComputeContext.device`). */
  facts?(): Readonly<Record<string, string>>
  open(network: Network, options?: ObjectiveOptions): Promise<Objective>
}

export interface ObjectiveOptions {
  /** So many may compute, 1 if left out; the same bytes for any number. */
  readonly threads?: number
  /** Whether products will be asked for, true if left out; what they take is not set up where they will not. */
  readonly products?: boolean
}

export interface Objective {
  readonly network: Network
  /** Mean loss in nats over the chosen examples (all if left out), and its gradient at `parameters`, [P]. */
  value(
    parameters: Vector,
    examples: GivenExamples,
    indices?: Uint32Array
  ): { readonly loss: number; readonly gradient: Vector }
  /** Curvature of the mean loss at `parameters` times `direction`, [P] each: exact, no differences. */
  product(
    curvature: Curvature,
    parameters: Vector,
    direction: Vector,
    examples: GivenExamples,
    indices?: Uint32Array
  ): Vector
  /** Score over the chosen examples at `parameters`. */
  score(parameters: Vector, examples: GivenExamples, indices?: Uint32Array): Score
  /** Frees what the objective holds. */
  close(): void
}
