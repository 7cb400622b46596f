/** The memory that a training may take on a device: `--device-memory`, or `PIPELINE_DEVICE_MEMORY`. */
import type { Hints } from "../run/task-of.ts"
import { UsageError } from "./errors.ts"

const HINT = "deviceMemory"

/** What a run says of it to the stages that ask, in bytes. Throws `UsageError`. */
export function deviceMemoryOf(gigabytes: number | undefined): Hints {
  if (gigabytes !== undefined) {
    if (gigabytes > 0 && Number.isFinite(gigabytes)) return { [HINT]: 1e9 * gigabytes }
    throw new UsageError({ problem: `--device-memory ${gigabytes}: expected a number of GB above 0` })
  }
  const { PIPELINE_DEVICE_MEMORY: variable = "" } = process.env
  if (variable === "") return {}
  const bytes = Number(variable)
  if (bytes > 0 && Number.isFinite(bytes)) return { [HINT]: bytes }
  throw new UsageError({ problem: `PIPELINE_DEVICE_MEMORY is '${variable}': expected a number of bytes above 0` })
}
