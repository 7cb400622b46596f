/**
 * `pipeline archives`: the results behind the committed reports, `reports/NAME/results.tar.zst`. Carries them over a
 * change of code, or checks that the reports follow from them byte for byte.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { availableParallelism, tmpdir } from "node:os"
import { join } from "node:path"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { exportArchive } from "../../cache/archive.ts"
import { openCache } from "../../cache/cache.ts"
import { Paces } from "../../cache/paces.ts"
import { Storage } from "../../cache/storage.ts"
import { Traces } from "../../cache/traces.ts"
import { type Graph, isCollecting } from "../../graph/graph.ts"
import { sha256 } from "../../graph/key.ts"
import type { Pipeline } from "../../graph/pipeline.ts"
import { select } from "../../graph/pipeline.ts"
import { knownOutputs, makePlan, type Plan } from "../../graph/plan.ts"
import { candidatesOf, cheapestOf } from "../../run/accept.ts"

import { gather } from "../../run/knowledge.ts"
import { localExecutor } from "../../run/local.ts"
import { execute } from "../../run/scheduler/scheduler.ts"
import { travelling } from "../../run/travel.ts"
import type { Hints } from "../../run/workplace.ts"
import { dataDirOf } from "../data-dir.ts"
import { ArchiveOutdated, type UsageError } from "../errors.ts"
import { readGpus } from "../gpus.ts"
import { deviceMemoryOf } from "../memory.ts"
import { attempt, plural, print, tell } from "../output.ts"
import { prepareEngines } from "../prepare.ts"
import { loadPipeline } from "../workspace.ts"
import { acceptCandidates } from "./accept.ts"
import { upkeep } from "./cache/flags.ts"
import { importInto } from "./cache/import.ts"

const ARCHIVE = "results.tar.zst"
const SAMPLE = 3

export const archives = Command.make(
  "archives",
  {
    check: Flag.Boolean("check").pipe(
      Flag.withDefault(false),
      Flag.withDescription(
        "Changes nothing; fails unless every committed report follows from its archive, byte for byte"
      )
    ),
    dataDir: Flag.String("data-dir").pipe(
      Flag.withMetavar("DIR"),
      Flag.optional,
      Flag.withDescription("Folder with data sets' files, for a sample that needs them (default: $PIPELINE_DATA_DIR)")
    )
  },
  Effect.fn(function* (flags) {
    const loaded = yield* loadPipeline
    const reports = committedReports(loaded.project, loaded.pipeline)
    for (const { name, path } of reports) {
      if (!existsSync(join(loaded.project, path)))
        tell(`${path} is not there yet: \`pipeline cache export ${path} --results ${name}\` writes it`)
    }
    const there = reports.filter(({ path }) => existsSync(join(loaded.project, path)))
    const hints = yield* attempt<Hints, UsageError>(() => ({
      ...dataDirOf(Option.getOrUndefined(flags.dataDir)),
      ...deviceMemoryOf(undefined)
    }))
    if (flags.check) for (const report of there) yield* inFreshCache(loaded.project, check(loaded, report))
    else if (there.length > 0) yield* inFreshCache(loaded.project, carryOver(loaded, there, hints))
    print(
      `${plural(there.length, "archive")} of ${plural(reports.length, "committed report")} ${flags.check ? "checked" : "up to date"}`
    )
  })
).pipe(
  Command.withDescription(
    "Carries the archives of the committed reports over a change of code: imports them, runs a cheap sample of each stage again, and if no byte differs takes the results over, writes the reports and exports again."
  ),
  Command.withExamples([
    { command: "pipeline archives", description: "After a change that should alter no result" },
    { command: "pipeline archives --check", description: "Do the committed reports follow from their archives?" }
  ])
)

interface Loaded {
  readonly project: string
  readonly pipeline: Pipeline
}

interface Report {
  readonly name: string // of the study and of its folder
  readonly folder: string
  readonly path: string // of its archive
}

/** Reports that git keeps: `.gitignore` has a line `!/reports/NAME/` for each. */
function committedReports(project: string, { studies }: Pipeline): ReadonlyArray<Report> {
  const ignored = join(project, ".gitignore")
  const lines = existsSync(ignored) ? readFileSync(ignored, "utf8").split("\n") : []
  return lines.flatMap((line) => {
    const name = /^!\/reports\/([^/]+)\/\s*$/.exec(line)?.[1]
    if (name === undefined || !studies.some((study) => study.name === name)) return []
    return [{ name, folder: `reports/${name}`, path: `reports/${name}/${ARCHIVE}` }]
  })
}

const inFreshCache = <A, E, R>(project: string, use: Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "pipeline-archives-"))),
    (folder) => use.pipe(Effect.provide(openCache({ project, folder, rehash: false }))),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )

/** A study as it stands; `runs: "reports"` lets nothing run but what only collects. */
const planStudy = Effect.fnUntraced(function* ({ project, pipeline }: Loaded, name: string, runs: "reports" | "all") {
  const selection = select(pipeline, [name])
  const knowledge = yield* gather(project, selection.graph, selection.all)
  const excluded = new Set(
    runs === "all" ? [] : selection.all.filter((index) => !isCollecting(selection.graph.nodes[index]))
  )
  const planOf = (graph: Graph) => makePlan(graph, selection.all, knowledge, { excluded, wanted: selection.wanted })
  return { project, knowledge, selection, plan: planOf(selection.graph), planOf }
})
type Planned = Effect.Success<ReturnType<typeof planStudy>>

/** Nothing that ran before may have to run again. */
function refuseOutdated({ graph, decisions }: Plan, { name, path }: Report) {
  const outdated = decisions.flatMap((decision, index) =>
    decision?.action === "run" && decision.excluded === true && decision.cause !== "new"
      ? [{ node: graph.nodes[index], reason: decision.reason }]
      : []
  )
  if (outdated.length === 0) return Effect.void
  const [{ node, reason }] = outdated
  const stage = outdated.filter((one) => one.node.stage === node.stage).length
  const problem = `${plural(stage, "node")} of the stage '${node.stage.name}' would run, where only reports may: ${node.name}: ${reason}.\nnpm run archives    # carries the archives over a change of code; \`pipeline run ${name}\` makes results anew`
  return Effect.fail(new ArchiveOutdated({ path, problem }))
}

const runReports = Effect.fnUntraced(function* ({ project, knowledge }: Planned, plan: Plan, path: string) {
  yield* prepareEngines(plan)
  const { failed } = yield* execute(plan, {
    project,
    knowledge,
    forced: new Set(),
    listen: () => {},
    failFast: true
  }).pipe(Effect.provide(localExecutor({ slots: availableParallelism(), gpus: readGpus(), project, hints: {} })))
  for (const { name, message } of failed)
    return yield* new ArchiveOutdated({ path, problem: `${name} fails: ${message}` })
})

/** What a report's folder has to hold beside the archive: digest by path in it. */
const digestsIn = (graph: Graph, { decisions }: Plan, folder: string): ReadonlyMap<string, string> =>
  new Map(
    graph.nodes
      .filter(({ publish }) => publish.includes(folder))
      .flatMap(({ index }) => Object.entries((decisions[index] && knownOutputs(decisions[index])) ?? {}))
      .map(([name, { digest }]) => [name, digest])
  )

/** What it holds beside the archive, as paths in it. */
const committedIn = (project: string, folder: string): ReadonlyArray<string> =>
  readdirSync(join(project, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(project, folder).length + 1))
    .filter((name) => name !== ARCHIVE)

/** The report is made of its archive alone, and compared with what is committed. */
const check = Effect.fnUntraced(function* (loaded: Loaded, report: Report) {
  const { project } = loaded
  const { folder, path } = report
  yield* importInto(join(project, path))
  const planned = yield* planStudy(loaded, report.name, "reports")
  yield* refuseOutdated(planned.plan, report)
  const { graph } = planned.selection
  // It is not to be written, only compared.
  const unpublished = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, publish: [] })) }
  yield* runReports(planned, planned.planOf(unpublished), path)
  const files = digestsIn(graph, planned.planOf(unpublished), folder)
  const committed = committedIn(project, folder)
  const differing = [...new Set([...files.keys(), ...committed])].sort().flatMap((name) => {
    const digest = files.get(name)
    if (digest === undefined) return [`${name} is not part of it`]
    if (!committed.includes(name)) return [`${name} is missing`]
    return sha256(readFileSync(join(project, folder, name))) === digest ? [] : [`${name} differs`]
  })
  if (differing.length === 0) return tell(`${folder} is what its archive gives, byte for byte`)
  const more = differing.length > 1 ? ` (and ${plural(differing.length - 1, "more file")})` : ""
  const problem = `the committed report is not what it gives: ${differing[0]}${more}. \`npm run archives\` writes the report anew`
  return yield* new ArchiveOutdated({ path, problem })
})

/** Accepts what a change of code left behind, stage by stage, then writes reports and archives. */
const carryOver = Effect.fnUntraced(function* (loaded: Loaded, reports: ReadonlyArray<Report>, hints: Hints) {
  const { project } = loaded
  const storage = yield* Storage
  const traces = yield* Traces
  const { of: paceOf } = yield* Paces
  for (const { path } of reports) yield* importInto(join(project, path))
  const changed = new Set<Report>()
  for (const report of reports) {
    while (true) {
      const planned = yield* planStudy(loaded, report.name, "all")
      const { graph, runs } = planned.plan
      const stages = new Set(
        runs.flatMap((index) => (isCollecting(graph.nodes[index]) ? [] : [graph.nodes[index].stage.name]))
      )
      const next = [...stages].map((stage) => ({ stage, candidates: candidatesOf(planned.plan, stage, traces) }))
      const first = next.find(({ candidates }) => candidates.length > 0)
      if (first === undefined) break
      const { stage, candidates } = first
      yield* acceptCandidates(planned, candidates, {
        stage,
        jobs: availableParallelism(),
        json: false,
        hints,
        choose: (all) => cheapestOf(all, graph, paceOf, SAMPLE)
      })
      changed.add(report)
    }
  }
  for (const report of reports) {
    const planned = yield* planStudy(loaded, report.name, "reports")
    yield* refuseOutdated(planned.plan, report)
    yield* runReports(planned, planned.plan, report.path)
    // Files that the report no longer has: the fresh cache does not know that an earlier one put them there.
    const { graph } = planned.selection
    const files = digestsIn(graph, planned.planOf(graph), report.folder)
    for (const name of committedIn(project, report.folder))
      if (!files.has(name)) rmSync(join(project, report.folder, name))
    if (!changed.has(report)) continue
    const { keys, bytes } = travelling((yield* planStudy(loaded, report.name, "reports")).plan)
    yield* upkeep(storage, () =>
      exportArchive(storage, keys, join(project, report.path), (digest) => bytes.has(digest))
    )
    tell(`${report.path} is written again`)
  }
})
