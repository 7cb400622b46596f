/** `pipeline accept STAGE`: a refactoring changed no result; proven on a sample, believed of the rest. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Artifacts } from "../../cache/artifacts.ts"
import { CacheFolder } from "../../cache/folder.ts"
import { Paces } from "../../cache/paces.ts"
import { Traces } from "../../cache/traces.ts"
import { closure } from "../../graph/graph.ts"
import { hint, nearest } from "../../graph/nearest.ts"
import { makePlan } from "../../graph/plan.ts"
import { adopt, type Candidate, candidatesOf, differenceOf, sampleOf } from "../../run/accept.ts"
import { makeEstimate } from "../../run/estimate.ts"
import type { Listener } from "../../run/events.ts"
import { localExecutor } from "../../run/local.ts"
import { execute } from "../../run/scheduler/scheduler.ts"
import type { Hints } from "../../run/workplace.ts"
import { dataDirOf } from "../data-dir.ts"
import { NotAccepted, UsageError } from "../errors.ts"
import { readGpus } from "../gpus.ts"
import { jobsFlag, jobsOf } from "../jobs.ts"
import { lost } from "../lost.ts"
import { deviceMemoryOf } from "../memory.ts"
import { attempt, plural, print, printJson, tell } from "../output.ts"
import { prepareEngines } from "../prepare.ts"
import { makeProgress } from "../progress.ts"
import { type Workspace, withPlan, workspaceFlags } from "../workspace.ts"
import { writable } from "./cache/flags.ts"

export const accept = Command.make(
  "accept",
  {
    stage: Argument.String("stage").pipe(Argument.withDescription("The stage whose code was refactored")),
    targets: Argument.String("targets").pipe(
      Argument.variadic(),
      Argument.withDescription("Studies whose results it is about; the default studies if left out")
    ),
    ...workspaceFlags,
    sample: Flag.Int("sample").pipe(
      Flag.withMetavar("N"),
      Flag.withDefault(3),
      Flag.withDescription("How many nodes to run again (default: 3); which ones is drawn from the new code's digest")
    ),
    jobs: jobsFlag,
    json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Prints what happens as JSON Lines"))
  },
  Effect.fn(function* (flags) {
    const { sample } = flags
    const jobs = yield* jobsOf(flags.jobs)
    if (sample < 1) return yield* new UsageError({ problem: `--sample ${sample}: expected a number of at least 1` })
    const hints = yield* attempt<Hints, UsageError>(() => ({
      ...dataDirOf(Option.getOrUndefined(flags.dataDir)),
      ...deviceMemoryOf(undefined)
    }))
    yield* withPlan(flags.targets, flags, (workspace) =>
      acceptTyped(workspace, {
        stage: flags.stage,
        jobs,
        json: flags.json,
        hints,
        choose: (candidates) => sampleOf(candidates, sample)
      })
    )
  })
).pipe(
  Command.withDescription(
    "After a refactoring that should change no result: runs a sample of a stage's nodes again under the new code. If all bytes are equal, the results of the others are taken over; if one differs, it says where, and none is."
  ),
  Command.withExamples([
    {
      command: "pipeline accept train --sample 5",
      description: "Keeps the trainings if five of them come out the same"
    }
  ])
)

interface AcceptOptions {
  readonly stage: string
  readonly jobs: number
  readonly json: boolean
  readonly hints: Hints
  /** Which of the candidates run again. */
  readonly choose: (candidates: ReadonlyArray<Candidate>) => ReadonlyArray<Candidate>
}

const acceptTyped = Effect.fnUntraced(function* (workspace: Workspace, options: AcceptOptions) {
  const { pipeline, plan } = workspace
  const { stage } = options
  const traces = yield* Traces
  const stages = pipeline.stages.map(({ name }) => name)
  if (!stages.includes(stage)) {
    const help = hint(nearest(stage, stages)) || `There are ${stages.join(", ")}.`
    return yield* new UsageError({ problem: `no stage is called '${stage}'. ${help}` })
  }
  yield* writable(yield* CacheFolder, "nothing can be adopted")
  const candidates = candidatesOf(plan, stage, traces)
  if (candidates.length === 0) {
    const problem = `no result of '${stage}' differs in nothing but its code from what would run; \`pipeline plan\` says why what runs. (Stages that come before it are accepted first.)`
    return yield* new UsageError({ problem })
  }
  yield* acceptCandidates(workspace, candidates, options)
})

/** Runs a sample again; takes all candidates' results over if its bytes are equal. */
export const acceptCandidates = Effect.fnUntraced(function* (
  { plan, project, knowledge }: Pick<Workspace, "plan" | "project" | "knowledge">,
  candidates: ReadonlyArray<Candidate>,
  { stage, jobs, json, hints, choose }: AcceptOptions
) {
  const traces = yield* Traces
  const artifacts = yield* Artifacts
  const { of: paceOf } = yield* Paces
  const drawn = choose(candidates)
  tell(
    `running ${drawn.length} of ${plural(candidates.length, "node")} again: ${drawn.map(({ name }) => name).join(", ")}`
  )

  const again = makePlan(
    plan.graph,
    closure(
      plan.graph,
      drawn.map(({ index }) => index)
    ),
    knowledge
  )
  const estimate = makeEstimate({ plan: again, paceOf, slots: jobs })
  const progress = makeProgress({ plan: again, estimate })
  const listen: Listener = (event) => {
    estimate.listen(event)
    progress.listen(event)
  }
  yield* prepareEngines(again)
  const { failed } = yield* execute(again, {
    project,
    knowledge,
    forced: new Set(),
    listen: json ? printJson : listen,
    failFast: true
  }).pipe(
    Effect.provide(localExecutor({ slots: jobs, gpus: readGpus(), project, hints })),
    Effect.ensuring(Effect.sync(progress.close))
  )

  const names = drawn.map(({ name }) => name)
  if (failed.length > 0) {
    const [{ name, message }] = failed
    return yield* new NotAccepted({ stage, problem: `${name} fails: ${message}` })
  }
  for (const candidate of drawn) {
    const problem = yield* Effect.fromResult(differenceOf(candidate, { traces, artifacts })).pipe(
      Effect.mapError((damaged) => lost(damaged))
    )
    if (problem !== undefined) return yield* new NotAccepted({ stage, problem })
  }
  const rest = candidates.filter(({ name }) => !names.includes(name))
  yield* adopt(rest, names, traces)
  if (json) printJson({ type: "accepted", stage, sample: names, adopted: rest.map(({ name }) => name) })
  else {
    const adopted = rest.length === 0 ? "there was no other to adopt" : `${plural(rest.length, "result")} adopted`
    print(`${plural(drawn.length, "node")} of '${stage}' gave the same bytes; ${adopted}`)
  }
})
