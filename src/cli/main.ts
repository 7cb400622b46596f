/** The command line: `pipeline COMMAND`. */
import { readFileSync } from "node:fs"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as CliConfig from "effect/cli/CliConfig"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ProcessIdTaken } from "../cache/process.ts"
import { presenter, report, type UsageError } from "./errors.ts"
import { handOver } from "./hand-over.js"
import { remember } from "./hints.ts"
import { attempt } from "./output.ts"
import { guardHangup, guardLauncher, guardOutput } from "./streams.ts"
import { joinValues } from "./typed.ts"

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string
}

/** One command is needed, or all of them for help and suggestions. */
const commands = {
  run: async () => (await import("./commands/run.ts")).run,
  plan: async () => (await import("./commands/plan.ts")).plan,
  status: async () => (await import("./commands/status.ts")).status,
  why: async () => (await import("./commands/why.ts")).why,
  show: async () => (await import("./commands/show.ts")).show,
  logs: async () => (await import("./commands/logs.ts")).logs,
  get: async () => (await import("./commands/get.ts")).get,
  accept: async () => (await import("./commands/accept.ts")).accept,
  graph: async () => (await import("./commands/graph.ts")).graph,
  list: async () => (await import("./commands/list.ts")).list,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
  tfjs: async () => (await import("./commands/tfjs.ts")).tfjs,
  cache: async () => (await import("./commands/cache/cache.ts")).cache
}
const typed = Object.keys(commands).indexOf(process.argv[2])
const loaders = typed < 0 ? Object.values(commands) : [Object.values(commands)[typed]]

const pipeline = Command.make("pipeline").pipe(
  Command.withDescription(
    "Can a deep residual network be replaced by one broad layer? Builds studies that answer this, and only what changed."
  ),
  Command.withSubcommands(await Promise.all(loaders.map((load) => load())))
)

/** A wizard and log levels are of no use here. */
const builtIns = CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })

/** They do more than print. */
const changing = ["run", "accept", "cache", "tfjs"]
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

const program = attempt<ReadonlyArray<string>, UsageError>(() => joinValues(pipeline, process.argv.slice(2))).pipe(
  Effect.tap((args) => Effect.sync(() => remember(args))),
  Effect.flatMap(Command.runWith(pipeline, { version })),
  // The next process has another id.
  Effect.catchIf(
    (error) => error instanceof ProcessIdTaken,
    () => Effect.uninterruptible(Effect.callback<never>(() => handOver(process.execPath)))
  ),
  Effect.provide(Layer.mergeAll(NodeServices.layer, presenter, builtIns))
)

NodeRuntime.runMain(program, {
  disableErrorReporting: true,
  teardown: (exit, onExit) => onExit(exitCode(exit._tag === "Success" ? 0 : report(exit.cause)))
})
