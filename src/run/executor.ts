/**
 * Where tasks run: this machine's worker processes (local.ts), or a cluster's. An executor owns what they need to run:
 * slots, GPUs, processes, and where each of them goes. The scheduler asks what is free, hands work over, and follows it.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { FromWorker, Task } from "./task.ts"
import type { Workplace } from "./workplace.ts"

/** A worker ended before its task did. */
export class WorkerLost extends Schema.TaggedError<WorkerLost>()("WorkerLost", {
  signal: Schema.NullOr(Schema.String),
  exitCode: Schema.NullOr(Schema.Finite),
  timeout: Schema.NullOr(Schema.Finite),
  /** Why it could not even begin. */
  problem: Schema.NullOr(Schema.String)
}) {
  override get message() {
    if (this.problem !== null) return `no process could be started for it: ${this.problem}`
    if (this.timeout !== null) return `it was stopped after its timeout of ${this.timeout} s`
    if (this.signal === "SIGKILL") return "its process was killed (SIGKILL); the system does so when memory runs out"
    if (this.signal !== null) return `its process was ended by the signal ${this.signal}`
    return `its process ended by itself with exit code ${this.exitCode}`
  }
}

/** One task, or several that are computed together, and what they take. */
export interface Work {
  readonly tasks: ReadonlyArray<Task>
  readonly slots: number
  readonly gpu: boolean // that it needs one
}

/** What could start now. */
export interface Room {
  readonly slots: number // that nobody has
  readonly gpus: number // works that need a GPU and would find one
}

export class Executor extends Context.Service<
  Executor,
  {
    /** Processor slots in all; a work takes one or more. */
    readonly slots: number
    readonly room: () => Room
    /**
     * Starts work for which there is room, and takes that room until every task has had its answer. What is said of them
     * comes in the order in which it happened, and ends with the last answer. Where the stream fails or dies, that is the
     * answer of those that have had none. Interrupting it stops them, with their children.
     */
    readonly start: (work: Work) => Effect.Effect<Stream.Stream<FromWorker, WorkerLost>>
    /** Where this process itself computes: stages that take a moment run in it, and take no room. */
    readonly here: Workplace
  }
>()("pipeline/run/Executor") {}
