/** `run --on slurm`, `run --on ssh:HOST,HOST`: begins a run on other machines, or follows the one that was begun. */
import { join, resolve } from "node:path"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Paces } from "../cache/paces.ts"
import { Remote } from "../cache/remote/remote.ts"
import { agreementHere, disagreement } from "../cluster/agreement.ts"
import { quoted } from "../cluster/commands.ts"
import { beginRun, follow, type RunStanding, setWorkers, watchClaims } from "../cluster/coordinator.ts"
import { places, runsOf } from "../cluster/places.ts"
import {
  type RunPlan,
  type RunUnreadable,
  readNames,
  readPlan,
  readWanted,
  runId,
  type Source,
  type Wanted
} from "../cluster/plan.ts"
import { firstNodes, laterNodes, nodesNamed, shareOf } from "../cluster/share.ts"
import type { Job } from "../cluster/slurm.ts"
import type { Overrides } from "../graph/study.ts"
import { CONFIG, CONFIG_NAMES, type ConfigName } from "../run/config.ts"
import { predictAll } from "../run/predict.ts"
import type { Summary } from "../run/scheduler/scheduler.ts"
import { bringer } from "./bring.ts"
import { configured, configuredNumber } from "./config.ts"
import { RunFailed, UsageError } from "./errors.ts"
import { attempt, brief, onStderr, plural, printJson, tell } from "./output.ts"
import { storeOf } from "./store.ts"
import { overridesOf, type PlanAgain, type Workspace, type WorkspaceFlags } from "./workspace.ts"

/** Where `--on` says that workers come from. Throws `UsageError`. */
export function readSource(on: string, options: ReadonlyArray<string>): Source {
  if (on === "slurm") return { kind: "slurm", options }
  const hosts = on.startsWith("ssh:") ? on.slice(4).split(",").filter(Boolean) : []
  if (hosts.length === 0 || hosts.some((host) => /^-|\s/.test(host)) || new Set(hosts).size < hosts.length)
    throw new UsageError({ problem: `--on '${on}': expected slurm, or different machines as in --on ssh:anna,bert` })
  return { kind: "ssh", hosts }
}

export const onFlags = {
  on: Flag.String("on").pipe(
    Flag.withMetavar("WHERE"),
    Flag.optional,
    Flag.withDescription(
      "Has other machines compute: slurm (flags that this command does not have are options of sbatch), or ssh:HOST,HOST; begins a run there, or follows the one that was begun"
    )
  ),
  workers: Flag.Int("workers").pipe(
    Flag.withMetavar("N"),
    Flag.optional,
    Flag.withDescription("Workers of a run on other machines; may change while it runs (default: 4, or one a host)")
  ),
  sbatch: Flag.String("sbatch").pipe(
    Flag.withMetavar("OPTION"),
    Flag.atLeast(0),
    Flag.withDescription("An option of sbatch, as it is: --sbatch=--mem=4G, or -p long as --sbatch=--partition=long")
  )
}

/** Folder of the shared store that the machines of a run have in common. Throws `UsageError`. */
export function needStore(typed: { readonly remote: Option.Option<string> }): string {
  const store = storeOf(typed)
  if (store !== undefined) return store
  const text = Option.getOrUndefined(typed.remote)
  throw new UsageError({
    problem: `${text === undefined ? "" : `--remote ${text}: `}runs on other machines need a folder that all of them see: --remote DIR`
  })
}

/** What was asked for with `--on`. */
export interface OnAsked {
  readonly source: Source
  readonly workers: number | undefined
  /** Folder of the shared store. */
  readonly store: string
  readonly targets: ReadonlyArray<string>
  readonly overrides: Overrides
  readonly where: string | undefined
  readonly dataDir: string | undefined
  readonly jobs: number | undefined
}

export interface OnOptions extends OnAsked {
  readonly maxFailures: number
  readonly json: boolean
}

interface OnTyped extends Pick<WorkspaceFlags, "set" | "engine" | "seed" | "dataDir"> {
  readonly on: Option.Option<string>
  readonly workers: Option.Option<number>
  readonly sbatch: ReadonlyArray<string>
  readonly remote: Option.Option<string>
  readonly targets: ReadonlyArray<string>
  readonly where: Option.Option<string>
  readonly jobs: Option.Option<number>
  readonly force: boolean
  readonly budget: Option.Option<string>
  readonly until: Option.Option<string>
}

/** Throws `UsageError`. */
export function readOn(typed: OnTyped): OnAsked {
  const source = readSource(
    Option.getOrElse(typed.on, () => ""),
    typed.sbatch
  )
  const no = typed.force
    ? "--force"
    : Option.isSome(typed.budget)
      ? "--budget"
      : Option.isSome(typed.until)
        ? "--until"
        : undefined
  if (no !== undefined) throw new UsageError({ problem: `${no} is not for runs on other machines (--on)` })
  const workers = Option.getOrUndefined(typed.workers)
  if (workers !== undefined && workers < 1)
    throw new UsageError({ problem: `--workers ${workers}: expected a number of at least 1` })
  const dataDir = Option.getOrUndefined(typed.dataDir)
  return {
    source,
    workers,
    store: needStore(typed),
    targets: typed.targets,
    overrides: overridesOf(typed),
    where: Option.getOrUndefined(typed.where),
    dataDir: dataDir && resolve(dataDir),
    jobs: Option.getOrUndefined(typed.jobs)
  }
}

const WORKERS = 4
/** Longer than a network file system may show an old state of a file (NFS: `acregmax`, a minute). */
const LEASE_SECONDS = 180
/** States go over the network, from every machine. */
const CHECKPOINT_SECONDS = 60

/** Settings that each machine has of its own. */
const OWN: ReadonlySet<ConfigName> = new Set(["cache", "dataDir", "jobs", "gpus", "notify", "remote", "networkCache"])

const variablesHere = (): Readonly<Record<string, string>> =>
  Object.fromEntries(
    CONFIG_NAMES.filter((name) => !OWN.has(name)).flatMap((name) => {
      const value = process.env[CONFIG[name].variable]
      return value === undefined ? [] : [[CONFIG[name].variable, value]]
    })
  )

/** `here` runs a plan on this machine: what comes before, and after, the work of the others. */
export const runOn = Effect.fnUntraced(function* <E, R>(
  workspace: Workspace,
  again: PlanAgain,
  options: OnOptions,
  here: (workspace: Workspace) => Effect.Effect<Summary | undefined, E, R>
) {
  const { project, selection, knowledge } = workspace
  const { store, targets, overrides, where = null, workers } = options
  const id = runId({ project, targets, overrides, where })
  const run = join(runsOf(store), id)
  const agreement = agreementHere(project, selection.graph, selection.all, knowledge)
  const { plan, wanted } = yield* attempt<{ plan?: RunPlan; wanted?: Wanted }, RunUnreadable>(() => readRun(run))
  if (plan !== undefined && wanted !== undefined && (wanted.state === "running" || wanted.state === "paused")) {
    const problem = disagreement(plan.agreement, agreement)
    if (problem !== undefined)
      return yield* new UsageError({ problem: `the run ${id} cannot be followed here: ${problem}` })
    if (wanted.state === "paused") return tell(`${id} is paused: \`pipeline resume ${id}\` has it go on`)
    if (workers !== undefined && workers !== wanted.workers) {
      const started = yield* setWorkers(run, plan, wanted, workers)
      tell(`${id}: from now on ${plural(workers, "worker")}${started === undefined ? "" : `; started ${started}`}`)
    }
    return yield* attach({ run, plan, workspace, again, json: options.json }, here)
  }
  const share = shareOf(selection, workspace.plan)
  const runs = new Set(workspace.plan.runs)
  if (!share.some((index) => runs.has(index))) return yield* here(workspace)
  // What reads the world outside is done here and now: other machines may have no internet.
  const first = yield* again(new Set(), firstNodes)
  if (first.plan.runs.length > 0) yield* here(first)
  const now = first.plan.runs.length > 0 ? yield* again(new Set()) : workspace
  const there = yield* bringReused(now, share)
  const left = share.filter((index) => !there.has(index))
  const { source } = options
  const count = Math.min(workers ?? (source.kind === "ssh" ? source.hosts.length : WORKERS), left.length)
  const { graph } = now.plan
  const { of: paceOf } = yield* Paces
  const started = yield* beginRun(
    run,
    {
      format: 1,
      id,
      round: (plan?.round ?? 0) + 1,
      project,
      command: configured("workerNode") ?? quoted(process.execPath),
      store,
      targets: [...targets],
      overrides,
      where,
      dataDir: options.dataDir ?? null,
      agreement,
      nodes: share.length,
      runs: left.length,
      seconds: predictAll(graph, left, paceOf) ?? null,
      lease: 1000 * (configuredNumber("leaseSeconds") ?? LEASE_SECONDS),
      checkpointSeconds: configuredNumber("checkpointSeconds") ?? CHECKPOINT_SECONDS,
      variables: variablesHere(),
      jobs: options.jobs ?? null,
      maxFailures: options.maxFailures,
      began: new Date().toISOString()
    },
    { state: "running", source, workers: count, leave: [] },
    share.map((index) => graph.nodes[index].name),
    new Set([...there].map((index) => graph.nodes[index].name))
  )
  if (options.json)
    printJson({ type: "begun", run: id, folder: run, nodes: share.length, left: left.length, workers: count })
  else {
    tell(`${id}: started ${started} for ${plural(left.length, "node")} (${share.length - left.length} are there)`)
    tell(
      `The same command again follows it to the report; \`pipeline status\` shows how it stands, \`pipeline cancel ${id}\` ends it.`
    )
  }
  return undefined
})

function readRun(run: string): { plan?: RunPlan; wanted?: Wanted } {
  const [plan, wanted] = [readPlan(run), readWanted(run)]
  return { ...(plan && { plan }), ...(wanted && { wanted }) }
}

/** Results that are brought to the store at once. */
const WAYS = 8

/** Brings what is here already to the store, and gives the nodes that are there. */
const bringReused = Effect.fnUntraced(function* ({ plan: { decisions } }: Workspace, share: ReadonlyArray<number>) {
  const bring = yield* bringer
  const there = new Set<number>()
  yield* Effect.forEach(
    share,
    (index) => {
      const decision = decisions[index]
      if (decision?.action !== "reuse") return Effect.void
      return Effect.map(bring(decision.key), (isThere) => void (isThere && there.add(index)))
    },
    { concurrency: WAYS, discard: true }
  )
  return there
})

interface Attached {
  readonly run: string
  readonly plan: RunPlan
  readonly workspace: Workspace
  readonly again: PlanAgain
  readonly json: boolean
}

/** Follows a run to its end, then makes here what is made of its results. */
const attach = Effect.fnUntraced(function* <E, R>(
  { run, plan, workspace, again, json }: Attached,
  here: (workspace: Workspace) => Effect.Effect<Summary | undefined, E, R>
) {
  const { graph } = workspace.plan
  const names = yield* attempt<ReadonlyArray<string>, RunUnreadable>(() => readNames(run))
  const share = nodesNamed(workspace.selection, names)
  if (share === undefined)
    return yield* new UsageError({
      problem: `${plan.id} has nodes that this project has not: \`pipeline cancel ${plan.id}\`, then run again`
    })
  if (!json) tell(`${plan.id}: follows it; Ctrl-C ends this command, not the run`)
  const { standing, ended } = yield* follow({
    run,
    plan,
    graph,
    share,
    tell: (standing, jobs) =>
      json ? printJson(lineOf(plan.id, standing, jobs)) : tell(textOf(plan.id, standing, jobs)),
    notice: tell
  })
  if (ended !== "over") return tell(`${plan.id} is ${ended}`)
  const remote = yield* Remote.here
  remote.forget()
  // What failed there is not tried here: it belongs on the other machines.
  yield* here(yield* again(new Set(), laterNodes))
  const { failed, skipped } = standing
  if (failed.length === 0) return undefined
  const claims = watchClaims(run, plan, names)
  for (const name of failed) tell(`  ${onStderr("red", name)}: ${brief(claims.messageOf(names.indexOf(name)))}`)
  return yield* new RunFailed({
    problem: `${plural(failed.length, "node")} failed on other machines${skipped > 0 ? `, ${plural(skipped, "node")} behind ${failed.length === 1 ? "it" : "them"} skipped` : ""}; running again tries only these (logs: ${places(run).logs})`
  })
})

const lineOf = (run: string, { total, done, failed, skipped, workers }: RunStanding, jobs: ReadonlyArray<Job>) => ({
  type: "cluster",
  run,
  total,
  done,
  failed: failed.length,
  skipped,
  workers: workers.length,
  waiting: jobs.filter(({ state }) => state === "PENDING").length
})

/** `paper-1a2b3c4d: 12 of 402 nodes done, 3 workers at work, 2 waiting` */
export function textOf(run: string, standing: RunStanding, jobs: ReadonlyArray<Job>): string {
  const { total, done, failed, workers, waiting } = lineOf(run, standing, jobs)
  const bad = failed === 0 ? "" : `, ${failed} failed`
  const wait = waiting === 0 ? "" : `, ${waiting} waiting`
  return `${run}: ${done} of ${plural(total, "node")} done${bad}, ${plural(workers, "worker")} at work${wait}`
}
