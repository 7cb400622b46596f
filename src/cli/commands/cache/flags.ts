/** What the commands on the cache have in common. */
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { ArchiveError, CacheWriteError } from "../../../cache/errors.ts"
import { type CacheFolder, refusal } from "../../../cache/folder.ts"
import { readError } from "../../lost.ts"
import { workspaceFlags } from "../../workspace.ts"

export const cacheFlags = {
  cache: workspaceFlags.cache,
  json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Prints JSON Lines"))
}

/** Fails where the cache can only be read. */
export const writable = ({ obstacle }: CacheFolder["Service"], what: string) =>
  obstacle === undefined ? Effect.void : Effect.fail(refusal(obstacle, `so ${what}`))

/** Runs upkeep of the cache; what it throws becomes an error with a message. */
export const upkeep = <A>({ folder }: { readonly folder: string }, run: () => A | Promise<A>) =>
  Effect.tryPromise({
    try: async () => run(),
    catch: (error) => {
      if (error instanceof ArchiveError) return error
      const { path } = error as NodeJS.ErrnoException
      const known = readError(folder, error)
      return path === undefined || !(known instanceof CacheWriteError)
        ? known
        : new CacheWriteError({ path, problem: known.problem })
    }
  })
