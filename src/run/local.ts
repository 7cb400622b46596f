/**
 * The worker pool of this machine: one child process a slot, started when needed, kept for the next task. A task that
 * crashes or is killed takes its worker along and nothing else.
 */
import { type ChildProcess, fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { problemOf } from "../cache/errors.ts"
import type { Progress } from "../graph/compute.ts"
import { fromBundle } from "../start/script.ts"
import { Executor, WorkerLost } from "./executor.ts"
import { environmentOf } from "./gpus.ts"
import { append, startLog } from "./logs.ts"
import { type FromWorker, isAnswer, type Task } from "./task.ts"
import { startWatchdog, type Watchdog } from "./watchdog.ts"

interface PoolWorker {
  readonly process: ChildProcess
  readonly gpu: string | undefined
  logs: ReadonlyArray<string> // of the nodes that it computes
  problem: string | null // why it could not be started
}

/** Workers lead process groups of their own: Ctrl-C reaches the scheduler alone, and their children end with them. */
function start(gpu: string | undefined): PoolWorker {
  const child = fork(fileURLToPath(new URL("./worker.ts", import.meta.url)), [String(process.pid)], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    serialization: "advanced",
    detached: true,
    env: { ...process.env, ...environmentOf(gpu) },
    execArgv: [...fromBundle]
  })
  const worker: PoolWorker = { process: child, gpu, logs: [], problem: null }
  const note = (chunk: Buffer) => worker.logs.forEach((log) => append(log, chunk))
  child.stdout?.on("data", note)
  child.stderr?.on("data", note)
  // Writing to one that has just died is no error of ours: its end is what counts.
  child.on("error", (error) => {
    if (child.pid === undefined) worker.problem = problemOf(error)
  })
  // However it ends, what it started ends with it; only then are its outputs closed.
  child.on("exit", () => stop(worker))
  return worker
}

function stop({ process: child }: PoolWorker): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, "SIGKILL")
  } catch {
    child.kill("SIGKILL")
  }
}

/** Logs that can be written; of others it is said that they cannot. */
function startLogs(tasks: ReadonlyArray<Task>, tell: (message: FromWorker) => void): ReadonlyArray<string> {
  return tasks.flatMap(({ cache, log }, task) => {
    const problem = startLog(cache, log)
    if (problem === undefined) return [log]
    tell({ type: "notice", task, message: `its log ${log} cannot be written (${problem}); it goes on without` })
    return []
  })
}

/** Of a task that tells how far it is more often than so many times, a line a second is kept. */
const LINES = 1000
const lastNoted = new WeakMap<Task, number>()

/** How far a node is stands in its log too, as it goes: `epoch 3/100, loss 0.1234`. */
function noteProgress(task: Task, { done, total, unit, message }: Progress): void {
  const now = performance.now()
  if (total > LINES && done < total && now - (lastNoted.get(task) ?? Number.NEGATIVE_INFINITY) < 1000) return
  lastNoted.set(task, now)
  append(task.log, `${unit} ${done}/${total}${message === undefined ? "" : `, ${message}`}\n`)
}

export const localExecutor = (slots: number) =>
  Layer.effect(
    Executor,
    Effect.gen(function* () {
      const all = new Set<PoolWorker>()
      /** By the GPU that they see: a library that has started keeps to its own. */
      const idle = new Map<string | undefined, Array<PoolWorker>>()
      let watchdog: Watchdog | undefined
      const watch = () => watchdog?.watch([...all].flatMap(({ process: { pid } }) => pid ?? []))
      yield* Effect.addFinalizer(() =>
        Effect.sync(() => {
          all.forEach(stop)
          watchdog?.watch([])
        })
      )

      const take = (gpu: string | undefined): PoolWorker => {
        const waiting = idle.get(gpu) ?? []
        for (let worker = waiting.pop(); worker !== undefined; worker = waiting.pop()) {
          const { connected, exitCode, signalCode } = worker.process
          if (connected && exitCode === null && signalCode === null) return worker
        }
        const worker = start(gpu)
        all.add(worker)
        watchdog ??= startWatchdog()
        watch()
        worker.process.once("exit", () => {
          all.delete(worker)
          watch()
        })
        return worker
      }

      const run: Executor["Service"]["run"] = (tasks: ReadonlyArray<Task>, tell) =>
        Effect.callback((resume) => {
          const worker = take(tasks[0].gpu)
          const child = worker.process
          worker.logs = startLogs(tasks, tell)
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
          const finish = () => {
            clearTimeout(timer)
            child.off("message", onMessage)
            child.off("close", onClose)
          }
          const onMessage = (message: FromWorker) => {
            if (message.type === "progress") noteProgress(tasks[message.task], message)
            if (!isAnswer(message) || --open > 0) return tell(message)
            finish()
            // What it wrote before it answered has arrived by now, and is read within a round of the event loop: its
            // last words belong into this log, not the next.
            setImmediate(setImmediate, () => {
              idle.set(worker.gpu, [...(idle.get(worker.gpu) ?? []), worker])
              tell(message)
              resume(Effect.void)
            })
          }
          // "close" comes after "exit", when all that the process wrote has been read.
          const onClose = (exitCode: number | null, signal: string | null) => {
            finish()
            resume(
              Effect.fail(
                new WorkerLost({ exitCode, signal, timeout: timedOut ? timeout : null, problem: worker.problem })
              )
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
          return Effect.sync(() => {
            finish()
            stop(worker)
          })
        })
      return Executor.of({ slots, run })
    })
  )
