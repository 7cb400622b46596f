/** What becomes of a command when nobody takes what it prints, or when its terminal or its launcher has gone. */
import { isatty } from "node:tty"
import { problemOf } from "../cache/errors.ts"
import { complain } from "./errors.ts"

/**
 * A reader that has seen enough (`pipeline status | head`) is no error, and ends a command that only prints. One that
 * changes something goes on without its reader. Output that cannot be written for another reason is an error, told
 * once. Gives the exit code, given that of the command itself.
 */
export function guardOutput(changes: boolean): (code: number) => number {
  let failed = false
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    const left = error.code === "EPIPE" || error.code === "EIO"
    if (!left && !failed) complain(`its output cannot be written: ${problemOf(error)}`)
    failed ||= !left
    if (!changes) process.exit(left ? 0 : 1)
  })
  // Then there is nobody to tell.
  process.stderr.on("error", () => {})
  return (code) => (code === 0 && failed ? 1 : code)
}

const end = () => void process.kill(process.pid, "SIGTERM")

/**
 * A terminal that goes takes its commands with it, in order. Those that have none of it, as under `nohup`, go on: Node
 * itself does not keep the signal ignored, nor tell that it was.
 */
export function guardHangup(): void {
  const attached = [0, 1, 2].some(isatty)
  process.on("SIGHUP", () => attached && end())
}

/** Started by the launcher, a command ends with it, however that ends. */
export function guardLauncher(): void {
  if (process.env.PIPELINE_LAUNCHER === undefined) return
  // Not for what is started from here.
  delete process.env.PIPELINE_LAUNCHER
  process.once("disconnect", end)
  process.channel?.unref()
  if (!process.connected) end()
}
