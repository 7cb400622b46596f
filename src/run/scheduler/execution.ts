/**
 * A plan under execution: what the parts of the scheduler share. One loop (scheduler.ts) owns it, and its parts change it
 * one after another, never at once:
 *
 *     start   chooses among the ready nodes what fits into the free slots
 *     prepare asks the remote for their results, and brings what they read from there
 *     claim   takes their leases; sorts out what other processes have made or are making
 *     launch  hands them to the executor, whose answers come into the mailbox
 *     commit  keeps what is done, and only then tells of it
 *     retry   tries again, or fails, whatever was answered otherwise
 *     settle  follows what all this means for other nodes, and publishes
 */
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { Artifacts } from "../../cache/artifacts.ts"
import type { CacheWriteError } from "../../cache/errors.ts"
import { Failures } from "../../cache/failures.ts"
import { CacheFolder } from "../../cache/folder.ts"
import { Leases } from "../../cache/leases.ts"
import { Paces } from "../../cache/paces.ts"
import { Published } from "../../cache/published.ts"
import { Remote } from "../../cache/remote/remote.ts"
import { Sources } from "../../cache/sources.ts"
import type { DiskFull } from "../../cache/space.ts"
import { Traces } from "../../cache/traces.ts"
import type { Knowledge, Plan } from "../../graph/plan.ts"
import { type Batches, makeBatches } from "../batches.ts"
import type { Budget } from "../budget.ts"
import { type FreshCheckpoints, openFreshCheckpoints } from "../checkpoints.ts"
import type { Listener } from "../events.ts"
import { Executor, type WorkerLost } from "../executor.ts"
import type { Others } from "../others.ts"
import { criticalPaths, type PaceOf } from "../predict.ts"
import { makeRunState, type Ready, type RunState } from "../state.ts"
import type { Answer } from "../task.ts"
import { type Attempts, makeAttempts, makeStops, type Stops } from "./attempts.ts"

export interface ExecuteOptions {
  readonly project: string // absolute path
  readonly knowledge: Knowledge
  /** Nodes that run though their outputs are known. */
  readonly forced: ReadonlySet<number>
  readonly listen: Listener
  /** Start nothing more after the first failure. */
  readonly failFast: boolean
  /** A stage that fails so often in the same way starts nothing more. */
  readonly maxFailures?: number
  readonly budget?: Budget
  /** Other machines that do the same plan. */
  readonly others?: Others
}

export interface Failed {
  readonly name: string
  readonly message: string
  readonly log: string // absolute path
}

/** The remote was asked about a node that is to start; with what kept this cache from taking what it gave. */
export interface Prepared {
  readonly type: "prepared"
  readonly problem?: Cause.Cause<DiskFull | CacheWriteError>
}

/** How a started node ended, as it comes into the mailbox. */
export interface Message {
  readonly ready: Ready
  /** It was computed in a group. */
  readonly grouped: boolean
  readonly answer: Answer | WorkerLost | Prepared
}

export interface Execution {
  readonly plan: Plan
  readonly options: ExecuteOptions
  readonly place: CacheFolder["Service"]
  readonly traces: Traces["Service"]
  readonly artifacts: Artifacts["Service"]
  readonly remote: Remote["Service"]
  readonly failures: Failures["Service"]
  readonly sources: Sources["Service"]
  readonly published: Published["Service"]
  readonly leases: Leases["Service"]
  readonly pace: PaceOf
  readonly executor: Executor["Service"]
  readonly state: RunState
  readonly budget: Budget | undefined
  readonly batches: Batches
  /** Checkpoints of forced nodes. */
  readonly fresh: FreshCheckpoints
  readonly mailbox: Queue.Queue<Message>
  /** Nodes at work here, by index. */
  readonly running: Map<number, Ready>
  /** Nodes about which the remote is being asked, by index. */
  readonly preparing: Set<number>
  /** Nodes that another process is computing, by index. */
  readonly elsewhere: Map<number, Ready>
  readonly attempts: {
    /** Nodes whose worker was killed or that failed in a group, by name: they are tried once more, alone. */
    readonly nodes: Attempts
    /** Damaged inputs, by node and digest. */
    readonly inputs: Attempts
    /** Damaged artifacts that were to be published, by digest. */
    readonly published: Attempts
  }
  /** Has what needs a node go before all else. */
  readonly goOn: (index: number) => void
  readonly stops: Stops
  readonly failed: Array<Failed>
  readonly count: { executed: number; reused: number; skipped: number }
  /** After a failure under --fail-fast: nothing more is started. */
  stopping: boolean
}

/** An artifact that keeps getting lost is not made again for ever. */
const REMAKES = 3

/** Seconds that no critical path has. */
const FIRST = 1e12

export const makeExecution = Effect.fnUntraced(function* (plan: Plan, options: ExecuteOptions) {
  const place = yield* CacheFolder
  const { of: pace } = yield* Paces
  const executor = yield* Executor
  const { graph } = plan
  const { budget } = options
  const { others } = options
  const paths = criticalPaths(graph, plan.runs, pace)
  if (others !== undefined) for (const index of plan.runs) paths[index] = others.rank(graph.nodes[index], paths[index])
  const state = makeRunState(plan, options.knowledge, options.forced, paths, budget?.waiting)
  const nodes = makeAttempts(1)
  const fresh = openFreshCheckpoints(place.folder, options.forced)
  yield* Effect.addFinalizer(() => Effect.sync(fresh.close))
  const execution: Execution = {
    plan,
    options,
    place,
    traces: yield* Traces,
    artifacts: yield* Artifacts,
    remote: yield* Remote.here,
    failures: yield* Failures,
    sources: yield* Sources,
    published: yield* Published,
    leases: yield* Leases,
    pace,
    executor,
    state,
    budget,
    batches: makeBatches({ graph, state, paceOf: pace, isAlone: ({ name }) => nodes.were(name) }),
    fresh,
    mailbox: yield* Queue.unbounded<Message>(),
    running: new Map(),
    preparing: new Set(),
    elsewhere: new Map(),
    attempts: { nodes, inputs: makeAttempts(REMAKES), published: makeAttempts(REMAKES) },
    goOn: (index) => {
      for (const next of graph.dependents[index]) paths[next] += FIRST
    },
    stops: makeStops(options.maxFailures),
    failed: [],
    count: {
      executed: 0,
      reused: plan.selection.filter((index) => plan.decisions[index]?.action === "reuse").length,
      skipped: 0
    },
    stopping: false
  }
  return execution
})
