/**
 * Everything that happens in a run, as values: the only way out of the scheduler. Progress lines, logs and JSON are
 * readers of these. The JSON form is these objects as they are, one a line (see README, "For scripts").
 */
import type { Progress } from "../graph/compute.ts"
import type { Cause } from "../graph/explain.ts"

export type RunEvent =
  /** First: how much there is to do. `seconds`: predicted processor time, undefined where nothing is known yet. */
  | { readonly type: "plan"; readonly run: number; readonly reused: number; readonly seconds: number | undefined }
  | {
      readonly type: "start"
      readonly name: string
      readonly stage: string
      readonly cause: Cause
      readonly reason: string
    }
  /** The budget lets a portion in: so many nodes more will run. */
  | { readonly type: "admitted"; readonly run: number }
  | ({ readonly type: "progress"; readonly name: string } & Progress)
  /** Executed; the result is on disk. */
  | {
      readonly type: "done"
      readonly name: string
      readonly stage: string
      readonly key: string
      readonly seconds: number
      readonly outputs: Readonly<Record<string, string>>
    }
  /** It was to run, but its inputs came out as before, or another process made it meanwhile. */
  | { readonly type: "reused"; readonly name: string; readonly stage: string; readonly key: string }
  | {
      readonly type: "failed"
      readonly name: string
      readonly stage: string
      readonly message: string
      readonly log: string
    }
  | { readonly type: "skipped"; readonly name: string; readonly stage: string; readonly because: string }
  /** Outputs were written to a folder of the project. */
  | { readonly type: "published"; readonly name: string; readonly folder: string; readonly written: number }
  /** Something the user should know: what had to be mended, who else is running. */
  | { readonly type: "notice"; readonly message: string }
  | {
      readonly type: "end"
      readonly executed: number
      readonly reused: number
      readonly failed: number
      readonly skipped: number
      readonly seconds: number
    }

export type Listener = (event: RunEvent) => void
