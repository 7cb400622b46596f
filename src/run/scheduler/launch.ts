/** Handing nodes to the executor, and their answers to the mailbox. */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import type { Node } from "../../graph/graph.ts"
import { answerTo } from "../compute.ts"
import { runTasks } from "../group.ts"
import type { Ready } from "../state.ts"
import type { FromWorker } from "../task.ts"
import { checkpointsOf, taskOf } from "../task-of.ts"
import type { Execution } from "./execution.ts"

/** As many slots as a node may use. */
export const slotsOf = ({ executor }: Execution, { stage, parameters }: Node): number =>
  Math.min(stage.slots?.(parameters) ?? 1, executor.slots)

/** Of those, the ones that nobody else has meanwhile: in-process stages take none from the workers. */
export const takenBy = ({ stage }: Node, slots: number): number => (stage.inline ? 0 : slots)

export const usesGpu = ({ stage, parameters }: Node): boolean => stage.gpu?.(parameters) ?? false

/** Starts a node, or a group that is computed together, on so many slots. In-process stages have run when it returns. */
export const launch = Effect.fnUntraced(function* (execution: Execution, group: ReadonlyArray<Ready>, slots: number) {
  const { plan, artifacts, executor, mailbox, fresh } = execution
  const { project, listen } = execution.options
  const [{ node: first }] = group
  for (const ready of group) noteStart(execution, ready)
  const setting = { graph: plan.graph, artifacts, project, threads: slots, fresh }
  const tasks = group.map((ready) => taskOf(ready, setting))
  const grouped = group.length > 1
  const unanswered = new Set(group)
  const tell = ({ task, ...report }: FromWorker) => {
    const ready = group[task]
    const { name } = ready.node
    if (report.type === "progress") {
      const { done, total, unit, message } = report
      return listen({ type: "progress", name, done, total, unit, ...(message && { message }) })
    }
    if (report.type === "notice") return listen({ type: "notice", message: `${name}: ${report.message}` })
    unanswered.delete(ready)
    Queue.offerUnsafe(mailbox, { ready, grouped, answer: report })
  }
  if (first.stage.inline) return yield* Effect.promise(() => runTasks(tasks, executor.here, tell))
  const said = yield* executor.start({ tasks, slots, gpu: usesGpu(first) })
  return yield* Effect.forkScoped(
    Stream.runForEach(said, (message) => Effect.sync(() => tell(message))).pipe(
      Effect.catchDefect((defect) => Effect.succeed(answerTo(defect, executor.here.cache))),
      Effect.catchTag("WorkerLost", Effect.succeed),
      Effect.map((answer) => {
        if (answer === undefined) return
        for (const ready of unanswered) Queue.offerUnsafe(mailbox, { ready, grouped, answer })
      })
    )
  )
})

function noteStart({ running, budget, fresh, options }: Execution, ready: Ready): void {
  const { index, name, stage } = ready.node
  const { key, cause, reason, parts } = ready.decision
  running.set(index, ready)
  budget?.start(index)
  // The states of a forced node lie elsewhere than those that `get` would look for.
  const own = options.forced.has(index) ? checkpointsOf(ready.node, parts, fresh) : undefined
  options.listen({ type: "start", name, stage: stage.name, key, cause, reason, ...(own && { family: own.family }) })
}
