/** `pipeline worker`: takes part in a run that was begun with `run --on`; the cluster, or ssh, starts it. */

import { rmSync, writeFileSync } from "node:fs"
import { availableParallelism, hostname, tmpdir, userInfo } from "node:os"
import { join } from "node:path"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"
import { agreementHere, disagreement } from "../../cluster/agreement.ts"
import { joinRun, type Member } from "../../cluster/fleet.ts"
import { places } from "../../cluster/places.ts"
import { type RunPlan, type RunUnreadable, readNames, readPlan } from "../../cluster/plan.ts"
import { nodesNamed } from "../../cluster/share.ts"
import { TIME_IS_UP } from "../../cluster/slurm.ts"
import { sha256 } from "../../graph/key.ts"
import type { Selection } from "../../graph/pipeline.ts"
import type { RunEvent } from "../../run/events.ts"
import { localExecutor } from "../../run/local.ts"
import { execute } from "../../run/scheduler/scheduler.ts"
import { bringer } from "../bring.ts"
import { dataDirOf } from "../data-dir.ts"
import { UsageError } from "../errors.ts"
import { readGpus } from "../gpus.ts"
import { jobsFlag } from "../jobs.ts"
import { deviceMemoryOf } from "../memory.ts"
import { attempt, printJson, tell } from "../output.ts"
import { prepareEngines } from "../prepare.ts"
import { type Workspace, withPlan } from "../workspace.ts"

/** This machine would not compute what the run is to compute. */
class Unfit extends Schema.TaggedError<Unfit>()("Unfit", { problem: Schema.String }) {
  override get message() {
    return `${hostname()} cannot work for this run: ${this.problem}`
  }
  override readonly [Runtime.errorExitCode] = 2
}

/** The cluster takes the machine back: the worker's script puts it into the queue again. */
class TimeIsUp extends Schema.TaggedError<TimeIsUp>()("TimeIsUp", {}) {
  override get message() {
    return "the time is up; it goes on from its checkpoints when it is its turn again"
  }
  override readonly [Runtime.errorExitCode] = TIME_IS_UP
}

export const worker = Command.make(
  "worker",
  {
    run: Flag.String("run").pipe(Flag.withMetavar("DIR"), Flag.withDescription("Folder of the run")),
    id: Flag.String("id").pipe(Flag.withMetavar("NAME"), Flag.withDescription("Name of this worker in the run")),
    scratch: Flag.String("scratch").pipe(
      Flag.withMetavar("DIR"),
      Flag.optional,
      Flag.withDescription(
        "Folder on this machine's own disk, for its cache (default: in $SLURM_TMPDIR, $TMPDIR or /tmp)"
      )
    ),
    jobs: jobsFlag
  },
  Effect.fn(function* (flags) {
    const { run, id } = flags
    const plan = yield* attempt<RunPlan, RunUnreadable | UsageError>(() => planOf(run))
    const names = yield* attempt<ReadonlyArray<string>, RunUnreadable>(() => readNames(run))
    const scratch = Option.getOrElse(flags.scratch, () => scratchFor(plan.store))
    // What one machine keeps of a training all may go on from: less often than on a disk of its own.
    for (const [name, value] of Object.entries(plan.variables)) process.env[name] ??= value
    // Native kernels are this processor's own.
    process.env.XDG_CACHE_HOME = `${scratch}-native`
    process.env.PIPELINE_CHECKPOINT_SECONDS ??= String(plan.checkpointSeconds)
    const timeIsUp = yield* Deferred.make<string>()
    process.on("SIGUSR1", () => Deferred.doneUnsafe(timeIsUp, Effect.succeed("time")))
    const settings = {
      cache: Option.some(scratch),
      set: Object.entries(plan.overrides).map(([name, value]) => `${name}=${value}`),
      engine: [],
      seed: Option.none(),
      dataDir: Option.fromNullishOr(plan.dataDir),
      rehash: false,
      where: Option.fromNullishOr(plan.where),
      remote: Option.some(plan.store),
      remoteMode: Option.none(),
      only: ({ graph }: Pick<Selection, "graph">) => new Set(nodesNamed({ graph }, names) ?? [])
    }
    const slots = Option.getOrUndefined(flags.jobs) ?? plan.jobs ?? slotsHere()
    const why = yield* withPlan(plan.targets, settings, (workspace) =>
      Effect.scoped(takePart(workspace, { run, plan, names, id, slots, timeIsUp: Deferred.await(timeIsUp) }))
    )
    tell(`ended: ${why}`)
    if (why === "time") return yield* new TimeIsUp()
  })
).pipe(Command.withDescription("Works for a run that was begun with `run --on`; the cluster, or ssh, starts it."))

/** Throws `RunUnreadable` and `UsageError`. */
function planOf(run: string): RunPlan {
  const plan = readPlan(run)
  if (plan !== undefined) return plan
  throw new UsageError({ problem: `--run ${run}: expected the folder of a run, with a file plan.json in it` })
}

/**
 * The cache of this machine for a store: workers that share a machine share it, so what one has got from the store the
 * others have. (Machines of a test may be one: what Slurm calls them counts.)
 */
function scratchFor(store: string): string {
  const { SLURM_TMPDIR, TMPDIR, SLURMD_NODENAME = hostname() } = process.env
  const name = sha256(`${store}\n${SLURMD_NODENAME}`).slice(0, 12)
  return join(SLURM_TMPDIR ?? TMPDIR ?? tmpdir(), `pipeline-${userInfo().username}-${name}`)
}

/** Processors that the cluster has given; one where it does not say, all where there is no cluster. */
function slotsHere(): number {
  const { SLURM_JOB_ID, SLURM_CPUS_PER_TASK, SLURM_CPUS_ON_NODE } = process.env
  if (SLURM_JOB_ID === undefined) return availableParallelism()
  return Math.max(1, Number(SLURM_CPUS_PER_TASK ?? SLURM_CPUS_ON_NODE ?? 1) || 1)
}

interface Taking {
  readonly run: string // its folder
  readonly plan: RunPlan
  readonly names: ReadonlyArray<string>
  readonly id: string
  readonly slots: number
  readonly timeIsUp: Effect.Effect<string>
}

/** Works until all is done, or until there is a reason to end; gives it in a word. */
const takePart = Effect.fnUntraced(function* (workspace: Workspace, { run, plan, names, id, slots, timeIsUp }: Taking) {
  const { project, selection, knowledge, forced } = workspace
  const { graph } = selection
  const problem = disagreement(plan.agreement, agreementHere(project, graph, selection.all, knowledge))
  if (problem !== undefined) return yield* new Unfit({ problem })
  yield* prepareEngines(workspace.plan)
  const share = nodesNamed(selection, names)
  if (share === undefined) return yield* new Unfit({ problem: "it does not know all nodes of the run" })
  const bring = yield* bringer
  const member = yield* joinRun({ run, plan, id, slots, graph, share, bring })
  yield* tellOfReused(workspace, share, member)
  const listen = (event: RunEvent) => {
    member.listen(event)
    if (event.type !== "progress") printJson({ time: new Date().toISOString(), ...event })
  }
  const { logs } = places(run)
  const hurry = join(tmpdir(), `pipeline-hurry-${process.pid}`)
  const hints = {
    ...dataDirOf(undefined),
    ...(plan.dataDir !== null && { dataDir: plan.dataDir }),
    ...deviceMemoryOf(undefined)
  }
  const executor = localExecutor({ slots, gpus: readGpus(), project, hints, shared: { states: run, logs, hurry } })
  const all = execute(workspace.plan, {
    project,
    knowledge,
    forced,
    listen,
    failFast: false,
    maxFailures: plan.maxFailures,
    others: member.others
  }).pipe(Effect.provide(executor), Effect.as("all is done"))
  const told = Effect.gen(function* () {
    const why = yield* Effect.raceFirst(member.leaving, timeIsUp)
    writeFileSync(hurry, "")
    yield* member.stepped
    return why
  })
  const why = yield* Effect.raceFirst(all, told).pipe(
    Effect.ensuring(Effect.sync(() => rmSync(hurry, { force: true })))
  )
  yield* member.settled.pipe(Effect.timeoutOption(SETTLE_MS))
  return why
})

/** How long a worker that ends waits for what it has made to reach the store. */
const SETTLE_MS = 30_000

/** What an earlier worker of this machine has made, and perhaps did not bring to the store any more. */
const tellOfReused = Effect.fnUntraced(function* (
  { plan: { graph, decisions } }: Workspace,
  share: ReadonlyArray<number>,
  { others, claims }: Member
) {
  for (const [place, index] of share.entries()) {
    const decision = decisions[index]
    if (decision?.action !== "reuse" || claims.stateOf(place) === "done") continue
    if (claims.take(place) === "theirs") claims.lookAt(place)
    if (claims.stateOf(place) === "ours") others.made(graph.nodes[index], decision.key)
  }
})
