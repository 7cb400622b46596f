/** The most memory that this process has had since a moment: a worker's tasks come one after another in one process. */
import { readFileSync, writeFileSync } from "node:fs"

/** Resident bytes at most, from now until it is asked; undefined where the system does not tell (not Linux). */
export function watchMemory(): () => number | undefined {
  try {
    // Sets the high-water mark back to what is resident now (proc(5), clear_refs).
    writeFileSync("/proc/self/clear_refs", "5")
  } catch {
    return () => undefined
  }
  return () => {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? []
    return kilobytes === undefined ? undefined : 1024 * Number(kilobytes)
  }
}
