/**
 * What computes a network's loss and gradient: the one interface that every engine implements, at once (`Engine`) or
 * on a device, where results come when they are awaited (`DeviceEngine`). Some do more, each by an interface of its own:
 * several trainings as one (batched.ts), curvature (second-order.ts), networks taken apart (analysis.ts). Which engine
 * does what stands in its descriptor (engines.ts).
 *
 * It is plain TypeScript, without Effect: the module of the engine that a stage uses enters its keys beside the compute
 * module, so that the key of a training holds exactly the code that ran (docs/design.md, "Keys").
 *
 * Vectors of parameters are flat, in the order of `tensors(network)`; f64 engines take and give Float64Array.
 * Images stay uint8 until an engine gathers them into a batch, where they become pixel / 255.
 */
import type { Images } from "../data/images.ts"
import type { ChannelStatistics } from "../data/statistics.ts"
import type { Network } from "../network/network.ts"

export type Precision = "f32" | "f64"
export type Vector = Float32Array | Float64Array

/**
 * Examples of a data set. images: [count, C, H, W] uint8, in memory or in a file; labels: [count], each < classes; targets,
 * where a loss wants them: [count, M], row by row.
 */
export interface Examples<I extends Images = Uint8Array> {
  readonly count: number
  readonly images: I
  readonly labels: Uint8Array | Uint16Array
  readonly targets?: Float32Array
}

/** As engines take them: in memory, or in a file of which they read what they need. */
export type GivenExamples = Examples<Images>

/** Sums over examples, not means, so that parts can be added: mean loss (nats) is loss / count. */
export interface Score {
  readonly count: number
  readonly loss: number // sum of the network's losses (network.ts), without any penalty of the weights
  readonly correct: number // number of examples whose largest logit is the label's (the first one, if several)
}

/**
 * How weights, biases and all, decay: `l2` adds δ θ to the gradient, as the penalty ½ δ ‖θ‖² beside the loss would;
 * `decoupled` takes η δ θ from θ before the step (Loshchilov & Hutter 2019, as AdamW and Keras do).
 */
export interface Decay {
  readonly kind: "l2" | "decoupled"
  readonly rate: number // δ
}

/** First-order methods as Keras defines them. */
export type FirstOrder = Method & { readonly decay?: Decay | undefined }
export type Method =
  | { readonly method: "rmsprop"; readonly learningRate: number; readonly rho: number; readonly epsilon: number }
  | {
      readonly method: "adam"
      readonly learningRate: number
      readonly beta1: number
      readonly beta2: number
      readonly epsilon: number
    }
  | { readonly method: "sgd"; readonly learningRate: number; readonly momentum: number }

/** Everything a training needs to go on: parameters, the method's vectors (v; m and v; velocity), steps done. */
export interface TrainingState {
  readonly parameters: Vector
  readonly slots: ReadonlyArray<Vector>
  readonly step: number
}

/** What one epoch saw, as Keras prints it: the loss of each batch before its update, weighted by the batch's size. */
export interface EpochScore extends Score {
  /** Root mean square over the epoch's batches of ‖gradient of the batch's mean loss‖₂, without that of a penalty. */
  readonly gradientNorm: number
}

/** How a session is opened. What one engine has no use for, it passes over. */
export interface SessionOptions {
  readonly precision: Precision
  /** So many may compute, 1 if left out; an exact engine gives the same bytes for any number. */
  readonly threads?: number
  /** Examples in the batches of a training to come, for which an engine may choose how it computes. */
  readonly batch?: number
  /** Bytes that the session may take on a device; the engine's own limit if left out. */
  readonly memory?: number | undefined
  /** What images are standardized by, of an engine that does so; pixel / 255 if left out. */
  readonly statistics?: ChannelStatistics
}

export interface Engine {
  readonly name: string
  /** Numeric class of its results (docs/design.md, "Keys"): equal class, equal bytes (exact) or equal within tolerance. */
  readonly numericClass: string
  open(network: Network, options: SessionOptions): Promise<Session>
}

/** An engine of one class alone, if that is the class that was asked for. */
export function inClass<E extends Pick<Engine, "name" | "numericClass">>(engine: E, numericClass: string): E {
  if (engine.numericClass === numericClass) return engine
  throw new RangeError(`the engine ${engine.name} computes in the class ${engine.numericClass}, not in ${numericClass}`)
}

/** An engine whose results are computed on a device, and come when they are awaited. */
export interface DeviceEngine extends Omit<Engine, "open"> {
  open(network: Network, options: SessionOptions): Promise<DeviceSession>
  /** Library and device, once a session has been opened: results may depend on them within the numeric class. */
  facts?(): Readonly<Record<string, string>>
}

/**
 * One network on one engine, with its current parameters. `indices` choose and order the examples (all of them, in
 * their own order, if left out).
 */
export interface Session {
  readonly network: Network
  /** Sets all parameters, and for trainings the optimizer's vectors (zeros if left out) and step. */
  load(state: { parameters: Vector; slots?: ReadonlyArray<Vector>; step?: number }): void
  /** A copy of the current state. */
  save(): TrainingState
  /** Score and the gradient of the MEAN loss over the chosen examples, [P]. */
  gradient(examples: GivenExamples, indices?: Uint32Array): Score & { readonly gradient: Vector }
  /**
   * One epoch of mini-batches in the given order; the last, smaller batch is kept. Updates the parameters. `rates`: the
   * learning rate of each batch, the optimizer's if left out.
   */
  epoch(
    examples: GivenExamples,
    order: Uint32Array,
    batch: number,
    optimizer: FirstOrder,
    rates?: ReadonlyArray<number>
  ): EpochScore
  /** Score over the chosen examples, parameters unchanged. */
  evaluate(examples: GivenExamples, indices?: Uint32Array): Score
  /** Logits [count, M], row by row. */
  logits(examples: GivenExamples, indices?: Uint32Array): Vector
  /** Frees what the session holds. */
  close(): void
}

/**
 * A session whose examples, parameters and optimizer's vectors stay on a device. The same methods and results; those
 * that compute are awaited. One at a time.
 */
export interface DeviceSession extends Omit<Session, Computing> {
  gradient(...of: Parameters<Session["gradient"]>): Promise<ReturnType<Session["gradient"]>>
  epoch(...of: Parameters<Session["epoch"]>): Promise<ReturnType<Session["epoch"]>>
  evaluate(...of: Parameters<Session["evaluate"]>): Promise<ReturnType<Session["evaluate"]>>
  logits(...of: Parameters<Session["logits"]>): Promise<ReturnType<Session["logits"]>>
}
type Computing = "gradient" | "epoch" | "evaluate" | "logits"
