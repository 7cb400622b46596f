/** The engine of a task, as its module gives it, or what stands in for it. Plain TypeScript. */
import { importModule } from "../start/modules.js"
import type { TaskEngine } from "./task.ts"
import { moduleAt, type Workplace } from "./workplace.ts"

/** Engines of this process: a library that has started serves all its tasks. */
const engines = new Map<string, Promise<unknown>>()

/** Rejects where the module cannot be loaded or this process cannot compute in the class that the key holds. */
export async function engineOf(use: TaskEngine, workplace: Workplace): Promise<unknown> {
  const name = `${moduleAt(workplace, use.module)} ${use.role} ${use.numericClass}`
  const known = engines.get(name)
  if (known !== undefined) return known
  // What stands in may come to be able to: it is asked for each task until it does.
  const faster = use.standIn === undefined ? undefined : await load(use.standIn, use, workplace)
  const engine = faster === undefined ? load(use.module, use, workplace) : Promise.resolve(faster)
  if (use.standIn === undefined || faster !== undefined) engines.set(name, engine)
  return engine
}

async function load(module: string, { role, numericClass }: TaskEngine, workplace: Workplace): Promise<unknown> {
  const exports = await importModule(moduleAt(workplace, module))
  const make = exports[role]
  if (typeof make !== "function")
    throw new TypeError(`the engine's module ${module} exports no function '${role}': its descriptor says that it does`)
  return make(numericClass)
}
