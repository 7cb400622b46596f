/** Sources: digests of the project's files and of the code that compute modules reach, as keys are made of them. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Computing } from "../graph/compute.ts"
import { type Code, makeCodeReader } from "./code.ts"
import { type CacheWriteError, CodeError } from "./errors.ts"
import { DiskFull } from "./space.ts"
import { makeStatCache } from "./stat-cache.ts"
import type { Storage } from "./storage.ts"
import { writeError } from "./writing.ts"

/**
 * Parts of a code digest that some trace has: source file → digest, `FILE#DECLARATION` → digest, `package:NAME` →
 * version, `file:PATH` → digest.
 */
export type CodeParts = Readonly<Record<string, string>>

export class Sources extends Context.Service<
  Sources,
  {
    /** SHA-256 of a file of the project, or undefined if there is none. Throws `FileUnreadable`, through a plan's lookups. */
    readonly digest: (path: string) => string | undefined
    /** The code that a compute module reaches, with the engine that it is given. */
    readonly code: (of: Computing) => Effect.Effect<Code, CodeError | DiskFull>
    /** Whether that is still what it was when it was last asked for (code.ts). */
    readonly isUnchanged: (of: Computing) => Effect.Effect<boolean, DiskFull | CacheWriteError>
    readonly codeParts: (digest: string) => CodeParts | undefined
  }
>()("pipeline/cache/Sources") {
  /** `rehash`: every file is read again, whatever its times say. Gives also what writes down what was learned of files. */
  static readonly over = (
    { folder, project: id, store, write }: Storage["Service"],
    project: string,
    rehash: boolean
  ) => {
    const files = makeStatCache(project, store, { rehash, write, id })
    const code = makeCodeReader(project, store, files, id, write)
    const parts = new Map<string, CodeParts | undefined>()
    const sources = Sources.of({
      digest: (path) => files.digest(path),
      code: (of) =>
        Effect.tryPromise({
          try: () => code.fingerprint(of),
          catch: (error) =>
            error instanceof CodeError || error instanceof DiskFull
              ? error
              : new CodeError({ module: of.module.pathname, problem: String(error) })
        }),
      isUnchanged: (of) =>
        Effect.tryPromise({ try: () => code.unchanged(of), catch: (error) => writeError(folder, error) }),
      codeParts(digest) {
        let known = parts.get(digest)
        if (known === undefined) {
          const found = store.codes.get(digest)
          parts.set(digest, (known = isCodeParts(found) ? found : undefined))
        }
        return known
      }
    })
    return { sources, save: () => files.save() }
  }
}

const isCodeParts = Schema.is(Schema.Record(Schema.String, Schema.String))
