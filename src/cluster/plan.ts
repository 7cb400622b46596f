/** A run as it stands in its shared folder: what is to be done and with what code, and what is wanted of it now. */
import { mkdirSync } from "node:fs"
import { dirname } from "node:path"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import { replaceFile } from "../cache/out-file.ts"
import { sha256 } from "../graph/key.ts"
import { places, textOf } from "./places.ts"
import { WorkerId } from "./workers.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const AtLeastOne = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/** What machines must have in common, so that they compute the same nodes and give the same bytes. */
export const Agreement = Schema.Struct({
  node: Schema.String, // version of Node.js
  platform: Schema.String, // "linux-x64"
  lock: Schema.String, // digest of package-lock.json
  /** Fingerprints of what computes, kernels included, and numeric classes: by module. */
  code: Schema.Record(Schema.String, Schema.String)
})
export interface Agreement extends Schema.Schema.Type<typeof Agreement> {}

export const RunPlan = Schema.Struct({
  format: Schema.Literal(1),
  id: Schema.String,
  /** How often it was begun. */
  round: AtLeastOne,
  /** Where the project lies, on all machines. */
  project: Schema.String,
  /** How workers start Node: words of a shell. */
  command: Schema.String,
  store: Schema.String, // the shared store
  targets: Schema.Array(Schema.String),
  overrides: Schema.Record(Schema.String, Schema.String),
  where: Schema.NullOr(Schema.String),
  /** Folder with data sets' files, where one was named. */
  dataDir: Schema.NullOr(Schema.String),
  agreement: Agreement,
  nodes: Count, // that workers may take
  runs: Count, // of these, the ones that were not there when the run began
  seconds: Schema.NullOr(Schema.Finite), // of processor time that was predicted for them
  lease: AtLeastOne, // milliseconds: a worker that is silent for so long is dead
  checkpointSeconds: Schema.Finite,
  jobs: Schema.NullOr(AtLeastOne), // processor slots of a worker; as many as it is given where nothing was said
  maxFailures: AtLeastOne,
  /** Variables of the environment that say how to compute (run/config.ts). */
  variables: Schema.Record(Schema.String, Schema.String),
  began: Schema.String // UTC
})
export interface RunPlan extends Schema.Schema.Type<typeof RunPlan> {}

/** Where workers come from. */
export const Source = Schema.Union([
  Schema.Struct({
    kind: Schema.Literal("slurm"),
    options: Schema.Array(Schema.String) // of sbatch
  }),
  Schema.Struct({ kind: Schema.Literal("ssh"), hosts: Schema.Array(Schema.String) })
])
export type Source = typeof Source.Type

export const Wanted = Schema.Struct({
  state: Schema.Literals(["running", "paused", "cancelled", "ended"]),
  source: Source,
  workers: Count,
  /** Workers that are to end after what they are doing. */
  leave: Schema.Array(WorkerId)
})
export interface Wanted extends Schema.Schema.Type<typeof Wanted> {}

/** A file of a run's folder that is not what it should be. */
export class RunUnreadable extends Schema.TaggedError<RunUnreadable>()("RunUnreadable", {
  path: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.path} is no file of a run: ${this.problem}. Remove the run's folder, and run again.`
  }
}

/** The run's folder cannot be written by this machine. */
export class RunUnwritable extends Schema.TaggedError<RunUnwritable>()("RunUnwritable", {
  run: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `the run's folder ${this.run} cannot be written: ${this.problem}`
  }
}

const issues = SchemaIssue.makeFormatterStandardSchemaV1()

/** A file's value; undefined if there is none. Throws `RunUnreadable`. */
function read<S extends Schema.Codec<unknown, unknown>>(path: string, schema: S): S["Type"] | undefined {
  const text = textOf(path)
  if (text === undefined) return undefined
  const result = SchemaParser.decodeUnknownResult(Schema.fromJsonString(schema))(text)
  if (Result.isSuccess(result)) return result.success
  throw new RunUnreadable({ path, problem: issues(result.failure).issues[0].message.split("\n")[0] })
}

/** Throws `RunUnreadable`. */
export const readPlan = (run: string): RunPlan | undefined => read(places(run).plan, RunPlan)
/** Throws `RunUnreadable`. */
export const readWanted = (run: string): Wanted | undefined => read(places(run).wanted, Wanted)

const Names = Schema.Array(Schema.String)
/** Names of the nodes that workers compute, in graph order. Throws `RunUnreadable`. */
export const readNames = (run: string): ReadonlyArray<string> => read(places(run).nodes, Names) ?? []
export const writeNames = (run: string, names: ReadonlyArray<string>): void => write(places(run).nodes, names)

const write = (path: string, value: unknown): void => {
  mkdirSync(dirname(path), { recursive: true })
  replaceFile(path, `${JSON.stringify(value, undefined, 2)}\n`)
}
export const writePlan = (run: string, plan: RunPlan): void => write(places(run).plan, plan)
export const writeWanted = (run: string, wanted: Wanted): void => write(places(run).wanted, wanted)

/** A run's name: what was asked for, and a digest that tells it from what was asked for otherwise. */
export function runId({
  project,
  targets,
  overrides,
  where
}: Pick<RunPlan, "project" | "targets" | "overrides" | "where">) {
  const first = (targets[0] ?? "default").replace(/[^\w.-]+/g, "-").slice(0, 40)
  return `${first}-${sha256(JSON.stringify([project, targets, Object.entries(overrides).sort(), where])).slice(0, 8)}`
}
