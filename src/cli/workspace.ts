/** What every command starts from: the project, its pipeline, the cache, and a plan for the targets. */
import { join, resolve } from "node:path"
import * as Argument from "effect/cli/Argument"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type Cache, type CacheOptions, openCache } from "../cache/cache.ts"
import { CacheFolder, obstacleNotice } from "../cache/folder.ts"
import { Storage } from "../cache/storage.ts"
import { variantCalled, variantsOf } from "../cache/variants.ts"
import { ENGINES } from "../engine/engines.ts"
import { outOfReach } from "../graph/borrowed.ts"
import type { GraphError } from "../graph/errors.ts"
import { closure } from "../graph/graph.ts"
import { type Pipeline, type Selection, select } from "../graph/pipeline.ts"
import { makePlan } from "../graph/plan.ts"
import type { Overrides } from "../graph/study.ts"
import { leftOut, parseWhere, type WhereError } from "../graph/where.ts"
import { gather } from "../run/knowledge.ts"
import { planWithRemote } from "../run/remote.ts"
import type { Hints } from "../run/workplace.ts"
import type { Planned } from "../view/planned.ts"
import { checkVariables, configured } from "./config.ts"
import "./credentials.ts" // what it takes out of the environment no worker is to inherit
import { dataDirOf } from "./data-dir.ts"
import { nodeOfDigest } from "./digests.ts"
import { ProjectError, UsageError } from "./errors.ts"
import { load } from "./load.ts"
import { attempt, tell } from "./output.ts"
import { PIPELINE_FILE, projectAbove } from "./project.ts"
import type { RemoteFlags } from "./remote-flags.ts"

export const targets = Argument.String("targets").pipe(
  Argument.variadic(),
  Argument.withDescription(
    "Studies, data sets, stages, nodes or globs ('train/*layers=4*'); the default studies if left out"
  )
)

/** Flags that choose the cache and the settings. */
export const workspaceFlags = {
  cache: Flag.String("cache").pipe(
    Flag.withMetavar("DIR"),
    Flag.optional,
    Flag.withDescription("Folder of the cache (default: $PIPELINE_CACHE, or cache/ in the project)")
  ),
  set: Flag.String("set").pipe(
    Flag.withMetavar("NAME=VALUE"),
    Flag.atLeast(0),
    Flag.withDescription(
      "Overrides a setting of the studies (of one: STUDY.NAME), as often as you like: --set epochs=20 --set seeds=0,1,2"
    )
  ),
  engine: Flag.String("engine").pipe(
    Flag.withMetavar("ENGINE"),
    Flag.atLeast(0),
    Flag.withDescription(
      `What trains the networks: ${ENGINES[0]} (default), ${ENGINES.slice(1).join(", ")}, or auto, the fastest here; for one study STUDY=ENGINE, for one stage evaluate=ENGINE`
    )
  ),
  seed: Flag.Int("seed").pipe(Flag.optional, Flag.withDescription("Runs this one seed; short for --set seeds=N")),
  dataDir: Flag.String("data-dir").pipe(
    Flag.withMetavar("DIR"),
    Flag.optional,
    Flag.withDescription(
      "Folder with data sets' files, where a run looks before it asks the network (default: $PIPELINE_DATA_DIR)"
    )
  ),
  rehash: Flag.Boolean("rehash").pipe(
    Flag.withDefault(false),
    Flag.withDescription("Reads every file again, whatever its size and times say")
  )
}

/** Which part of a grid, for the commands that look at grids. */
export const gridFlags = {
  where: Flag.String("where").pipe(
    Flag.withMetavar("CONDITION"),
    Flag.optional,
    Flag.withDescription(
      "Only this part of the grid: --where 'filters<=4 && dataset=mnist'; reports take what is there"
    )
  ),
  drawn: Flag.Int("sample").pipe(
    Flag.withMetavar("N"),
    Flag.optional,
    Flag.withDescription(
      "Draws about N configurations of a study's grid, cheap ones more often, and estimates the whole from them; short for --set sample=N"
    )
  )
}

export interface WorkspaceFlags {
  readonly cache: Option.Option<string>
  readonly set: ReadonlyArray<string>
  readonly engine: ReadonlyArray<string>
  readonly seed: Option.Option<number>
  readonly dataDir: Option.Option<string>
  readonly rehash: boolean
}

/** Of the commands that look at grids. */
interface Drawing {
  readonly drawn?: Option.Option<number>
}

/** Throws `ProjectError`. */
function findProject(): string {
  const project = projectAbove(process.cwd())
  if (project !== undefined) return project
  throw new ProjectError({
    problem: `neither ${process.cwd()} nor a folder above it has a ${PIPELINE_FILE}: run this inside a project`
  })
}

/** Loads the project's declarations. */
export const loadPipeline = Effect.gen(function* () {
  yield* attempt<void, UsageError>(checkVariables)
  const project = yield* attempt<string, ProjectError>(findProject)
  const pipeline = yield* Effect.tryPromise({
    try: () => load(project),
    catch: (error) => error as GraphError | ProjectError
  })
  return { project, pipeline }
})

export function overridesOf(flags: Pick<WorkspaceFlags, "set" | "engine" | "seed"> & Drawing): Overrides {
  // Without a prototype: whatever is typed is a name like any other.
  const overrides: Record<string, string> = Object.create(null)
  for (const text of flags.set) {
    const equals = text.indexOf("=")
    if (equals < 1) throw new UsageError({ problem: `--set ${text}: expected NAME=VALUE, as in --set epochs=20` })
    overrides[text.slice(0, equals)] = text.slice(equals + 1)
  }
  for (const text of flags.engine) {
    const [where, engine] = text.includes("=") ? text.split("=", 2) : ["", text]
    // A training is what a trial is named for: its engine is the study's.
    overrides[where === "" || where === "train" ? "engine" : `${where}.engine`] = engine
  }
  if (Option.isSome(flags.seed)) overrides.seeds = String(flags.seed.value)
  if (flags.drawn !== undefined && Option.isSome(flags.drawn)) overrides.sample = String(flags.drawn.value)
  return overrides
}

/** Throws `UsageError`. */
export function cacheFolder(project: string, flags: Pick<WorkspaceFlags, "cache">): string {
  const named = Option.getOrUndefined(flags.cache)
  if (named === "") throw new UsageError({ problem: "--cache '': expected a folder" })
  if (named === "-") throw new UsageError({ problem: "--cache -: expected a folder (./- means one of that name)" })
  return resolve(named ?? configured("cache") ?? join(project, "cache"))
}

export interface Workspace extends Planned {
  readonly project: string
  readonly pipeline: Pipeline
  readonly forced: ReadonlySet<number>
}

/** Loads the pipeline and provides the cache to what is done with it. */
export const withCache = <A, E, R>(
  flags: Pick<WorkspaceFlags, "cache" | "rehash"> &
    Partial<Pick<WorkspaceFlags, "dataDir">> &
    Pick<CacheOptions, "index"> &
    Partial<RemoteFlags>,
  use: (loaded: { readonly project: string; readonly pipeline: Pipeline }) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    // Only a run reads it; that there is no such folder is wrong in every command.
    yield* attempt<Hints, UsageError>(() => dataDirOf(flags.dataDir && Option.getOrUndefined(flags.dataDir)))
    const loaded = yield* loadPipeline
    const folder = yield* attempt<string, UsageError>(() => cacheFolder(loaded.project, flags))
    const layer = openCache({
      project: loaded.project,
      folder,
      rehash: flags.rehash,
      ...(flags.index && { index: flags.index })
    })
    return yield* Effect.gen(function* () {
      const { notices, obstacle } = yield* CacheFolder
      for (const notice of [...notices, ...[obstacleNotice(obstacle) ?? []].flat()]) tell(notice)
      const { remote = Option.none(), remoteMode = Option.none() } = flags
      if (flags.remote === undefined || obstacle !== undefined) return yield* use(loaded)
      const { withRemote } = yield* Effect.promise(() => import("./remote.ts"))
      return yield* withRemote({ remote, remoteMode }, use(loaded))
    }).pipe(Effect.provide(layer))
  })

/** A variant's name in full, where it was cut, or typed in part. */
function inFull(target: string, { folder, project }: Storage["Service"]): string {
  if (!target.includes("@")) return target
  return variantCalled(target, variantsOf(folder, project))?.target ?? target
}

export interface PlanTargetsOptions {
  readonly force?: boolean | undefined
  readonly where?: string | undefined
  /** Nodes that are planned too, though no target names or needs them. */
  readonly besides?: ((selection: Selection) => ReadonlyArray<number>) | undefined
  /** Names of nodes that run this time, though they are borrowed: those of looks that are due. */
  readonly due?: ReadonlySet<string> | undefined
  /** Nodes of which alone any run, borrowed or not; others are taken where they are there. */
  readonly only?: ((selection: Selection) => ReadonlySet<number>) | undefined
  /** "later": the remote is not asked for all that would run, but for what a run comes to when it is its turn. */
  readonly asks?: "later" | undefined
}

/** Plans targets of a loaded pipeline. */
export const planTargets = Effect.fn("planTargets")(function* (
  { project, pipeline }: { readonly project: string; readonly pipeline: Pipeline },
  asked: ReadonlyArray<string>,
  overrides: () => Overrides,
  { force = false, where, besides, due, only, asks }: PlanTargetsOptions = {}
) {
  const storage = yield* Storage
  const selection = yield* attempt<Selection, GraphError | UsageError>(() => {
    const found = select(
      pipeline,
      asked.map((target) => inFull(nodeOfDigest(target, storage), storage)),
      overrides()
    )
    const more = besides?.(found) ?? []
    return more.length === 0 ? found : { ...found, all: closure(found.graph, [...found.all, ...more]) }
  })
  const knowledge = yield* gather(project, selection.graph, selection.all)
  const excluded = new Set(
    where === undefined
      ? []
      : yield* attempt<ReadonlySet<number>, WhereError>(() =>
          leftOut(selection.graph, selection.all, parseWhere(where))
        )
  )
  const allowed = only?.(selection)
  if (allowed !== undefined) for (const index of selection.all) if (!allowed.has(index)) excluded.add(index)
  const borrowed = new Set(allowed === undefined ? selection.borrowed() : [])
  for (const index of borrowed) if (due?.has(selection.graph.nodes[index].name)) borrowed.delete(index)
  const forced = new Set(
    force ? [...selection.named].filter((index) => !excluded.has(index) && !borrowed.has(index)) : []
  )
  const planWithout = (nodes: Iterable<number>) =>
    makePlan(selection.graph, selection.all, knowledge, { forced, excluded: new Set(nodes), wanted: selection.wanted })
  const make = () => {
    const first = planWithout([...excluded, ...borrowed])
    if (borrowed.size === 0) return first
    return planWithout([...excluded, ...borrowed, ...outOfReach(first, selection.ordered())])
  }
  const plan = asks === "later" ? make() : yield* planWithRemote(make)
  return { project, pipeline, selection, knowledge, plan, forced, excluded } satisfies Workspace
})

/** Plans the same targets again, with what has come since; `due` as in the options. */
export type PlanAgain = (
  due: ReadonlySet<string>,
  only?: PlanTargetsOptions["only"]
) => Effect.Effect<Workspace, Effect.Error<ReturnType<typeof planTargets>>, Cache>

/** Loads everything, plans the targets, and hands it all over. */
export const withPlan = <A, E, R>(
  asked: ReadonlyArray<string>,
  flags: WorkspaceFlags &
    Drawing &
    Partial<RemoteFlags> & {
      readonly force?: boolean
      readonly where?: Option.Option<string>
      readonly only?: PlanTargetsOptions["only"]
      readonly asks?: PlanTargetsOptions["asks"]
    },
  use: (workspace: Workspace, again: PlanAgain) => Effect.Effect<A, E, R>,
  besides?: PlanTargetsOptions["besides"]
) =>
  withCache(flags, (loaded) => {
    const plan = (options: PlanTargetsOptions) =>
      planTargets(loaded, asked, () => overridesOf(flags), {
        where: flags.where && Option.getOrUndefined(flags.where),
        besides,
        ...options
      })
    return plan({ force: flags.force, only: flags.only, asks: flags.asks }).pipe(
      Effect.flatMap((workspace) => use(workspace, (due, only) => plan({ due, only })))
    )
  })
