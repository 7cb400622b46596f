/** Claims that more seeds decide, read from the cache. */
import * as Effect from "effect/Effect"
import { BlobDamaged } from "../cache/blobs.ts"
import type { Cache } from "../cache/cache.ts"
import { ArtifactLost, CacheWriteError, problemOf } from "../cache/errors.ts"
import { claimsOf } from "../view/looks.ts"
import type { Planned } from "../view/planned.ts"

/** How the claims of the selected studies stand; undefined where these declare none that seeds decide. */
export const readClaims = (workspace: Planned, cache: Cache["Service"]) =>
  Effect.tryPromise({
    try: () => claimsOf(workspace, cache.traces.pace, cache.artifacts.read),
    catch: (error) => {
      if (error instanceof BlobDamaged)
        return new ArtifactLost({ digest: error.digest, path: error.path, problem: error.problem })
      return new CacheWriteError({ path: cache.folder, problem: problemOf(error) })
    }
  })
