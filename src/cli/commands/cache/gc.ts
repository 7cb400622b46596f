/** `pipeline cache gc`: removes what the current pipeline does not reach. A dry run unless `--yes` is given. */
import { relative } from "node:path"
import * as Clock from "effect/Clock"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { CacheFolder } from "../../../cache/folder.ts"
import { collectGarbage, findGarbage, freeRoom, type Garbage, type Limits, type Roots } from "../../../cache/gc.ts"
import { Leases } from "../../../cache/leases.ts"
import { DiskFull } from "../../../cache/space.ts"
import { Storage } from "../../../cache/storage.ts"
import { tidy } from "../../../cache/tidy.ts"
import { variantsOf } from "../../../cache/variants.ts"
import type { Trace } from "../../../graph/trace.ts"
import { checkpointsFolder, familyOf } from "../../../run/checkpoints.ts"
import { leftByRuns } from "../../../run/chronicle.ts"
import { logPath } from "../../../run/logs.ts"
import { UsageError } from "../../errors.ts"
import { shellQuoted } from "../../hints.ts"
import { bytes, plural, print, printJson, tell } from "../../output.ts"
import { planTargets, targets, type Workspace, withCache } from "../../workspace.ts"
import { cacheFlags, upkeep, writable } from "./flags.ts"

/** What of the cache it needs. */
interface Opened {
  readonly place: CacheFolder["Service"]
  readonly storage: Storage["Service"]
  readonly leases: Leases["Service"]
}

export const gc = Command.make(
  "gc",
  {
    targets,
    ...cacheFlags,
    olderThan: Flag.String("older-than").pipe(
      Flag.withMetavar("AGE"),
      Flag.optional,
      Flag.withDescription("Only what is older goes: 30d, 12h, 2w")
    ),
    keepSize: Flag.String("keep-size").pipe(
      Flag.withMetavar("SIZE"),
      Flag.optional,
      Flag.withDescription("The oldest go first, until the cache has at most this size: 5GB, 200MB")
    ),
    yes: Flag.Boolean("yes").pipe(
      Flag.withAlias("y"),
      Flag.withDefault(false),
      Flag.withDescription("Removes it; without this, what would go is shown and nothing removed")
    )
  },
  Effect.fn(function* (flags) {
    const start = yield* Clock.currentTimeMillis
    const limits: Limits = {
      before: start - (Option.isSome(flags.olderThan) ? yield* ageOf(flags.olderThan.value) : 0),
      keepBytes: Option.isSome(flags.keepSize) ? yield* sizeOf(flags.keepSize.value) : undefined
    }
    const opened = <A, E, R>(use: (cache: Opened, roots: Roots) => Effect.Effect<A, E, R>) =>
      withCache({ ...flags, rehash: false }, (loaded) =>
        Effect.gen(function* () {
          const cache: Opened = { place: yield* CacheFolder, storage: yield* Storage, leases: yield* Leases }
          const { folder, project } = cache.place
          const { studies, datasets } = loaded.pipeline
          const asked = [...new Set([...studies, ...datasets].map(({ name }) => name)), ...flags.targets]
          const roots = joined([
            rootsOf(yield* planTargets(loaded, asked, () => ({})), cache),
            ...(yield* Effect.forEach(variantsOf(folder, project), ({ name, target }) =>
              planTargets(loaded, [target], () => ({})).pipe(
                Effect.map((workspace) => rootsOf(workspace, cache)),
                Effect.mapError((error) => new UsageError({ problem: cannotBePlanned(name, error) }))
              )
            ))
          ])
          return yield* use(cache, roots)
        })
      )
    const collect = Effect.fnUntraced(function* ({ place, storage }: Opened, roots: Roots) {
      if (flags.yes) {
        yield* writable(place, "nothing can be removed")
        tidy(place.folder)
      }
      const find = flags.yes ? collectGarbage : findGarbage
      const garbage = yield* upkeep(place, () => find(storage, roots, limits))
      if (flags.json) showJson(garbage, place.folder, flags.yes)
      else show(garbage, flags.yes)
      const { keepBytes } = limits
      if (keepBytes !== undefined && garbage.left > keepBytes) {
        tell(`${bytes(garbage.left)} stay: what the studies need, what was named and what is in use is never removed`)
      }
    })
    const isDone = yield* opened((cache, roots) =>
      flags.yes && cache.place.obstacle instanceof DiskFull
        ? Effect.as(makeRoom(cache, roots, limits), false)
        : Effect.as(collect(cache, roots), true)
    )
    if (!isDone) yield* opened(collect)
  })
).pipe(
  Command.withDescription(
    "Removes what no study, variant, data set or named target reaches with its present settings and code. Shows what would go; --yes removes it."
  ),
  Command.withExamples([
    { command: "pipeline cache gc", description: "What would go?" },
    { command: "pipeline cache gc --older-than 30d --yes", description: "Only what is older than a month goes" },
    { command: "pipeline cache gc --keep-size 5GB --yes", description: "The oldest results go first" }
  ])
)

/** On a full disk the index cannot be written before something is gone. */
const makeRoom = Effect.fnUntraced(function* ({ place, storage }: Opened, roots: Roots, limits: Limits) {
  tidy(place.folder)
  const { files } = yield* upkeep(place, () => freeRoom(storage, roots, limits))
  const freed = files.reduce((total, file) => total + file.bytes, 0)
  if (files.length > 0) tell(`the disk is full: ${plural(files.length, "file")} went first, ${bytes(freed)}`)
})

const MS = { m: 60e3, h: 3600e3, d: 86400e3, w: 7 * 86400e3 }
const POWERS = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }

function ageOf(text: string): Effect.Effect<number, UsageError> {
  const [, number, unit] = /^(\d+(?:\.\d+)?)([mhdw])$/.exec(text) ?? []
  if (unit !== undefined) return Effect.succeed(Number(number) * MS[unit as keyof typeof MS])
  const problem = `--older-than ${text}: expected a number of minutes, hours, days or weeks, as in 90m, 12h, 30d, 2w`
  return Effect.fail(new UsageError({ problem }))
}

function sizeOf(text: string): Effect.Effect<number, UsageError> {
  const [, number, unit] = /^(\d+(?:\.\d+)?)\s*([KMGT]?B)$/i.exec(text) ?? []
  if (unit !== undefined) return Effect.succeed(Number(number) * POWERS[unit.toUpperCase() as keyof typeof POWERS])
  return Effect.fail(new UsageError({ problem: `--keep-size ${text}: expected a size, as in 200MB or 5GB` }))
}

/** What the planned nodes need: their results, and the checkpoints of those that would run. */
function rootsOf({ plan, selection, pipeline }: Workspace, { place: { folder, logs }, leases }: Opened): Roots {
  const keys = new Set<string>()
  const names = new Set<string>()
  const checkpoints = new Set<string>()
  const extents = new Map(pipeline.stages.map(({ name, extent }) => [name, extent]))
  const family = (id: string | undefined) => (id === undefined ? undefined : checkpointsFolder(folder, id))
  for (const index of selection.all) {
    const node = plan.graph.nodes[index]
    const decision = plan.decisions[index]!
    names.add(node.name)
    if (decision.key !== undefined) keys.add(decision.key)
    if (decision.action === "run" && decision.parts !== undefined) {
      const states = family(familyOf(node, decision.parts))
      if (states !== undefined) checkpoints.add(states)
    }
  }
  return {
    keys,
    names,
    checkpoints,
    checkpointsOf: (trace: Trace) =>
      family(
        familyOf(
          {
            stage: { name: trace.stage, extent: extents.get(trace.stage) },
            encoded: trace.parameters,
            numericClass: trace.numericClass ?? undefined
          },
          trace
        )
      ),
    logOf: (name) => logPath(logs, name),
    leased: leases.taken,
    events: leftByRuns(folder, RUNS_KEPT)
  }
}

/** What any of them needs. */
const joined = ([first, ...others]: ReadonlyArray<Roots>): Roots => {
  const union = (of: (roots: Roots) => ReadonlySet<string>) =>
    others.reduce((all, roots) => all.union(of(roots)), of(first))
  return {
    ...first,
    keys: union(({ keys }) => keys),
    names: union(({ names }) => names),
    checkpoints: union(({ checkpoints }) => checkpoints)
  }
}

/** Nothing is collected while it cannot be told what a variant needs. */
const cannotBePlanned = (name: string, error: unknown): string =>
  `the variant ${name} cannot be planned any more, so what it needs cannot be told and nothing was removed; \`pipeline drop ${shellQuoted(name)}\` gives it up. ${error instanceof Error ? error.message : error}`

const WORDS = {
  blob: "blob",
  checkpoints: "checkpoints folder",
  log: "log",
  scratch: "unfinished download",
  damaged: "damaged file",
  events: "file of what happened in a run"
}
const NAMES_SHOWN = 3
/** Of so many of the latest runs the events stay. */
const RUNS_KEPT = 10

function showJson({ traces, files, bytes, left }: Garbage, folder: string, removed: boolean): void {
  for (const { key, name, stage, finished } of traces) printJson({ type: "trace", name, stage, key, finished })
  for (const file of files) printJson({ type: file.kind, path: relative(folder, file.path), bytes: file.bytes })
  printJson({ type: "end", removed, traces: traces.length, bytes, left })
}

function show(garbage: Garbage, removed: boolean): void {
  const { traces, files, left } = garbage
  const stages = Map.groupBy(traces, ({ stage }) => stage)
  for (const [stage, list] of stages) {
    print(`${stage}: ${plural(list.length, "result")}`)
    for (const { name, finished } of list.slice(0, NAMES_SHOWN)) print(`  ${name}, of ${finished}`)
    if (list.length > NAMES_SHOWN) print(`  and ${list.length - NAMES_SHOWN} more`)
  }
  for (const [kind, list] of Map.groupBy(files, ({ kind }) => kind)) {
    print(`${plural(list.length, WORDS[kind])}, ${bytes(list.reduce((total, file) => total + file.bytes, 0))}`)
  }
  if (traces.length === 0 && files.length === 0) print(`nothing to remove; the cache has ${bytes(left)}`)
  else
    print(
      removed
        ? `removed ${bytes(garbage.bytes)}; ${bytes(left)} left`
        : `${bytes(garbage.bytes)} would go, ${bytes(left)} stay; nothing was removed (--yes does it)`
    )
}
