/** A cache that is open for as long as a test uses it, with all its services. */
import { tmpdir } from "node:os"
import * as Effect from "effect/Effect"
import { Artifacts } from "../../src/cache/artifacts.ts"
import { openCache } from "../../src/cache/cache.ts"
import { Failures } from "../../src/cache/failures.ts"
import { CacheFolder } from "../../src/cache/folder.ts"
import { Sources } from "../../src/cache/sources.ts"
import { Storage } from "../../src/cache/storage.ts"
import { Traces } from "../../src/cache/traces.ts"

const services = Effect.gen(function* () {
  return {
    place: yield* CacheFolder,
    traces: yield* Traces,
    artifacts: yield* Artifacts,
    failures: yield* Failures,
    sources: yield* Sources,
    storage: yield* Storage
  }
})
export type Services = Effect.Success<typeof services>

/** Fails with what opening fails with. */
export const withCache = <A>(folder: string, use: (cache: Services) => A | Promise<A>, project = tmpdir()) =>
  Effect.flatMap(services, (cache) => Effect.promise(async () => use(cache))).pipe(
    Effect.provide(openCache({ project, folder, rehash: false }))
  )
