/**
 * Several trainings of networks of one shape as one computation. Small networks leave a GPU idle: most of a step's time goes into
 * starting its operations, and those of many trials cost hardly more than those of one.
 *
 * Trials do not see one another: each has its own parameters, learning rate, optimizer's vectors and order of examples,
 * and its results are those of training alone, within the engine's tolerance, whichever others it is batched with.
 */
import type { Network } from "../network/network.ts"
import type { EpochScore, FirstOrder, GivenExamples, Score, TrainingState } from "./engine.ts"

export interface BatchedEngine {
  readonly name: string
  /** Numeric class of its results: one of its own, the same for any number of trials. */
  readonly numericClass: string
  /** Library and device, once a session has been opened: results may depend on them within the numeric class. */
  facts(): Readonly<Record<string, string>>
  /** `memory`: bytes that the session may take on the device; the engine's own limit if left out. */
  open(network: Network, options?: { readonly memory?: number | undefined }): Promise<BatchedSession>
}

/** T trials of one network but for its depth, in a fixed order. */
export interface BatchedSession {
  readonly network: Network
  /**
   * Sets the trials: as many as there are states, with the method's vectors zero where a state has none. `depths`: of
   * each trial, the network's if left out; those of one depth cost less as neighbours.
   */
  load(states: ReadonlyArray<TrainingState>, depths?: ReadonlyArray<number>): void
  /** A copy of each trial's state. */
  save(): ReadonlyArray<TrainingState>
  /**
   * One epoch of mini-batches for each trial, in its own order; all orders have one length. The optimizers may differ in
   * their learning rates alone. `rates`: of each trial the learning rate of each batch, its optimizer's if left out.
   */
  epoch(
    examples: GivenExamples,
    orders: ReadonlyArray<Uint32Array>,
    batch: number,
    optimizers: ReadonlyArray<FirstOrder>,
    rates?: ReadonlyArray<ReadonlyArray<number>>
  ): Promise<ReadonlyArray<EpochScore>>
  /** Each trial's score over all examples. */
  evaluate(examples: GivenExamples): Promise<ReadonlyArray<Score>>
  /** Frees what the session holds. */
  close(): void
}
