/** The command line: `pipeline COMMAND`. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import { ProcessIdTaken } from "../cache/process.ts"
import { report } from "./errors.ts"
import { handOver } from "./hand-over.js"
import { programOf } from "./program.ts"
import { guardHangup, guardLauncher, guardOutput } from "./streams.ts"

// A variable that is set to nothing, as CI and docker compose do, is not set: `PIPELINE_CACHE=` is no folder, nor the
// current one. Workers inherit this.
for (const name in process.env) if (name.startsWith("PIPELINE_") && process.env[name] === "") delete process.env[name]

/** They do more than print. */
const changing = ["run", "accept", "archives", "cache", "drop", "new", "tfjs", "worker"]
const exitCode = guardOutput(changing.includes(process.argv[2]))
guardHangup()
guardLauncher()

// The first Ctrl-C ends everything in order; a second one does not wait. One that comes at once is the first again,
// handed on by the launcher.
const SAME_MS = 300
let interrupted: number | undefined
process.on("SIGINT", () => {
  interrupted ??= performance.now()
  if (performance.now() - interrupted > SAME_MS) process.exit(130)
})

const program = (await programOf(process.argv.slice(2))).pipe(
  // The next process has another id.
  Effect.catchIf(
    (error) => error instanceof ProcessIdTaken,
    () => Effect.uninterruptible(Effect.callback<never>(() => handOver(process.execPath)))
  )
)

NodeRuntime.runMain(program, {
  disableErrorReporting: true,
  teardown: (exit, onExit) => onExit(exitCode(exit._tag === "Success" ? 0 : report(exit.cause)))
})
