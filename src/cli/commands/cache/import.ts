/** `pipeline cache import FILE`: takes over the results of an archive. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { importArchive } from "../../../cache/archive.ts"
import { Artifacts } from "../../../cache/artifacts.ts"
import { whatIsAt } from "../../../cache/files.ts"
import { CacheFolder } from "../../../cache/folder.ts"
import { Storage } from "../../../cache/storage.ts"
import { tidy } from "../../../cache/tidy.ts"
import { Traces } from "../../../cache/traces.ts"
import { UsageError } from "../../errors.ts"
import { plural, print, printJson } from "../../output.ts"
import { withCache } from "../../workspace.ts"
import { cacheFlags, upkeep, writable } from "./flags.ts"

/** Takes over what an archive has. */
export const importInto = Effect.fnUntraced(function* (path: string) {
  const storage = yield* Storage
  const traces = yield* Traces
  const artifacts = yield* Artifacts
  return yield* upkeep(storage, () => importArchive(storage, traces, artifacts, path))
})

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
        const place = yield* CacheFolder
        yield* writable(place, "nothing can be imported")
        tidy(place.folder)
        const archived = yield* importInto(flags.file)
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
