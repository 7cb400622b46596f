/** The commands, and what a line that was typed makes of them. */
import { readFileSync } from "node:fs"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as CliConfig from "effect/cli/CliConfig"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { parse, record, text } from "../data/json.ts"
import type { GraphError } from "../graph/errors.ts"
import { COMPLETE, complete, scriptFor } from "./completions.ts"
import { adoptConfig } from "./config.ts"
import { type ProjectError, presenter, type UsageError } from "./errors.ts"
import { remember } from "./hints.ts"
import { attempt, print } from "./output.ts"
import { passToSbatch } from "./sbatch.ts"
import { joinValues } from "./typed.ts"

const { version } = parse(readFileSync(new URL("../../package.json", import.meta.url)), record({ version: text }))

/** One command is needed, or all of them for help and suggestions. */
const commands = {
  run: async () => (await import("./commands/run.ts")).run,
  plan: async () => (await import("./commands/plan.ts")).plan,
  status: async () => (await import("./commands/status.ts")).status,
  table: async () => (await import("./commands/table.ts")).table,
  compare: async () => (await import("./commands/compare.ts")).compare,
  why: async () => (await import("./commands/why.ts")).why,
  show: async () => (await import("./commands/show.ts")).show,
  logs: async () => (await import("./commands/logs.ts")).logs,
  get: async () => (await import("./commands/get.ts")).get,
  accept: async () => (await import("./commands/accept.ts")).accept,
  archives: async () => (await import("./commands/archives.ts")).archives,
  graph: async () => (await import("./commands/graph.ts")).graph,
  data: async () => (await import("./commands/data.ts")).data,
  list: async () => (await import("./commands/list.ts")).list,
  config: async () => (await import("./commands/config.ts")).config,
  new: async () => (await import("./commands/new.ts")).create,
  drop: async () => (await import("./commands/drop.ts")).drop,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
  tfjs: async () => (await import("./commands/tfjs.ts")).tfjs,
  pause: async () => (await import("./commands/steer.ts")).pause,
  resume: async () => (await import("./commands/steer.ts")).resume,
  cancel: async () => (await import("./commands/steer.ts")).cancel,
  worker: async () => (await import("./commands/worker.ts")).worker,
  cache: async () => (await import("./commands/cache/cache.ts")).cache
}

const printed = (lines: ReadonlyArray<string>) => Effect.sync(() => lines.forEach(print))

/** What a command line does, as an effect that fails with what is to be told of (errors.ts). */
export async function programOf(typed: ReadonlyArray<string>) {
  if (typed[0] === "--completions" && scriptFor(typed[1]) !== undefined) return printed([scriptFor(typed[1])!])
  const known = Object.keys(commands).indexOf(typed[0])
  const loaders = known < 0 ? Object.values(commands) : [Object.values(commands)[known]]
  const pipeline = Command.make("pipeline").pipe(
    Command.withDescription(
      "Can a deep residual network be replaced by one broad layer? Builds studies that answer this, and only what changed."
    ),
    Command.withSubcommands(await Promise.all(loaders.map((load) => load())))
  )
  if (typed[0] === COMPLETE) return printed(await complete(pipeline, typed[1] ?? "").catch(() => []))
  return Effect.tryPromise({ try: adoptConfig, catch: (error) => error as GraphError | ProjectError }).pipe(
    Effect.andThen(
      attempt<ReadonlyArray<string>, UsageError>(() => joinValues(pipeline, passToSbatch(pipeline, typed)))
    ),
    Effect.tap((args) => Effect.sync(() => remember(args))),
    Effect.flatMap(Command.runWith(pipeline, { version })),
    Effect.provide(Layer.mergeAll(NodeServices.layer, presenter, builtIns))
  )
}

/** A wizard and log levels are of no use here. */
const builtIns = CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })
