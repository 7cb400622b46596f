/** `pipeline cache import FILE`: takes over the results of an archive. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { importArchive } from "../../../cache/archive.ts"
import { Cache } from "../../../cache/cache.ts"
import { whatIsAt } from "../../../cache/files.ts"
import { tidy } from "../../../cache/tidy.ts"
import { UsageError } from "../../errors.ts"
import { plural, print, printJson } from "../../output.ts"
import { withCache } from "../../workspace.ts"
import { cacheFlags, upkeep, writable } from "./flags.ts"

export const importCommand = Command.make(
  "import",
  {
    file: Argument.String("file").pipe(Argument.withDescription("File that `pipeline cache export` wrote")),
    ...cacheFlags
  },
  Effect.fn(function* (flags) {
    const found = whatIsAt(flags.file)
    if (found === "nothing" || found === "a folder")
      return yield* new UsageError({ problem: `cache import ${flags.file}: expected an archive, found ${found} there` })
    yield* withCache({ ...flags, rehash: false }, () =>
      Effect.gen(function* () {
        const cache = yield* Cache
        yield* writable(cache, "nothing can be imported")
        tidy(cache.folder)
        const { storage, traces, artifacts } = cache
        const archived = yield* upkeep(cache, () => importArchive(storage, traces, artifacts, flags.file))
        if (flags.json) return printJson({ type: "import", file: flags.file, ...archived })
        print(`${plural(archived.traces, "new result")}, ${plural(archived.blobs, "blob")}`)
      })
    )
  })
).pipe(
  Command.withDescription(
    "Takes over the results of an exported file. Every digest is checked; of a damaged file nothing is taken."
  )
)
