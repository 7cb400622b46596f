/** Where tasks run: this machine's worker pool (local.ts), or whatever else implements it. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { FromWorker, Task } from "./task.ts"

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

export class Executor extends Context.Service<
  Executor,
  {
    /** Processor slots in all; a task takes one or more, several together those of one. */
    readonly slots: number
    /**
     * Runs one task, or several together, and tells how each goes; ends when each has had its answer. Interrupting this
     * stops them, with their children. Whatever it dies of is the answer of those that have had none.
     */
    readonly run: (tasks: ReadonlyArray<Task>, tell: (message: FromWorker) => void) => Effect.Effect<void, WorkerLost>
  }
>()("pipeline/run/Executor") {}
