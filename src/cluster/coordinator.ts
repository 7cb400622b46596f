/**
 * Beginning a run on other machines, and following it. The coordinator computes nothing and decides nothing that the
 * workers wait for: it may end, and another take its place, at any moment. It asks for little: a listing of claims and
 * the workers' files now and then, one `squeue` every half minute.
 */
import { chmodSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { problemOf } from "../cache/errors.ts"
import { replaceFile } from "../cache/out-file.ts"
import type { Graph } from "../graph/graph.ts"
import { type Claims, makeBook, openClaims } from "./claims.ts"
import { makeRunFolder, places } from "./places.ts"
import {
  type RunPlan,
  RunUnwritable,
  readWanted,
  type Source,
  type Wanted,
  writeNames,
  writePlan,
  writeWanted
} from "./plan.ts"
import { cancelJobs, cancelSome, type Job, jobsOf, scriptOf, submit } from "./slurm.ts"
import { idOn, startOn } from "./ssh.ts"
import { readWorkers, type Watch, type WorkerNote, watchWorkers } from "./workers.ts"

/** Workers end, one after another, without having got anywhere. */
export class NoWorkers extends Schema.TaggedError<NoWorkers>()("NoWorkers", {
  run: Schema.String,
  said: Schema.String
}) {
  override get message() {
    const { logs } = places(this.run)
    return `its workers end without having got anywhere. The last one said: ${this.said || "nothing"} (logs: ${logs})`
  }
}

const launcher = fileURLToPath(new URL("../cli/launch.js", import.meta.url))

/** Starts so many workers; for ssh one on each host. Gives what was started, in words. */
export const startWorkers = Effect.fn("startWorkers")(function* (
  run: string,
  plan: Pick<RunPlan, "id" | "project" | "command">,
  source: Source,
  count: number
) {
  const { script, logs } = places(run)
  const { id, project, command } = plan
  if (source.kind === "ssh") {
    const hosts = source.hosts.slice(0, count)
    yield* Effect.forEach(hosts, (host) => startOn({ host, project, command, launcher, run, logs }), {
      concurrency: 8,
      discard: true
    })
    return `a worker on ${hosts.join(", ")}`
  }
  replaceFile(script, scriptOf(command, launcher, run))
  chmodSync(script, 0o755)
  const jobs = yield* submit({ run: id, project, script, logs, count, options: source.options })
  return `${count} ${count === 1 ? "worker" : "workers"} as job ${jobs.join(", ")}`
})

/**
 * Begins a run, or a new round of one that has ended, of which only checkpoints and logs stay. `names`: of
 * the nodes that workers compute; `there`: of those whose results are in the shared store. Gives what was started, in
 * words.
 */
export const beginRun = Effect.fn("beginRun")(function* (
  run: string,
  plan: RunPlan,
  wanted: Wanted,
  names: ReadonlyArray<string>,
  there: ReadonlySet<string>
) {
  yield* writing(run, () => {
    for (const old of [places(run).claims, places(run).workers]) rmSync(old, { recursive: true, force: true })
    makeRunFolder(run)
    const claims = watchClaims(run, plan, names)
    for (const [place, name] of names.entries()) if (there.has(name)) claims.done(place)
    writeNames(run, names)
    writePlan(run, plan)
    writeWanted(run, wanted)
  })
  return yield* startWorkers(run, plan, wanted.source, wanted.workers)
})

const writing = (run: string, write: () => void) =>
  Effect.try({ try: write, catch: (error) => new RunUnwritable({ run, problem: problemOf(error) }) })

/** The claims of a run as seen by somebody who computes nothing. */
export const watchClaims = (
  run: string,
  plan: RunPlan,
  names: ReadonlyArray<string>,
  watch: Watch = watchWorkers(run, plan.lease)
): Claims => openClaims(places(run).round(plan), "coordinator.0", watch, makeBook(names))

/** How a run stands. */
export interface RunStanding {
  readonly total: number
  readonly done: number
  /** Names of the nodes that failed. */
  readonly failed: ReadonlyArray<string>
  /** Nodes that need one that failed. */
  readonly skipped: number
  readonly workers: ReadonlyArray<WorkerNote> // that are at work
}

/** Looks at claims and workers. `share`: the nodes that workers compute, in graph order. */
export function standingOf(
  run: string,
  { nodes }: Pick<Graph, "nodes">,
  share: ReadonlyArray<number>,
  claims: Claims,
  watch: Watch
): RunStanding {
  claims.look()
  const failed: Array<string> = []
  const behind = new Set<number>()
  let [done, skipped] = [0, 0]
  for (const [place, index] of share.entries()) {
    const { name, inputs } = nodes[index]
    const state = claims.stateOf(place)
    if (state === "done") done++
    else if (state === "failed") {
      failed.push(name)
      behind.add(index)
    } else if (inputs.some(({ sources }) => sources.some(({ node }) => behind.has(node)))) {
      behind.add(index)
      skipped++
    }
  }
  return { total: share.length, done, failed, skipped, workers: readWorkers(run).filter(watch.isAlive) }
}

export const isOver = ({ total, done, failed, skipped }: RunStanding): boolean =>
  done + failed.length + skipped === total

/** `squeue` is asked no more often than this. */
const ASK_MS = 30_000
/** Looks in the time of a lease. */
const LOOKS = 6
/** So often workers are started again though nothing has been done since. */
const RESTARTS = 3

export interface FollowOptions {
  readonly run: string
  readonly plan: RunPlan
  readonly graph: Graph
  readonly share: ReadonlyArray<number>
  /** Told whenever something has changed. */
  readonly tell: (standing: RunStanding, jobs: ReadonlyArray<Job>) => void
  readonly notice: (message: string) => void
}

/** How a run that was followed has ended. */
export interface Followed {
  readonly standing: RunStanding
  readonly ended: "over" | "paused" | "cancelled"
}

/**
 * Follows a run to its end, or until it is paused or cancelled; starts workers where none is left and work is. Fails with
 * `NoWorkers` where that does not help.
 */
export const follow = Effect.fn("follow")(function* ({ run, plan, graph, share, tell, notice }: FollowOptions) {
  const watch = watchWorkers(run, plan.lease)
  const names = share.map((index) => graph.nodes[index].name)
  const claims = watchClaims(run, plan, names, watch)
  const askMs = Math.min(ASK_MS, plan.lease)
  let jobs: ReadonlyArray<Job> = []
  let asked = Number.NEGATIVE_INFINITY
  let told = ""
  /** Since when nobody was seen at work, or waiting for his turn. */
  let deserted: number | undefined
  let restarts = { count: 0, done: -1 }
  while (true) {
    const wanted = readWanted(run)
    const standing = standingOf(run, graph, share, claims, watch)
    if (wanted?.source.kind === "slurm" && performance.now() - asked >= askMs) {
      jobs = yield* jobsOf(plan.id)
      asked = performance.now()
    }
    const { done, failed, workers } = standing
    const text = JSON.stringify([done, failed, workers.map(({ id }) => id), jobs.length])
    if (text !== told) tell(standing, jobs)
    told = text
    if (isOver(standing) || wanted?.state === "ended") {
      if (wanted !== undefined) writeWanted(run, { ...wanted, state: "ended" })
      // Jobs whose turn it never was have nothing to do any more.
      if (wanted?.source.kind === "slurm") yield* Effect.ignore(cancelJobs(plan.id, "waiting"))
      return { standing, ended: "over" } satisfies Followed as Followed
    }
    if (wanted?.state !== "running")
      return { standing, ended: wanted?.state ?? "cancelled" } satisfies Followed as Followed
    if (workers.length + jobs.length > 0) deserted = undefined
    else deserted ??= performance.now()
    // Twice what `squeue` takes to be asked again, and a worker to begin.
    if (deserted !== undefined && performance.now() - deserted > 2 * askMs) {
      restarts = { count: done > restarts.done ? 1 : restarts.count + 1, done }
      if (restarts.count > RESTARTS) return yield* new NoWorkers({ run, said: lastWords(run) })
      const started = yield* startWorkers(run, plan, wanted.source, wanted.workers)
      notice(`no worker was left: started ${started}`)
      deserted = undefined
    }
    yield* Effect.sleep(plan.lease / LOOKS)
  }
})

/** The last line that a worker has written. */
export function lastWords(run: string): string {
  const { logs } = places(run)
  try {
    const files = readdirSync(logs).filter((name) => name.endsWith(".out"))
    const lines = files.flatMap((name) => readFileSync(join(logs, name), "utf8").trim().split("\n").at(-1) ?? [])
    return (lines.filter((line) => line !== "").at(-1) ?? "").slice(0, 500)
  } catch {
    return ""
  }
}

/** Has a run stop, for good or for a while: workers end, with their checkpoints kept; jobs that wait go. */
export const stopRun = Effect.fn("stopRun")(function* (
  run: string,
  plan: RunPlan,
  wanted: Wanted,
  state: "paused" | "cancelled"
) {
  writeWanted(run, { ...wanted, state })
  if (wanted.source.kind === "slurm") yield* cancelJobs(plan.id, state === "cancelled" ? "all" : "waiting")
})

/**
 * Has a run go on with so many workers: more are started; those that are too many end after what they are doing, the ones
 * that wait before the others. Gives what was started, in words.
 */
export const setWorkers = Effect.fn("setWorkers")(function* (
  run: string,
  plan: RunPlan,
  wanted: Wanted,
  count: number
) {
  const alive = readWorkers(run).filter(watchWorkers(run, plan.lease).isAlive)
  const goOn = { ...wanted, state: "running", workers: count, leave: [] } as const
  if (wanted.source.kind === "ssh") {
    const { hosts } = wanted.source
    const free = hosts.filter((host) => !alive.some(({ id }) => id === idOn(host)))
    writeWanted(run, { ...goOn, leave: alive.slice(count).map(({ id }) => id) })
    if (count <= alive.length) return undefined
    return yield* startWorkers(run, plan, { kind: "ssh", hosts: free }, count - alive.length)
  }
  const jobs = yield* jobsOf(plan.id)
  const waiting = jobs.filter(({ state }) => state === "PENDING").slice(0, Math.max(0, jobs.length - count))
  if (waiting.length > 0) yield* cancelSome(waiting.map(({ id }) => id))
  const surplus = Math.max(0, jobs.length - waiting.length - count)
  writeWanted(run, { ...goOn, leave: alive.slice(0, surplus).map(({ id }) => id) })
  if (count <= jobs.length) return undefined
  return yield* startWorkers(run, plan, wanted.source, count - jobs.length)
})
