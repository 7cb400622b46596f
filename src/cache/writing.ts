/** Changes of the cache as effects: what the disk says against them is in their types. */
import * as Effect from "effect/Effect"
import { CacheWriteError, problemOf } from "./errors.ts"
import { asDiskFull, DiskFull, SMALL } from "./space.ts"

/** What a change of the cache threw, as an error that says where. */
export function writeError(folder: string, error: unknown): DiskFull | CacheWriteError {
  const full = asDiskFull(error, folder, SMALL)
  return full instanceof DiskFull ? full : new CacheWriteError({ path: folder, problem: problemOf(error) })
}

/** Changes something in the cache's folder. */
export const writing = <A>(folder: string, change: () => A): Effect.Effect<A, DiskFull | CacheWriteError> =>
  Effect.try({ try: change, catch: (error) => writeError(folder, error) })
