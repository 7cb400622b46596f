/**
 * Several tasks as one computation: each is run as ever, but what computes them is the module's batch form, which starts
 * when all have come that far. Plain TypeScript.
 */
import type { BatchMember, Compute, ComputeBatch, ComputeContext, Outputs } from "../graph/compute.ts"
import { importModule } from "../start/modules.js"
import { runTask } from "./compute.ts"
import type { FromWorker, Task } from "./task.ts"
import { moduleAt, type Workplace } from "./workplace.ts"

/** Runs the tasks and tells of each how it goes and, as soon as it has ended, its answer. */
export async function runTasks(
  tasks: ReadonlyArray<Task>,
  workplace: Workplace,
  tell: (message: FromWorker) => void
): Promise<void> {
  const compute = tasks[0].batch ? gather(moduleAt(workplace, tasks[0].module), tasks.length) : undefined
  await Promise.all(
    tasks.map(async (one, task) => {
      const together = compute && { compute, count: tasks.length }
      const answer = await runTask(one, workplace, (report) => tell({ ...report, task }), together)
      tell({ ...answer, task })
    })
  )
}

/** A compute function that waits until it has been called `count` times, and then computes all. */
function gather(module: string, count: number): Compute {
  const members: Array<BatchMember & { readonly fail: (error: unknown) => void }> = []
  const start = async () => {
    try {
      const { batch } = (await importModule(module)) as { batch?: ComputeBatch }
      if (batch === undefined)
        throw new TypeError("its stage declares batches, but its compute module has no export 'batch'")
      await batch(members)
      throw new TypeError("its compute module's batch has ended without it")
    } catch (error) {
      // Those that are done have their outputs, and do not see it.
      for (const { fail } of members) fail(error)
    }
  }
  return (context: ComputeContext) =>
    new Promise<Outputs>((done, fail) => {
      members.push({ ...context, done, fail })
      if (members.length === count) void start()
    })
}
