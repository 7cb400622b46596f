/**
 * A worker process: takes one task at a time, or several to be computed together, and answers. Its arguments: the id of
 * the scheduler's process, and the workplace as JSON.
 */
import { flushCompileCache } from "node:module"
import { Worker } from "node:worker_threads"
import { runTasks } from "./group.ts"
import { watchMemory } from "./peak-memory.ts"
import { type FromWorker, isAnswer, type Task } from "./task.ts"
import type { Workplace } from "./workplace.ts"

const workplace: Workplace = JSON.parse(process.argv[3])

const send = (message: FromWorker) => void process.send?.(message)

/** Resolves when all that was written has left this process; a full pipe may have kept some of it waiting. */
const flushed = (stream: NodeJS.WriteStream) =>
  new Promise<void>((resolve) => (stream.writableLength === 0 ? resolve() : stream.write("", () => resolve())))

/** An answer comes after all that was written for it. */
const tell = async (message: FromWorker) => {
  if (isAnswer(message)) await Promise.all([flushed(process.stdout), flushed(process.stderr)])
  send(message)
}

/** It is ended by a signal: what V8 has compiled is kept for other workers when the first task is done. */
let kept = false
const keepCompiled = () => {
  if (!kept) flushCompileCache()
  kept = true
}

process.on("message", (tasks: ReadonlyArray<Task>) => {
  const peakMemory = watchMemory()
  const withPeak = (message: FromWorker): FromWorker => {
    if (message.type !== "done") return message
    const peak = peakMemory()
    return peak === undefined ? message : { ...message, peakMemory: peak }
  }
  return runTasks(tasks, workplace, (message) => tell(withPeak(message))).then(keepCompiled)
})

// When the scheduler is gone, so is this, with all children: it leads a process group.
process.on("disconnect", () => process.kill(-process.pid, "SIGKILL"))

// A training keeps this thread busy for minutes, so it would outlive a scheduler that was killed: a second one watches.
const watch = `setInterval(() => { if (process.ppid !== ${Number(process.argv[2])}) process.kill(-process.pid, "SIGKILL") }, 250)`
new Worker(watch, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 8 } }).unref()
