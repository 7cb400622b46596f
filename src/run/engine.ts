/** The engine of a task, as its module gives it. Plain TypeScript. */
import type { Task } from "./task.ts"

/** Engines of this process: a library that has started serves all its tasks. */
const engines = new Map<string, Promise<unknown>>()

/** Rejects where the module cannot be loaded or this process cannot compute in the class that the key holds. */
export function engineOf(use: NonNullable<Task["engine"]>): Promise<unknown> {
  const name = `${use.module} ${use.role} ${use.numericClass}`
  let engine = engines.get(name)
  if (engine === undefined) engines.set(name, (engine = load(use)))
  return engine
}

async function load({ module, role, numericClass }: NonNullable<Task["engine"]>): Promise<unknown> {
  const exports: Readonly<Record<string, unknown>> = await import(module)
  const make = exports[role]
  if (typeof make !== "function")
    throw new TypeError(`the engine's module ${module} exports no function '${role}': its descriptor says that it does`)
  return make(numericClass)
}
