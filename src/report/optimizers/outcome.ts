/** What one training came to, and what it cost on the way. */
import { log } from "../../network/math.ts"
import type { Network } from "../../network/network.ts"
import type { Metrics } from "../../results/metrics.ts"

/** One moment of a training. */
export interface Moment {
  /** Passes through the training examples: evaluations of loss and gradient, products with the curvature, epochs. */
  readonly passes: number
  /** What they cost: operations that are counted, at rates that were measured once. */
  readonly seconds: number
  readonly loss: number
  readonly validationLoss: number
  readonly validationAccuracy: number
  readonly gradientNorm: number | null
}

export interface Outcome {
  readonly method: string
  /** The method that this is another way of, in another precision, say: such are compared with it and in no other test. */
  readonly wayOf?: string
  readonly dataset: string
  readonly examples: number // K
  /** What tells its cell from others beside these: a column each, in order. */
  readonly task: Readonly<Record<string, string>>
  readonly network: Network
  readonly seed: number
  readonly nodes: Readonly<Record<string, string>>
  readonly metrics: Metrics | undefined
  /** Its moments in order, the start first; none where it has not run. */
  readonly curve: ReadonlyArray<Moment>
  /** Why it ended: for methods of second order by name, for others when their passes are spent. */
  readonly ended: string | undefined
  /** Steps that met a curvature that is not positive. */
  readonly negative: number
  /** What all its passes cost, run or not. */
  readonly price: number // seconds
}
export type Finished = Outcome & { readonly metrics: Metrics }

export const isFinished = (outcome: Outcome): outcome is Finished => outcome.metrics?.status === "finished"

/** Losses below this count as this in logarithms: some networks fit their examples to the last bit. */
const LEAST = 1e-12
export const lnLoss = (loss: number): number => log(Math.max(loss, LEAST))

/** The training loss at the end: as the history has it where it is exact, else as it was scored. */
export const finalLoss = ({ metrics, curve, ended }: Finished): number =>
  ended !== undefined && curve.length > 0 ? curve[curve.length - 1].loss : metrics.train.loss

/**
 * The training loss at the end as the course has it, which that of other moments is compared with: of mini-batches the mean
 * of the last epoch's.
 */
export const lastLoss = (one: Finished): number => one.curve.at(-1)?.loss ?? finalLoss(one)

/** The first moment at which the training loss is no more than `level`. */
export const reaching = ({ curve }: Outcome, level: number): Moment | undefined =>
  curve.find(({ loss }) => loss <= level)

/** The last moment at or before so many passes or seconds; a training that ended early stays where it ended. */
export const at = (curve: ReadonlyArray<Moment>, by: "passes" | "seconds", most: number): Moment | undefined =>
  curve.findLast((moment) => moment[by] <= most)
