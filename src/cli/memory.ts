/** The memory that a training may take on a device: `--device-memory`, or `PIPELINE_DEVICE_MEMORY`. */
import type { Hints } from "../run/workplace.ts"
import { configuredNumber } from "./config.ts"
import { UsageError } from "./errors.ts"

const HINT = "deviceMemory"

/** What a run says of it to the stages that ask, in bytes. Throws `UsageError`. */
export function deviceMemoryOf(gigabytes: number | undefined): Hints {
  if (gigabytes !== undefined) {
    if (gigabytes > 0 && Number.isFinite(gigabytes)) return { [HINT]: 1e9 * gigabytes }
    throw new UsageError({ problem: `--device-memory ${gigabytes}: expected a number of GB above 0` })
  }
  const set = configuredNumber("deviceMemory")
  return set === undefined ? {} : { [HINT]: 1e9 * set }
}
