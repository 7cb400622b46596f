/** Handing nodes to the executor, and their answers to the mailbox. */
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import type { Node } from "../../graph/graph.ts"
import { answerTo } from "../compute.ts"
import { runTasks } from "../group.ts"
import type { Ready } from "../state.ts"
import type { FromWorker } from "../task.ts"
import { checkpointsOf, taskOf } from "../task-of.ts"
import type { Execution } from "./execution.ts"

/** As many slots as a node may use. */
export const slotsOf = ({ executor }: Execution, { stage, parameters }: Node): number =>
  Math.min(stage.slots?.(parameters as never) ?? 1, executor.slots)

/** Of those, the ones that nobody else has meanwhile: in-process stages take none from the workers. */
export const takenBy = ({ stage }: Node, slots: number): number => (stage.inline ? 0 : slots)

export const usesGpu = ({ stage, parameters }: Node): boolean => stage.gpu?.(parameters as never) ?? false

/** Starts a node, or a group that is computed together, on so many slots. In-process stages have run when it returns. */
export const launch = Effect.fnUntraced(function* (execution: Execution, group: ReadonlyArray<Ready>, slots: number) {
  const { plan, place, artifacts, executor, mailbox, fresh } = execution
  const { project, gpus, hints = {}, listen } = execution.options
  const [{ node: first }] = group
  for (const ready of group) noteStart(execution, ready)
  const gpu = usesGpu(first) ? gpus.take() : undefined
  const tasks = group.map((ready) =>
    taskOf(ready, { graph: plan.graph, artifacts, place, project, slots, gpu, hints, fresh })
  )
  const grouped = group.length > 1
  const unanswered = new Set(group)
  const release = () => {
    if (gpu !== undefined) gpus.give(gpu)
    execution.freeSlots += takenBy(first, slots)
  }
  const tell = ({ task, ...report }: FromWorker) => {
    const ready = group[task]
    const { name } = ready.node
    if (report.type === "progress") {
      const { done, total, unit, message } = report
      return listen({ type: "progress", name, done, total, unit, ...(message && { message }) })
    }
    if (report.type === "notice") return listen({ type: "notice", message: `${name}: ${report.message}` })
    unanswered.delete(ready)
    if (unanswered.size === 0) release()
    Queue.offerUnsafe(mailbox, { ready, grouped, answer: report })
  }
  execution.freeSlots -= takenBy(first, slots)
  if (first.stage.inline) return yield* Effect.promise(() => runTasks(tasks, tell))
  return yield* Effect.forkScoped(
    executor.run(tasks, tell).pipe(
      Effect.catchDefect((defect) => Effect.succeed(answerTo(defect, place.folder))),
      Effect.catchTag("WorkerLost", Effect.succeed),
      Effect.map((answer) => {
        if (answer === undefined || unanswered.size === 0) return
        release()
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
