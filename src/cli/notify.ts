/** Tells of a run's end somebody who does something else meanwhile: the terminal's bell, and a command of the user's. */
import { spawnSync } from "node:child_process"
import { configured } from "./config.ts"
import { tell } from "./output.ts"

/** A run is long from so many seconds on. */
const LONG = 60

/**
 * `command`: what `--notify` says, which holds for every run; what is configured holds for long ones. It gets the run's
 * last line as its argument, and its exit code as PIPELINE_STATUS. That it fails is told, and changes nothing.
 */
export function notifyOf(summary: string, status: number, seconds: number, command: string | undefined): void {
  if (seconds >= LONG && process.stderr.isTTY) process.stderr.write("\x07")
  const run = command ?? (seconds >= LONG ? configured("notify") : undefined)
  if (run === undefined) return
  const { status: code, error } = spawnSync("/bin/sh", ["-c", `${run} "$1"`, "sh", summary], {
    stdio: ["ignore", 2, 2],
    timeout: 30_000,
    env: { ...process.env, PIPELINE_STATUS: String(status) }
  })
  if (code !== 0) tell(`--notify '${run}': ${error?.message ?? `it ended with exit code ${code}`}`)
}
