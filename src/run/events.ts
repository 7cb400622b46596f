/**
 * Everything that happens in a run, as values: the only way out of the scheduler. Progress lines, logs and JSON are
 * readers of these.
 *
 * `pipeline run --json` prints these objects as they are, one a line on stdout, as they happen; everything else goes
 * to stderr. The first is `plan`, the last `end`, also where nodes failed (then the exit code is 1). For each node that
 * was to run there is either a `reused`, a `skipped`, or a `start` followed by a `done` or a `failed`; a node that is
 * tried again starts twice, and what --fail-fast did not start is counted in `end` alone. Ctrl-C ends it with `interrupted`. A result is on disk before
 * its `done` is printed. Members may be added, so readers should pass over what they do not know; none will be renamed,
 * removed or change its unit.
 */
import type { Progress } from "../graph/compute.ts"
import type { Cause } from "../graph/explain.ts"

export type RunEvent =
  /**
   * First: how many nodes there are to run, and how many are there already. `seconds`: predicted processor time, left
   * out where a stage has never run.
   */
  | { readonly type: "plan"; readonly run: number; readonly reused: number; readonly seconds: number | undefined }
  /** A node begins. `cause` is the kind of reason (see `Cause`), `reason` a sentence for people. */
  | {
      readonly type: "start"
      readonly name: string // `STAGE/…`, unique in the run
      readonly stage: string
      readonly key: string // SHA-256 of all that determines the result
      readonly cause: Cause
      readonly reason: string
      /** Of a forced node that keeps checkpoints: the family that is its own for this run. */
      readonly family?: string
    }
  /** The budget lets a portion in: so many nodes more will run. */
  | { readonly type: "admitted"; readonly run: number }
  /** How far a running node is: `done` of `total` `unit`s, with a `message` that may say more. */
  | ({ readonly type: "progress"; readonly name: string } & Progress)
  /** Executed; the result is on disk. `outputs`: name → SHA-256 of the bytes. */
  | {
      readonly type: "done"
      readonly name: string
      readonly stage: string
      readonly key: string // SHA-256 of all that determines the result
      readonly seconds: number // wall time of the compute module
      readonly outputs: Readonly<Record<string, string>>
    }
  /** It was to run, but its inputs came out as before, or another process made it meanwhile. */
  | { readonly type: "reused"; readonly name: string; readonly stage: string; readonly key: string }
  /** It failed for good in this run; `log` is the absolute path of what it wrote. */
  | {
      readonly type: "failed"
      readonly name: string
      readonly stage: string
      readonly message: string
      readonly log: string
    }
  /** It needs a node that failed, however far up: `because` names that one. */
  | { readonly type: "skipped"; readonly name: string; readonly stage: string; readonly because: string }
  /** Outputs stand in a folder of the project; so many of its files had to be written. */
  | { readonly type: "published"; readonly name: string; readonly folder: string; readonly written: number }
  /** Ctrl-C: so many have finished in this run, so many go on from a checkpoint the next time, so many begin. */
  | { readonly type: "interrupted"; readonly finished: number; readonly goOn: number; readonly left: number }
  /** Something the user should know: what had to be mended, who else is running. */
  | { readonly type: "notice"; readonly message: string }
  /** Last: how many nodes ended how, and the seconds since the command began. */
  | {
      readonly type: "end"
      readonly executed: number
      readonly reused: number
      readonly failed: number
      readonly skipped: number
      readonly left: number // portions of the grid that a budget left for another time
      readonly seconds: number
    }

export type Listener = (event: RunEvent) => void
