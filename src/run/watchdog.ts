/**
 * Ends what a killed scheduler leaves behind. A worker sees by itself that its scheduler has gone, but not while it is
 * stopped (SIGSTOP): it would stay for ever, with its memory. So a shell, in a process group of its own, waits for the
 * end of a pipe that the scheduler alone holds, and kills the process groups that were last named on it.
 */
import { spawn } from "node:child_process"
import { Socket } from "node:net"

const SCRIPT = 'while read -r line; do groups=$line; done; for group in $groups; do kill -s KILL -- "-$group"; done'

export interface Watchdog {
  /** These process groups are to end with this process. */
  watch(groups: ReadonlyArray<number>): void
}

/** Where there is no shell, workers are left to themselves. */
export function startWatchdog(): Watchdog {
  const shell = spawn("/bin/sh", ["-c", SCRIPT], { stdio: ["pipe", "ignore", "ignore"], detached: true })
  shell.on("error", () => {})
  shell.stdin.on("error", () => {})
  // Nobody waits for it.
  shell.unref()
  if (shell.stdin instanceof Socket) shell.stdin.unref()
  return { watch: (groups) => void shell.stdin.write(`${groups.join(" ")}\n`) }
}
