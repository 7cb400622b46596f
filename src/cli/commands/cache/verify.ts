/** `pipeline cache verify`: reads everything and compares it with what its digest promises. */
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { CacheFolder } from "../../../cache/folder.ts"
import { Storage } from "../../../cache/storage.ts"
import { tidy } from "../../../cache/tidy.ts"
import * as Verification from "../../../cache/verify.ts"
import { CacheDamaged } from "../../errors.ts"
import { bytes, plural, print, printJson } from "../../output.ts"
import { withCache } from "../../workspace.ts"
import { cacheFlags, upkeep } from "./flags.ts"

const NAMES_SHOWN = 3

export const verify = Command.make(
  "verify",
  cacheFlags,
  Effect.fn(function* (flags) {
    yield* withCache({ ...flags, rehash: false, index: "distrusted" }, () =>
      Effect.gen(function* () {
        const { folder, obstacle, notices } = yield* CacheFolder
        const storage = yield* Storage
        const readOnly = obstacle !== undefined
        if (!readOnly) tidy(folder)
        const { problems, ...read } = yield* upkeep(storage, () => Verification.verify(storage, readOnly))
        if (flags.json) {
          for (const { kind, message, nodes } of problems) printJson({ type: "problem", kind, message, nodes })
          printJson({ type: "end", ...read, problems: problems.length, mended: notices })
        } else {
          for (const { message, nodes } of problems) {
            print(message)
            for (const name of nodes.slice(0, NAMES_SHOWN)) print(`  ${name} will run again when its bytes are needed`)
            if (nodes.length > NAMES_SHOWN) print(`  and ${plural(nodes.length - NAMES_SHOWN, "more node")}`)
          }
          print(`read ${plural(read.blobs, "blob")} (${bytes(read.bytes)}) and ${plural(read.traces, "trace")}`)
        }
        const found = problems.length + notices.length
        if (found > 0) return yield* new CacheDamaged({ path: folder, problems: found, readOnly })
        if (!flags.json) print("all of it is as it should be")
      })
    )
  })
).pipe(
  Command.withDescription(
    "Reads every blob, trace and index entry; moves what is damaged aside, so that the next run makes it again."
  )
)
