/** A worker process: takes one task at a time and answers. */
import { Worker } from "node:worker_threads"
import { runTask } from "./compute.ts"
import type { FromWorker, Task } from "./task.ts"

const send = (message: FromWorker) => void process.send?.(message)

process.on("message", async (task: Task) => {
  send(await runTask(task, (progress) => send({ type: "progress", ...progress })))
})
process.on("disconnect", () => process.exit())

// A training keeps this thread busy for minutes, so it would outlive a scheduler that was killed. A second thread
// watches: when the parent is gone, so is this.
const watch = `
  const parent = ${process.ppid}
  setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, "SIGKILL") }, 250)
`
new Worker(watch, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 8 } }).unref()
