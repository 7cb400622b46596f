/** What the commands on the cache have in common. */
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { BlobDamaged } from "../../../cache/blobs.ts"
import type { Cache } from "../../../cache/cache.ts"
import { ArchiveError, ArtifactLost, CacheWriteError, problemOf } from "../../../cache/errors.ts"
import { refusal } from "../../../cache/folder.ts"
import { asDiskFull, DiskFull, SMALL } from "../../../cache/space.ts"
import { workspaceFlags } from "../../workspace.ts"

export const cacheFlags = {
  cache: workspaceFlags.cache,
  json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Prints JSON Lines"))
}

/** Fails where the cache can only be read. */
export const writable = (cache: Cache["Service"], what: string) =>
  cache.obstacle === undefined ? Effect.void : Effect.fail(refusal(cache.obstacle, `so ${what}`))

/** Runs upkeep of the cache; what it throws becomes an error with a message. */
export const upkeep = <A>(cache: Cache["Service"], run: () => A | Promise<A>) =>
  Effect.tryPromise({
    try: async () => run(),
    catch: (error) => {
      if (error instanceof ArchiveError) return error
      if (error instanceof BlobDamaged)
        return new ArtifactLost({ digest: error.digest, path: error.path, problem: error.problem })
      const full = asDiskFull(error, cache.folder, SMALL)
      if (full instanceof DiskFull) return full
      const { path = cache.folder } = error as NodeJS.ErrnoException
      return new CacheWriteError({ path, problem: problemOf(error) })
    }
  })
