/**
 * The scheduler: runs what a plan says, as much at once as there are slots, longest critical path first.
 *
 * One loop owns all state (execution.ts names the parts). Tasks run elsewhere and report into its mailbox; whatever has
 * finished meanwhile is committed together, and only what is committed is announced. Interrupting it stops the workers;
 * what was committed stays.
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import type { Plan } from "../../graph/plan.ts"
import type { Limit } from "../budget.ts"
import { wouldGoOn } from "../checkpoints.ts"
import { predictAll } from "../predict.ts"
import { checkpointsOf } from "../task-of.ts"
import { statesAt } from "../workplace.ts"
import { claimFromElsewhere, makeTellOfWaiting } from "./claim.ts"
import { handle } from "./commit.ts"
import { type ExecuteOptions, type Execution, type Failed, makeExecution } from "./execution.ts"
import { announce, publishNode } from "./settle.ts"
import { startReady } from "./start.ts"

export interface Summary {
  readonly executed: number
  readonly reused: number
  readonly failed: ReadonlyArray<Failed>
  readonly skipped: number
  /** Portions that the budget left for another time. */
  readonly left: number
  /** What of the budget is not spent; undefined where there was none. */
  readonly rest: Limit | undefined
}

/** How often other runs' results are looked for while they compute what this one needs. */
const POLL_MS = 200

/**
 * Executes a plan with the cache's services (cache.ts) and `Executor`, and tells of everything that happens as events
 * (`options.listen`). A node that fails is in the summary; the effect itself fails where going on makes no sense: the
 * disk is full (`DiskFull`), the cache or a published folder cannot be written (`CacheWriteError`, `PublishError`).
 */
export const execute = Effect.fn("execute")(function* (plan: Plan, options: ExecuteOptions) {
  const execution = yield* makeExecution(plan, options)
  yield* Effect.addFinalizer((exit) =>
    Effect.sync(() => {
      if (Exit.isFailure(exit) && Cause.hasInterruptsOnly(exit.cause)) tellOfInterruption(execution)
    })
  )
  yield* begin(execution)
  yield* work(execution)
  return yield* end(execution)
}, Effect.scoped)

const begin = Effect.fnUntraced(function* (execution: Execution) {
  const { plan, place, pace, state, count } = execution
  const { graph, runs } = plan
  if (runs.length > 0) place.hold(reusedDigests(plan))
  const seconds = predictAll(graph, runs, pace)
  execution.options.listen({ type: "plan", run: runs.length, reused: count.reused, seconds })
  for (const index of plan.selection) {
    yield* publishNode(execution, graph.nodes[index])
  }
  yield* announce(execution, state.first)
})

/** The loop: starts what can start, and waits for answers, until nothing is left. */
const work = Effect.fnUntraced(function* (execution: Execution) {
  const { state, budget, mailbox, running, preparing, elsewhere, executor } = execution
  const { others } = execution.options
  // Whoever has no slot left does not ask other machines what they do.
  const isBusy = () =>
    running.size + preparing.size > 0 && (elsewhere.size === 0 || (others !== undefined && executor.room().slots === 0))
  const tellOfWaiting = makeTellOfWaiting(execution)
  let gaveUp = false
  while (true) {
    yield* startReady(execution)
    const messages = yield* Queue.clear(mailbox)
    if (messages.length > 0) yield* handle(execution, messages)
    else if (isBusy()) yield* handle(execution, yield* Queue.takeAll(mailbox))
    else if (running.size === 0 && (execution.stopping || others?.isOver())) return
    else if (elsewhere.size > 0) {
      if (running.size === 0) tellOfWaiting()
      yield* Effect.race(Queue.peek(mailbox), Effect.sleep(others?.pollMs() ?? POLL_MS))
      yield* claimFromElsewhere(execution)
    } else if (state.peek() === undefined) {
      if (budget === undefined || gaveUp) return
      // What the budget leaves is missing where results are collected; those come last.
      gaveUp = true
      yield* announce(execution, state.giveUpRest())
    }
  }
})

const end = Effect.fnUntraced(function* (execution: Execution) {
  const { plan, state, budget, failed, count, stopping } = execution
  yield* announce(execution, state.spared())
  const unsettled = plan.selection.filter((index) => state.settled(index) === undefined).length
  const { executed, reused } = count
  const skipped = count.skipped + (stopping ? unsettled : 0)
  return { executed, reused, failed, skipped, left: budget?.left() ?? 0, rest: budget?.rest() } satisfies Summary
})

function tellOfInterruption({ plan, state, executor, running, fresh, count, options }: Execution): void {
  const open = plan.runs.filter((index) => state.settled(index) === undefined).length
  const goOn = [...running.values()].filter(({ node, decision: { parts } }) => {
    const states = options.forced.has(node.index) ? undefined : checkpointsOf(node, parts, fresh)
    return states !== undefined && wouldGoOn(statesAt(executor.here), states)
  }).length
  options.listen({ type: "interrupted", finished: count.executed, goOn, left: open - goOn })
}

function* reusedDigests({ decisions }: Plan) {
  for (const decision of decisions) {
    if (decision?.action === "reuse") for (const name in decision.outputs) yield decision.outputs[name].digest
  }
}
