/** `pipeline cache backup FOLDER`: the cache as it is now, in another folder. */
import { resolve } from "node:path"
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { backUp } from "../../../cache/backup.ts"
import { CacheFolder } from "../../../cache/folder.ts"
import { Storage } from "../../../cache/storage.ts"
import { plural, print, printJson } from "../../output.ts"
import { withCache } from "../../workspace.ts"
import { cacheFlags, upkeep } from "./flags.ts"

export const backup = Command.make(
  "backup",
  {
    folder: Argument.String("folder").pipe(Argument.withDescription("Folder to write; it must not be there yet")),
    ...cacheFlags
  },
  Effect.fn(function* (flags) {
    yield* withCache({ ...flags, rehash: false }, () =>
      Effect.gen(function* () {
        const { hold } = yield* CacheFolder
        const storage = yield* Storage
        const { blobs, linked } = yield* upkeep(storage, () => backUp(storage, hold, resolve(flags.folder)))
        if (flags.json) return printJson({ type: "backup", folder: flags.folder, blobs, linked })
        const how = linked ? "linked, so they take no room as long as the cache has them too" : "copied"
        print(`${flags.folder}: ${plural(blobs, "blob")}, ${how}; \`--cache ${flags.folder}\` uses it`)
      })
    )
  })
).pipe(Command.withDescription("Writes a snapshot of the cache, which is a cache itself, into a new folder."))
