/**
 * One node's work as it goes to a worker, and what comes back. Plain values without a path of this machine, so that they
 * cross processes and could cross machines: what they name the worker finds in its own project and cache (workplace.ts).
 * Several tasks that go together are computed as one (graph/compute.ts, `ComputeBatch`).
 */
import type { Shortage } from "../cache/space.ts"
import type { Shape } from "../graph/collection.ts"
import type { Progress } from "../graph/compute.ts"
import type { Artifact } from "../graph/trace.ts"

export interface TaskInput {
  readonly node: string
  readonly output: string
  readonly digest: string
  /** The bytes where they are small; others the worker reads from the cache. */
  readonly value: Uint8Array | undefined
}

/** `EngineUse` (graph/compute.ts) with modules by their path in the project. */
export interface TaskEngine {
  readonly module: string
  readonly role: string
  readonly numericClass: string
  readonly standIn: string | undefined
}

export interface Task {
  readonly name: string
  readonly key: string
  readonly module: string // the compute module: its path in the project
  /** What it computes with; the numeric class is that of the key, and no other may be computed. */
  readonly engine?: TaskEngine | undefined
  readonly parameters: Readonly<Record<string, unknown>>
  /** Names of parameters that the workplace may give: they say how to compute, and are in no key. */
  readonly hints: ReadonlyArray<string>
  readonly inputs: Readonly<Record<string, TaskInput>>
  /** Members by their place, and the shape that they stand in. */
  readonly collections: Readonly<
    Record<string, { readonly shape: Shape; readonly members: ReadonlyArray<TaskInput | undefined> }>
  >
  readonly files: Readonly<Record<string, string>> // path relative to the project → digest
  readonly absent: ReadonlyArray<string> // paths that were declared and are no files
  readonly threads: number // that it may use
  readonly timeout: number | undefined // seconds
  /** Its compute module computes any number of nodes together, one as well. */
  readonly batch: boolean
  readonly checkpoints: { readonly family: string; readonly extent: number } | undefined
}

/** An output as it is kept: small ones travel as base64, others are blobs already. */
export interface Kept {
  readonly artifact: Artifact
  readonly value: string | undefined
}

export interface Done {
  readonly type: "done"
  readonly outputs: Readonly<Record<string, Kept>>
  readonly seconds: number // wall time of the compute module; its share, where several were computed together
  readonly threads: number // that it might use
  readonly together: number // how many were computed together, itself included
  readonly peakMemory?: number // bytes that its process had at most meanwhile; where the system tells
  readonly device?: Readonly<Record<string, string>> // library and device, where it named them
}

/** What a worker says. `damaged`: an input's bytes are gone or wrong, and were moved aside. `full`: the disk is. */
export type Answer =
  | Done
  | { readonly type: "failed"; readonly message: string; readonly detail: string }
  | { readonly type: "damaged"; readonly digest: string; readonly message: string }
  | {
      readonly type: "full"
      readonly path: string
      readonly needed: number
      readonly free: number
      readonly shortage: Shortage
    }

export type Report =
  | Answer
  | ({ readonly type: "progress" } & Progress)
  /** Something the user should know; the task goes on. */
  | { readonly type: "notice"; readonly message: string }

/** `task`: which of those that it was given together. */
export type FromWorker = Report & { readonly task: number }

/** True for a task's last word. */
export const isAnswer = <R extends Report>(report: R): report is R & Answer =>
  report.type !== "progress" && report.type !== "notice"
