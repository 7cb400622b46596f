/** `pipeline run`: brings targets up to date. */
import { relative } from "node:path"
import { stripVTControlCharacters } from "node:util"
import * as Clock from "effect/Clock"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import { CacheFolder, refusal } from "../../cache/folder.ts"
import { Paces } from "../../cache/paces.ts"
import { Remote, withConsequence } from "../../cache/remote/remote.ts"
import { tidy } from "../../cache/tidy.ts"
import { noteVariant } from "../../cache/variants.ts"
import { writing } from "../../cache/writing.ts"
import { excludedFrom } from "../../graph/plan.ts"
import { readVariant, shortName } from "../../graph/variant.ts"
import { type Limit, makeBudget, portionsOf } from "../../run/budget.ts"
import { openChronicle } from "../../run/chronicle.ts"
import { makeEstimate, underBudget } from "../../run/estimate.ts"
import type { Listener } from "../../run/events.ts"
import type { Gpus } from "../../run/gpus.ts"
import { localExecutor } from "../../run/local.ts"
import { execute, type Summary } from "../../run/scheduler/scheduler.ts"
import { timestamp } from "../../run/timestamp.ts"
import type { Hints } from "../../run/workplace.ts"
import { configuredNumber } from "../config.ts"
import { dataDirNotice, dataDirOf } from "../data-dir.ts"
import { RunFailed, UsageError } from "../errors.ts"
import { readGpus } from "../gpus.ts"
import { jobsFlag, jobsOf } from "../jobs.ts"
import { readLimit } from "../limit.ts"
import { deviceMemoryOf } from "../memory.ts"
import { notifyOf } from "../notify.ts"
import { type OnAsked, onFlags, readOn, runOn } from "../on.ts"
import { attempt, brief, onStderr, plural, print, printJson, seconds, tell } from "../output.ts"
import { prepareEngines } from "../prepare.ts"
import { makeProgress } from "../progress.ts"
import { remoteFlags } from "../remote-flags.ts"
import { checkDesigns, untilDecided } from "../until.ts"
import { gridFlags, type PlanAgain, targets, type Workspace, withPlan, workspaceFlags } from "../workspace.ts"
import { outdatedNotice, showPlan } from "./plan.ts"

export const run = Command.make(
  "run",
  {
    targets,
    ...workspaceFlags,
    ...gridFlags,
    ...remoteFlags,
    ...onFlags,
    jobs: jobsFlag,
    gpus: Flag.String("gpus").pipe(
      Flag.withMetavar("LIST"),
      Flag.optional,
      Flag.withDescription("GPUs to train on, 0,1 say (default: $CUDA_VISIBLE_DEVICES, or 0); each training gets one")
    ),
    perGpu: Flag.Int("per-gpu").pipe(
      Flag.withMetavar("N"),
      Flag.optional,
      Flag.withDescription("Trainings that share a GPU: small ones leave it idle (default: 1)")
    ),
    deviceMemory: Flag.Finite("device-memory").pipe(
      Flag.withMetavar("GB"),
      Flag.optional,
      Flag.withDescription(
        "Memory that one training of TensorFlow.js may take, in GB (default: 2); never changes what it computes"
      )
    ),
    budget: Flag.String("budget").pipe(
      Flag.withMetavar("AMOUNT"),
      Flag.optional,
      Flag.withDescription(
        "Runs the most informative trials first, or in the declared order where a study gives none, until this is spent: 2h, '200 trials', '5 core-hours'; then the report on what is there"
      )
    ),
    until: Flag.String("until").pipe(
      Flag.withMetavar("decided"),
      Flag.optional,
      Flag.withDescription(
        "decided: adds seeds, look by look as the study declares, until every claim is decided or the budget is spent"
      )
    ),
    force: Flag.Boolean("force").pipe(
      Flag.withAlias("f"),
      Flag.withDefault(false),
      Flag.withDescription(
        "Runs the named targets again, though they are there; a result that differs is kept beside the first and shown"
      )
    ),
    dryRun: Flag.Boolean("dry-run").pipe(
      Flag.withAlias("n"),
      Flag.withDefault(false),
      Flag.withDescription("Shows what would run, as `pipeline plan` does, and runs nothing")
    ),
    maxFailures: Flag.Int("max-failures").pipe(
      Flag.withMetavar("K"),
      Flag.optional,
      Flag.withDescription(
        "A stage that fails K times in the same way starts nothing more; the others go on (default: 10)"
      )
    ),
    notify: Flag.String("notify").pipe(
      Flag.withMetavar("CMD"),
      Flag.optional,
      Flag.withDescription(
        "Runs CMD at the end, with the last line as its argument, as in --notify notify-send; the terminal's bell rings after a minute anyway"
      )
    ),
    failFast: Flag.Boolean("fail-fast").pipe(
      Flag.withDefault(false),
      Flag.withDescription("Starts nothing more after the first failure (default: everything that can still run, runs)")
    ),
    json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Prints what happens as JSON Lines"))
  },
  Effect.fn(function* (flags) {
    const jobs = yield* jobsOf(flags.jobs)
    const gpus = yield* attempt<Gpus, UsageError>(() =>
      readGpus(Option.getOrUndefined(flags.gpus), Option.getOrUndefined(flags.perGpu))
    )
    const limit = Option.isNone(flags.budget)
      ? undefined
      : yield* attempt<Limit, UsageError>(() => readLimit(Option.getOrThrow(flags.budget)))
    const hints = yield* attempt<Hints, UsageError>(() => ({
      ...dataDirOf(Option.getOrUndefined(flags.dataDir)),
      ...deviceMemoryOf(Option.getOrUndefined(flags.deviceMemory))
    }))
    const maxFailures =
      Option.getOrUndefined(flags.maxFailures) ??
      (yield* attempt<number | undefined, UsageError>(() => configuredNumber("maxFailures"))) ??
      MAX_FAILURES
    if (maxFailures < 1)
      return yield* new UsageError({ problem: `--max-failures ${maxFailures}: expected a number of at least 1` })
    const until = Option.getOrUndefined(flags.until)
    if (until !== undefined && until !== "decided")
      return yield* new UsageError({ problem: `--until '${until}': expected decided` })
    const notify = Option.getOrUndefined(flags.notify)
    const begin = performance.now() - process.uptime() * 1000
    const { failFast, json } = flags
    const told = json ? "events" : "pages"
    const options: RunOptions = { jobs, gpus, limit, hints, failFast, maxFailures, notify, told, begin }
    yield* withPlan(flags.targets, flags, (workspace, again) =>
      Effect.gen(function* () {
        if (until !== undefined) yield* checkDesigns(workspace)
        if (flags.dryRun) return yield* showPlan(workspace, json)
        if (Option.isSome(flags.on)) return yield* runElsewhere(flags, workspace, again, options)
        if (until === undefined) yield* runPlan(workspace, options)
        else yield* untilDecided(workspace, again, limit, (due, limit) => runPlan(due, { ...options, limit }), json)
      })
    )
  })
).pipe(
  Command.withDescription("Runs what is not there yet or no longer true, and nothing else."),
  Command.withExamples([
    { command: "pipeline run", description: "Brings the default studies up to date" },
    { command: "pipeline run quick --set epochs=20", description: "With another setting" },
    { command: "pipeline run paper --budget 2h", description: "What tells most in two hours, and the report on it" },
    {
      command: "pipeline run datasets --until decided --budget 8h",
      description: "Adds seeds, look by look, to the claims that are open"
    },
    {
      command: "pipeline run paper --where 'filters<=4 && dataset=mnist'",
      description: "This part of the grid, and the report on what is there"
    },
    { command: "pipeline run 'train/*layers=4*' --jobs 2", description: "Only these trainings and what they need" },
    {
      command: "pipeline run paper --remote /scratch/store --on slurm --workers 50 --partition long --time 8:00:00",
      description: "On a cluster; the same again follows it (docs/cluster.md)"
    }
  ])
)

/** The run of `--on`: other machines compute, this one does what comes before and after. */
const runElsewhere = Effect.fnUntraced(function* (
  flags: Parameters<typeof readOn>[0],
  workspace: Workspace,
  again: PlanAgain,
  options: RunOptions
) {
  const asked = yield* attempt<OnAsked, UsageError>(() => readOn(flags))
  yield* runOn(
    workspace,
    again,
    { ...asked, maxFailures: options.maxFailures, json: options.told === "events" },
    (plan) => runPlan(plan, options)
  )
})

/** So often may a stage fail in the same way, where nothing else is said. */
const MAX_FAILURES = 10

/** What runs under a name of its own stays until it is dropped by it. */
const noteVariants = (studies: ReadonlyArray<string>, { folder, project }: CacheFolder["Service"]) =>
  Effect.flatMap(timestamp, (ran) =>
    writing(folder, () => {
      for (const study of studies) if (readVariant(study) !== undefined) noteVariant(folder, project, study, ran)
    })
  )

export interface RunOptions {
  readonly gpus: Gpus
  readonly limit: Limit | undefined
  readonly hints: Hints
  readonly jobs: number
  readonly failFast: boolean
  readonly maxFailures: number
  readonly notify: string | undefined
  /** What is printed: events as JSON Lines; or progress, and at the end which pages were written; or progress alone. */
  readonly told: "events" | "pages" | "progress"
  readonly begin: number
}

/** So long a run waits at its end for what it made to reach the remote. */
const PUSH_MS = 10_000
/** What takes longer than this is announced. */
const SHORT_MS = 300

/** Waits for what is being pushed, and says what is not there then. */
const endOfRemote = Effect.fnUntraced(function* (remote: Remote["Service"], listen: Listener, ms: number) {
  const notice = (message: string) => listen({ type: "notice", message })
  const short = yield* remote.end(Math.min(ms, SHORT_MS))
  const goesOn = short.left > 0 && ms > SHORT_MS
  if (goesOn) notice(`pushing ${plural(short.left, "result")} to ${remote.name}, for ${seconds(ms / 1000)} at most`)
  const { left, problem } = goesOn ? yield* remote.end(ms - SHORT_MS) : short
  if (left > 0)
    notice(
      `${plural(left, "result")} not pushed to ${remote.name} (${problem}); \`pipeline cache push\` takes them there later`
    )
})

/** Runs what a plan says, and tells of it as it goes. */
export const runPlan = Effect.fnUntraced(function* (
  workspace: Workspace,
  { jobs, gpus, limit, hints, failFast, maxFailures, notify, told, begin }: RunOptions
) {
  const { plan, project, knowledge, forced, selection } = workspace
  const json = told === "events"
  const place = yield* CacheFolder
  const { of: paceOf } = yield* Paces
  const clock = yield* Clock.Clock
  const readOnly = place.obstacle !== undefined
  if (plan.runs.length > 0) {
    if (place.obstacle !== undefined)
      return yield* Effect.fail(refusal(place.obstacle, `and ${plural(plan.runs.length, "node")} would have to run`))
  }
  if (!readOnly) {
    tidy(place.folder)
    const noted = noteVariants(selection.concerned(), place)
    yield* plan.runs.length > 0 ? noted : Effect.ignore(noted)
  }
  const portions = limit && (selection.portions() ?? portionsOf(selection.graph, selection.wanted))
  yield* prepareEngines(plan)
  const budget = limit && portions && makeBudget({ limit, portions }, plan, jobs, paceOf)
  const work = makeEstimate({ plan, paceOf, slots: jobs })
  const estimate = budget === undefined ? work : underBudget(work, budget)
  const progress = makeProgress({ plan, estimate, budget: budget !== undefined })
  const chronicle =
    readOnly || plan.runs.length === 0
      ? undefined
      : openChronicle({
          cache: place.folder,
          targets: selection.studies.map(shortName),
          total: budget === undefined ? plan.runs.length : 0,
          estimate,
          now: () => clock.currentTimeMillisUnsafe()
        })
  const published = new Set<string>()
  const listen: Listener = (event) => {
    if (event.type === "published") published.add(event.folder)
    estimate.listen(event)
    chronicle?.listen(event)
    if (json) printJson(event)
    if (!json || event.type === "interrupted") progress.listen(event)
  }
  const remote = yield* Remote.here
  remote.tellTo((message) => listen({ type: "notice", message: withConsequence(message) }))
  const { outdated } = excludedFrom(plan)
  if (outdated > 0) listen({ type: "notice", message: outdatedNotice(outdated) })
  const notice = dataDirNotice(plan, hints)
  if (notice !== undefined) listen({ type: "notice", message: notice })
  const result: Summary = yield* execute(plan, {
    project,
    knowledge,
    forced,
    listen,
    failFast,
    maxFailures,
    ...(budget && { budget })
  }).pipe(
    Effect.provide(localExecutor({ slots: jobs, gpus, project, hints })),
    Effect.onExit((exit) => endOfRemote(remote, listen, Exit.isSuccess(exit) ? PUSH_MS : 0)),
    Effect.ensuring(
      Effect.sync(() => {
        progress.close()
        chronicle?.close()
      })
    )
  )
  const took = (performance.now() - begin) / 1000
  const { executed, reused, failed, skipped, left } = result
  const parts = [`${executed} executed`, `${reused} reused`]
  if (remote.taken() > 0) parts.push(`${remote.taken()} from ${remote.name}`)
  if (failed.length > 0) parts.push(onStderr("red", `${failed.length} failed`))
  if (skipped > 0) parts.push(`${skipped} skipped`)
  if (left > 0) parts.push(`${plural(left, "portion")} left for another time`)
  const summary = `${selection.studies.map(shortName).join(", ") || "done"}: ${parts.join(", ")} in ${seconds(took)}`
  if (json) {
    printJson({ type: "end", executed, reused, failed: failed.length, skipped, left, seconds: took })
  } else {
    tell(summary)
    if (told === "pages") for (const folder of published) print(`${folder}/index.html`)
  }
  notifyOf(stripVTControlCharacters(summary), failed.length > 0 ? 1 : 0, took, notify)
  if (failed.length > 0) {
    if (!json) {
      // The whole message stands where it failed, and in the log.
      for (const { name, message, log } of failed)
        tell(`  ${onStderr("red", name)}: ${brief(message)}\n    log: ${relative(process.cwd(), log)}`)
    }
    const those = failed.length === 1 ? "1 node" : `${failed.length} nodes`
    return yield* new RunFailed({
      problem: `${those} failed${skipped > 0 ? `, ${plural(skipped, "node")} behind ${failed.length === 1 ? "it" : "them"} skipped` : ""}; running again tries only these`
    })
  }
  return result
})
