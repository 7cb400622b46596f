/**
 * What a stage's compute module is: plain TypeScript without Effect, run in a worker process. Its default export is a
 * `Compute`. It must be a pure function of parameters and inputs: no clock, no random numbers but seeded ones, no
 * file or network but what the declaration names.
 */
import type { Collection } from "./collection.ts"

/** An input: one output of an earlier node, its bytes read (and their digest verified) when asked for. */
export interface Input {
  /** Name of the node that made it. */
  readonly node: string
  /** Which of its outputs. */
  readonly output: string
  /** SHA-256 of the bytes. */
  readonly digest: string
  /** The bytes; do not change them, they may be shared with other nodes of this worker. */
  bytes(): Uint8Array
  /** Where a node's inputs are large together: the bytes as a file, of which one reads what one needs. */
  readonly file?: () => InputFile
}

/** A file that is open, its bytes verified; it stays open as long as its worker. */
export interface InputFile {
  readonly descriptor: number
  readonly size: number // bytes
}

/** An output as a file in the node's `scratch()`; it goes from there into the cache. */
export interface OutputFile {
  readonly path: string
}

/** How far a node is; shown live, kept nowhere. */
export interface Progress {
  readonly done: number
  readonly total: number
  readonly unit: string // "epoch", "MB", …
  readonly message?: string // "loss 0.123"
}

/** Intermediate states that let a node go on where it was stopped; see docs/design.md, "Scheduler". */
export interface Checkpoints {
  /** The furthest state that serves this node, if any: at `extent` (an epoch, say) of at most the node's own. */
  latest(): { readonly extent: number; readonly bytes: Uint8Array } | undefined
  /** Offers the state at `extent`; kept if it is time, or if `keep` says always. */
  offer(extent: number, bytes: () => Uint8Array, keep?: "always"): void
}

/** Reads a file that the stage declared. Throws, before it is in memory, if it has more than `most` bytes. */
export interface ReadFile {
  (most?: number): Uint8Array
  /** The same as a file that is open, of which one reads what one needs; it is closed when the node is done. */
  readonly open?: (most?: number) => InputFile
}

/** What a compute module computes with: an engine's module, in one of its roles and one numeric class. */
export interface EngineUse {
  readonly module: URL
  /** The module's export: a function of the numeric class that gives the engine, and throws where it cannot run here. */
  readonly role: string
  /** Results of one class are equal, as the class promises (docs/design.md, "Keys"): part of the key, and what is computed. */
  readonly numericClass: string
  /**
   * A module with the same export that gives the same bytes faster where it can, and else nothing: in no key, so only for
   * classes that promise equal bytes.
   */
  readonly standIn?: URL | undefined
}

/** Whose code a key holds: a compute module, and what it computes with. */
export interface Computing {
  readonly module: URL
  readonly engine: EngineUse | undefined
}

/** Equal for equal code. */
export const computingName = ({ module, engine }: Computing): string =>
  engine === undefined ? module.href : `${module.href} ${engine.role} ${engine.module.href}`

/** `E`: the engine, where the stage declares one. */
export interface ComputeContext<P = unknown, E = unknown> {
  readonly parameters: P
  /** What the export of the engine's module has given for the class in the node's key. */
  readonly engine: E
  /** Single inputs by name. */
  readonly inputs: Readonly<Record<string, Input>>
  /** Collected inputs by name, as declared; `undefined` where a node failed or has not run. */
  readonly collections: Readonly<Record<string, Collection<Input | undefined>>>
  /** Files that the stage declared, by their path relative to the project. */
  readonly files: Readonly<Record<string, ReadFile>>
  /** Paths that the stage declared and that are no files, with what is there instead: "nothing", "a folder", … */
  readonly absent?: Readonly<Record<string, string>>
  readonly checkpoints: Checkpoints
  /**
   * Makes, and names, a folder of this node's own, for what would be sad to lose when it is stopped (a part of a
   * download). It is removed when the node is done. With "key" a folder in it that no other code, parameters or inputs of
   * the node have written to: for work of which nothing else says what it was made of.
   */
  scratch(whose?: "key"): string
  /** How many threads it may use. More than the stage declared only make it faster: its outputs are the same bytes. */
  readonly threads: number
  progress(progress: Progress): void
  /** Names library and device where results may depend on them within their numeric class; kept in the trace. */
  device(facts: Readonly<Record<string, string>>): void
}

/** Bytes; or a file, where they may be more than memory has. */
export type Output = Uint8Array | OutputFile

/** Outputs by name. */
export type Outputs<O extends Output = Uint8Array> = Readonly<Record<string, O>>
export type Compute<P = unknown, E = unknown, O extends Output = Uint8Array> = (
  context: ComputeContext<P, E>
) => Outputs<O> | Promise<Outputs<O>>

/** What a compute module is given for what its stage declares; `undefined` where a node failed or has not run. */
export type Delivered<C> = C extends undefined
  ? undefined
  : C extends { readonly node: unknown; readonly output: string }
    ? Input | undefined
    : C extends ReadonlyArray<infer M>
      ? ReadonlyArray<Delivered<M>>
      : { readonly [K in keyof C]: Delivered<C[K]> }

/** A compute module whose stage collects; `C` is what it is given of that (`Delivered`), by name. */
export type Collecting<P, C> = (
  context: Omit<ComputeContext<P>, "collections"> & { readonly collections: C }
) => Outputs | Promise<Outputs>

/** One of several nodes that are computed together. */
export interface BatchMember<P = unknown, E = unknown> extends ComputeContext<P, E> {
  /** Hands over its outputs, as soon as they are there; they are kept at once. */
  done(outputs: Outputs): void
}

/**
 * A compute module's export `batch`, where its stage declares one, in place of its default: nodes of one class as one
 * computation. Each has the outputs that it would have alone (within its numeric class), whichever others there are.
 */
export type ComputeBatch<P = unknown, E = unknown> = (members: ReadonlyArray<BatchMember<P, E>>) => Promise<void>
