/** `pipeline logs NODE`: what a node wrote while it ran; `-f` follows one that is running. */
import { closeSync, constants, fstatSync, readSync } from "node:fs"
import { StringDecoder } from "node:string_decoder"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { kindAt } from "../../cache/aside.ts"
import { FileUnreadable, problemOf } from "../../cache/errors.ts"
import { openPlain } from "../../cache/files.ts"
import { CacheFolder } from "../../cache/folder.ts"
import { Leases } from "../../cache/leases.ts"
import { visible } from "../../foreign/visible.ts"
import { liveRuns } from "../../run/chronicle.ts"
import { logPath } from "../../run/logs.ts"
import { nodeArgument, theNode } from "../node.ts"
import { attempt, tell } from "../output.ts"
import { remoteFlags } from "../remote-flags.ts"
import { storeOf } from "../store.ts"
import { overridesOf, planTargets, withCache, workspaceFlags } from "../workspace.ts"

const POLL_MS = 100

export const logs = Command.make(
  "logs",
  {
    node: nodeArgument,
    ...workspaceFlags,
    ...remoteFlags,
    follow: Flag.Boolean("follow").pipe(
      Flag.withAlias("f"),
      Flag.withDefault(false),
      Flag.withDescription("Goes on printing for as long as the node is running")
    )
  },
  Effect.fn(function* (flags) {
    yield* withCache(flags, (loaded) =>
      Effect.gen(function* () {
        const { logs: folder, folder: cache } = yield* CacheFolder
        const leases = yield* Leases
        const planned = planTargets(loaded, [flags.node], () => overridesOf(flags)).pipe(
          Effect.flatMap((workspace) =>
            Effect.map(theNode(workspace, flags.node), ({ name, index }) => ({
              name,
              key: workspace.plan.decisions[index]?.key
            }))
          )
        )
        // A node of a variant, or of a declaration that is gone, still has its log.
        const { name, key } = yield* planned.pipe(
          Effect.catchIf(
            () => kindAt(logPath(folder, flags.node)) === "file",
            () => Effect.succeed({ name: flags.node, key: undefined })
          )
        )
        const store = storeOf(flags)
        const path = logPath(folder, name)
        // Of a node that another machine has computed, or does, the log is in the run's folder.
        const there = store === undefined ? [] : (yield* Effect.promise(() => import("../runs.ts"))).logsIn(store, name)
        const run =
          there.find(({ isRunning }) => isRunning()) ?? (kindAt(path) === "nothing" ? there.at(-1) : undefined)
        const isRunning = () =>
          run !== undefined
            ? run.isRunning()
            : key === undefined
              ? liveRuns(cache).some(({ running }) => running.some((one) => one.name === name))
              : leases.taken().has(key)
        const log = openLog(run?.path ?? path)
        const copy = attempt<void, FileUnreadable>(log.copy)
        yield* copy
        if (flags.follow) {
          // Once more after its end: its last words may take longer than its result.
          for (let running = isRunning(); running; yield* copy) {
            running = isRunning()
            yield* Effect.sleep(POLL_MS)
          }
        }
        if (!log.found()) tell(`${name} has written nothing`)
      })
    )
  })
).pipe(Command.withDescription("Prints what a node wrote while it ran, and why it failed if it did."))

/** A log that may not be there yet, may grow, and starts anew when its node does. Throws `FileUnreadable`. */
function openLog(path: string) {
  const buffer = Buffer.alloc(1 << 16)
  let text = new StringDecoder("utf8")
  let inode: number | undefined
  let position = 0
  return {
    found: () => inode !== undefined,
    /** Copies what is new to stdout. What a node, or a library, wrote acts on no terminal; the file has it as it is. */
    copy() {
      const file = openFound(path)
      if (file === undefined) return
      try {
        const { ino } = fstatSync(file)
        if (ino !== inode) {
          text = new StringDecoder("utf8")
          position = 0
        }
        inode = ino
        for (let count = 1; count > 0; position += count) {
          count = readSync(file, buffer, 0, buffer.length, position)
          process.stdout.write(visible(text.write(buffer.subarray(0, count))))
        }
      } finally {
        closeSync(file)
      }
    }
  }
}

/** Undefined where nothing is. */
function openFound(path: string): number | undefined {
  try {
    return openPlain(path, constants.O_RDONLY)
  } catch (error) {
    if (kindAt(path) === "nothing") return undefined
    throw new FileUnreadable({ path, problem: problemOf(error) })
  }
}
