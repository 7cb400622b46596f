/**
 * A worker's place among the others of its run: it tells that it lives and what it does, claims nodes, and learns what is
 * wanted of it. All by files of the run's folder; nobody has to answer, so whoever began the run may be gone.
 */
import { hostname } from "node:os"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Schedule from "effect/Schedule"
import { problemOf } from "../cache/errors.ts"
import type { Progress } from "../graph/compute.ts"
import type { Graph } from "../graph/graph.ts"
import type { Listener, RunEvent } from "../run/events.ts"
import type { Others } from "../run/others.ts"
import { type Claims, makeBook, openClaims } from "./claims.ts"
import { makeOthers, quietly } from "./others.ts"
import { places } from "./places.ts"
import { type RunPlan, RunUnwritable, readWanted } from "./plan.ts"
import { holderName, readWorker, type WorkerNote, watchWorkers, writeWorker } from "./workers.ts"

/** Beats in the time of a lease: some may be late, or be seen late. */
export const BEATS = 6

/** So long a worker that is to end waits for states to be kept. */
const STEP_MS = 30_000

export interface Member {
  readonly others: Others
  /** Keeps what this worker tells of itself. */
  readonly listen: Listener
  /** Why it is to end at once, when it is. */
  readonly leaving: Effect.Effect<string>
  /** Waits, a while, until all that is computed here has come on by two steps: then its states are kept. */
  readonly stepped: Effect.Effect<void>
  /** Ends when all that was made is in the shared store. */
  readonly settled: Effect.Effect<void>
  readonly claims: Claims
}

export interface JoinOptions {
  readonly run: string // the run's folder
  readonly plan: RunPlan
  readonly id: string
  readonly slots: number
  readonly graph: Graph
  /** The nodes that workers compute. */
  readonly share: ReadonlyArray<number>
  /** Brings what was made under a key to the shared store; ends when it is there. */
  readonly bring: (key: string) => Effect.Effect<boolean>
}

/** Joins a run, until the scope ends. Fails where the run's folder cannot be written. */
export const joinRun = Effect.fn("joinRun")(function* (options: JoinOptions) {
  const { run, plan, id, slots, graph, share } = options
  let note: WorkerNote = {
    id,
    life: (readWorker(run, id)?.life ?? -1) + 1,
    beat: 0,
    host: hostname(),
    pid: process.pid,
    slots,
    since: new Date().toISOString(),
    done: 0,
    failed: 0,
    doing: [],
    ended: null
  }
  const doing = new Map<string, { readonly since: number; steps: number; progress?: Progress }>()
  const leaving = yield* Deferred.make<string>()
  let isSurplus = false
  const beat = (ended: string | null = null) => {
    const seconds = (since: number) => Math.round((performance.now() - since) / 1000)
    note = {
      ...note,
      beat: note.beat + 1,
      ended,
      doing: [...doing].map(([name, { since, progress }]) => ({
        name,
        seconds: seconds(since),
        ...(progress !== undefined && { progress })
      }))
    }
    writeWorker(run, note)
  }
  yield* Effect.try({ try: () => beat(), catch: (error) => new RunUnwritable({ run, problem: problemOf(error) }) })
  yield* Effect.addFinalizer((exit) =>
    Effect.sync(() => quietly(() => beat(exit._tag === "Success" ? "done" : "stopped")))
  )
  const watch = watchWorkers(run, plan.lease)
  const book = makeBook(share.map((index) => graph.nodes[index].name))
  const claims = openClaims(places(run).round(plan), holderName(note), watch, book)
  claims.look()
  // A file system that fails for a while is no reason to end; after the lease's time others go on with the work.
  yield* Effect.sync(() => quietly(() => beat())).pipe(
    Effect.andThen(
      Effect.sync(() => {
        const why = whyLeave(run, id)
        isSurplus = why === "surplus"
        if (why !== undefined && !isSurplus) Deferred.doneUnsafe(leaving, Effect.succeed(why))
      })
    ),
    Effect.repeat(Schedule.spaced(plan.lease / BEATS)),
    Effect.forkScoped
  )
  const listen = (event: RunEvent) => {
    if (event.type === "start") doing.set(event.name, { since: performance.now(), steps: 0 })
    if (event.type === "progress") {
      const { name, unit, done, total, message } = event
      const one = doing.get(name)
      if (one === undefined) return
      one.steps++
      one.progress = { done, total, unit, ...(message !== undefined && { message }) }
    }
    if (event.type === "done" || event.type === "failed" || event.type === "reused") doing.delete(event.name)
    if (event.type === "done") note = { ...note, done: note.done + 1 }
    if (event.type === "failed") note = { ...note, failed: note.failed + 1 }
  }
  const ways = yield* FiberSet.make<void>()
  const bringing = (key: string) =>
    Effect.repeat(options.bring(key), {
      until: (isThere) => isThere,
      schedule: Schedule.spaced(plan.lease / BEATS)
    })
  const underWay = yield* FiberSet.runtime(ways)<never>()
  return {
    others: makeOthers({
      graph,
      share,
      claims,
      leaseMs: plan.lease,
      holder: holderName(note),
      isLeaving: () => isSurplus,
      made: (place, key) => void underWay(Effect.map(bringing(key), () => quietly(() => claims.done(place))))
    }),
    listen,
    leaving: Deferred.await(leaving),
    stepped: Effect.gen(function* () {
      const before = new Map([...doing].map(([name, { steps }]) => [name, steps]))
      const until = performance.now() + STEP_MS
      const isOpen = () => [...doing].some(([name, { steps }]) => steps < (before.get(name) ?? steps) + 2)
      while (isOpen() && performance.now() < until) yield* Effect.sleep(100)
    }),
    settled: FiberSet.awaitEmpty(ways),
    claims
  } satisfies Member as Member
})

/** Why a worker is to end, `surplus` after what it is doing; undefined where it is not. */
function whyLeave(run: string, id: string): string | undefined {
  try {
    const wanted = readWanted(run)
    if (wanted === undefined) return undefined
    if (wanted.state !== "running") return wanted.state
    return wanted.leave.includes(id) ? "surplus" : undefined
  } catch {
    return undefined
  }
}
