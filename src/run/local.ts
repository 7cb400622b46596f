/** The executor of this machine: it runs tasks in worker processes (pool.ts), each with its log. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { CacheFolder } from "../cache/folder.ts"
import type { Progress } from "../graph/compute.ts"
import { Executor, type Work, WorkerLost } from "./executor.ts"
import type { Gpus } from "./gpus.ts"
import { append, startLog } from "./logs.ts"
import { makePool, type Pool, stop } from "./pool.ts"
import { type FromWorker, isAnswer, type Task } from "./task.ts"
import { type Hints, logOf, type Workplace } from "./workplace.ts"

/** Logs that can be written; of others it is said that they cannot. */
function startLogs(
  tasks: ReadonlyArray<Task>,
  workplace: Workplace,
  tell: (message: FromWorker) => void
): ReadonlyArray<string> {
  return tasks.flatMap((one, task) => {
    const log = logOf(workplace, one)
    const problem = startLog(workplace.cache, log)
    if (problem === undefined) return [log]
    tell({ type: "notice", task, message: `its log ${log} cannot be written (${problem}); it goes on without` })
    return []
  })
}

/** Of a task that tells how far it is more often than so many times, a line a second is kept. */
const LINES = 1000
const lastNoted = new WeakMap<Task, number>()

/** How far a node is stands in its log too, as it goes: `epoch 3/100, loss 0.1234`. */
function noteProgress(log: string, task: Task, { done, total, unit, message }: Progress): void {
  const now = performance.now()
  if (total > LINES && done < total && now - (lastNoted.get(task) ?? Number.NEGATIVE_INFINITY) < 1000) return
  lastNoted.set(task, now)
  append(log, `${unit} ${done}/${total}${message === undefined ? "" : `, ${message}`}\n`)
}

/** What the pool may take of the machine, and what it computes for. */
export interface LocalOptions {
  readonly slots: number
  readonly gpus: Gpus
  readonly project: string // absolute path
  readonly hints: Hints
  /** Where checkpoints and logs go, if not into the cache: where other machines see them. */
  readonly shared?: Pick<Workplace, "states" | "logs" | "hurry">
}

export const localExecutor = ({ slots, gpus, project, hints, shared }: LocalOptions) =>
  Layer.effect(
    Executor,
    Effect.gen(function* () {
      const { folder: cache, logs } = yield* CacheFolder
      const here: Workplace = { project, cache, logs, hints, ...shared }
      const pool = yield* makePool(here)
      let free = slots
      return Executor.of({
        slots,
        here,
        room: () => ({ slots: free, gpus: gpus.free() }),
        start: (work) =>
          Effect.sync(() => {
            free -= work.slots
            const gpu = work.gpu ? gpus.take() : undefined
            let isTaken = true
            const giveBack = () => {
              if (!isTaken) return
              isTaken = false
              free += work.slots
              if (gpu !== undefined) gpus.give(gpu)
            }
            return runOn(pool, work, gpu, here, giveBack)
          })
      })
    })
  )

/** Computes on a worker of the pool, and tells how it goes. `giveBack`: its room, before the last answer is told. */
const runOn = (pool: Pool, { tasks }: Work, gpu: string | undefined, workplace: Workplace, giveBack: () => void) =>
  Stream.callback<FromWorker, WorkerLost>((said) =>
    Effect.acquireRelease(
      Effect.sync(() => {
        const tell = (message: FromWorker) => void Queue.offerUnsafe(said, message)
        const worker = pool.take(gpu)
        const child = worker.process
        const logs = startLogs(tasks, workplace, tell)
        worker.logs = logs
        let open = tasks.length
        // Together they may take as long as one after another.
        const timeout = tasks.reduce((sum, { timeout = Number.POSITIVE_INFINITY }) => sum + timeout, 0)
        let timedOut = false
        const timer =
          timeout === Number.POSITIVE_INFINITY
            ? undefined
            : setTimeout(() => {
                timedOut = true
                stop(worker)
              }, timeout * 1000)
        let isOver = false
        const finish = () => {
          isOver = true
          clearTimeout(timer)
          child.off("message", onMessage)
          child.off("close", onClose)
        }
        const onMessage = (message: FromWorker) => {
          if (message.type === "progress")
            noteProgress(logOf(workplace, tasks[message.task]), tasks[message.task], message)
          if (!isAnswer(message) || --open > 0) return tell(message)
          finish()
          // What it wrote before it answered has arrived by now, and is read within a round of the event loop: its last
          // words belong into this log, not the next.
          setImmediate(setImmediate, () => {
            pool.rest(worker)
            giveBack()
            tell(message)
            Queue.endUnsafe(said)
          })
        }
        // "close" comes after "exit", when all that the process wrote has been read.
        const onClose = (exitCode: number | null, signal: string | null) => {
          finish()
          giveBack()
          const { problem } = worker
          Queue.failCauseUnsafe(
            said,
            Cause.fail(new WorkerLost({ exitCode, signal, timeout: timedOut ? timeout : null, problem }))
          )
        }
        child.on("message", onMessage)
        child.once("close", onClose)
        try {
          child.send([...tasks])
        } catch (error) {
          finish()
          stop(worker)
          throw error
        }
        return () => {
          if (isOver) return
          finish()
          stop(worker)
          giveBack()
        }
      }),
      (end) => Effect.sync(end)
    ).pipe(
      // What goes wrong where it is started ends the stream: else nobody would hear of it.
      Effect.catchCause((cause) =>
        Effect.sync(() => {
          giveBack()
          Queue.failCauseUnsafe(said, cause)
        })
      )
    )
  )
