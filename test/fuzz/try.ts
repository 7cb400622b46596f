import { mutated } from "./mutate.ts"
import type { Target } from "./targets.ts"

/** Gives a reader changed bytes (or those given); says what came of it if that is more than its own error. */
export async function tried(target: Target, given?: Buffer, next: () => number = Math.random) {
  const bytes = given ?? mutated(target.files[Math.floor(next() * target.files.length)], next)
  try {
    await target.read(bytes)
    return undefined
  } catch (error) {
    if (target.allowed(error)) return undefined
    return `${target.name}: ${(error as Error).stack ?? error}\n${bytes.toString("base64").slice(0, 20_000)}`
  }
}
