/** `pipeline logs NODE`: what a node wrote while it ran; `-f` follows one that is running. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { Cache } from "../../cache/cache.ts"
import { logPath } from "../../run/logs.ts"
import { nodeArgument, theNode } from "../node.ts"
import { tell } from "../output.ts"
import { withPlan, workspaceFlags } from "../workspace.ts"

const POLL_MS = 100

export const logs = Command.make(
  "logs",
  {
    node: nodeArgument,
    ...workspaceFlags,
    follow: Flag.Boolean("follow").pipe(
      Flag.withAlias("f"),
      Flag.withDefault(false),
      Flag.withDescription("Goes on printing for as long as the node is running")
    )
  },
  Effect.fn(function* (flags) {
    yield* withPlan([flags.node], flags, (workspace) =>
      Effect.gen(function* () {
        const node = yield* theNode(workspace, flags.node)
        const { leases, logs: folder } = yield* Cache
        const key = workspace.plan.decisions[node.index]?.key
        const isRunning = () => key !== undefined && (leases?.held().has(key) ?? false)
        const log = openLog(logPath(folder, node.name))
        log.copy()
        if (flags.follow) {
          // Once more after its end: its last words may take longer than its result.
          for (let running = isRunning(); running; log.copy()) {
            running = isRunning()
            yield* Effect.sleep(POLL_MS)
          }
        }
        if (!log.found()) tell(`${node.name} has written nothing`)
      })
    )
  })
).pipe(Command.withDescription("Prints what a node wrote while it ran, and why it failed if it did."))

/** A log that may not be there yet, may grow, and starts anew when its node does. */
function openLog(path: string) {
  const buffer = Buffer.alloc(1 << 16)
  let inode: number | undefined
  let position = 0
  return {
    found: () => inode !== undefined,
    /** Copies what is new to stdout. */
    copy() {
      let file: number
      try {
        file = openSync(path, "r")
      } catch {
        return
      }
      try {
        const { ino } = fstatSync(file)
        if (ino !== inode) position = 0
        inode = ino
        for (let count = 1; count > 0; position += count) {
          count = readSync(file, buffer, 0, buffer.length, position)
          if (count > 0) process.stdout.write(Uint8Array.prototype.slice.call(buffer, 0, count))
        }
      } finally {
        closeSync(file)
      }
    }
  }
}
