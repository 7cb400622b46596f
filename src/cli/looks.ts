/** Claims that more seeds decide, read from the cache. */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Artifacts } from "../cache/artifacts.ts"
import { CacheFolder } from "../cache/folder.ts"
import { Paces } from "../cache/paces.ts"
import { claimsOf } from "../view/looks.ts"
import type { Planned } from "../view/planned.ts"
import { readError } from "./lost.ts"

/** How the claims of the selected studies stand; undefined where these declare none that seeds decide. */
export const readClaims = Effect.fnUntraced(function* (workspace: Planned) {
  const artifacts = yield* Artifacts
  const paces = yield* Paces
  const { folder } = yield* CacheFolder
  return yield* Effect.tryPromise({
    try: () => claimsOf(workspace, paces.of, (digest) => Result.getOrThrow(artifacts.read(digest))),
    catch: (error) => readError(folder, error)
  })
})
