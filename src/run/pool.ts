/**
 * Worker processes: one a slot at most, started when needed, kept for the next task. One that crashes or is killed takes
 * what it computes along and nothing else.
 */
import { type ChildProcess, fork } from "node:child_process"
import { availableParallelism } from "node:os"
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import { problemOf } from "../cache/errors.ts"
import { fromBundle } from "../start/script.ts"
import { environmentOf } from "./gpus.ts"
import { append } from "./logs.ts"
import { startWatchdog, type Watchdog } from "./watchdog.ts"
import type { Workplace } from "./workplace.ts"

export interface PoolWorker {
  readonly process: ChildProcess
  readonly gpu: string | undefined
  logs: ReadonlyArray<string> // of the nodes that it computes
  problem: string | null // why it could not be started
}

/** Threads of Node's own pool, on which pictures are decoded: four if nothing is said, whatever the machine has. */
const THREADS = String(Math.max(4, availableParallelism()))

/** Workers lead process groups of their own: Ctrl-C reaches the scheduler alone, and their children end with them. */
function start(gpu: string | undefined, workplace: Workplace): PoolWorker {
  const script = fileURLToPath(new URL("./worker.ts", import.meta.url))
  const child = fork(script, [String(process.pid), JSON.stringify(workplace)], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    serialization: "advanced",
    detached: true,
    env: { UV_THREADPOOL_SIZE: THREADS, ...process.env, ...environmentOf(gpu) },
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

/** Ends it, with all that it has started. */
export function stop({ process: child }: PoolWorker): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, "SIGKILL")
  } catch {
    child.kill("SIGKILL")
  }
}

export interface Pool {
  /** One that has nothing to do, or a new one, that sees this GPU alone. */
  readonly take: (gpu: string | undefined) => PoolWorker
  /** It has nothing to do any more. */
  readonly rest: (worker: PoolWorker) => void
}

/** All workers end with the scope. */
export const makePool = Effect.fnUntraced(function* (workplace: Workplace) {
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
  const pool: Pool = {
    take(gpu) {
      const waiting = idle.get(gpu) ?? []
      for (let worker = waiting.pop(); worker !== undefined; worker = waiting.pop()) {
        const { connected, exitCode, signalCode } = worker.process
        if (connected && exitCode === null && signalCode === null) return worker
      }
      const worker = start(gpu, workplace)
      all.add(worker)
      watchdog ??= startWatchdog()
      watch()
      worker.process.once("exit", () => {
        all.delete(worker)
        watch()
      })
      return worker
    },
    rest(worker) {
      idle.set(worker.gpu, [...(idle.get(worker.gpu) ?? []), worker])
    }
  }
  return pool
})
