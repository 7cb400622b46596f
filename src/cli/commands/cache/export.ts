/** `pipeline cache export FILE [TARGETS]`: all results that targets need, in one file. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { exportArchive } from "../../../cache/archive.ts"
import { isStdout } from "../../../cache/out-file.ts"
import { Storage } from "../../../cache/storage.ts"
import { knownOutputs } from "../../../graph/plan.ts"
import { travelling } from "../../../run/travel.ts"
import { UsageError } from "../../errors.ts"
import { named } from "../../hints.ts"
import { bytes, plural, print, tell } from "../../output.ts"
import { targets, withPlan, workspaceFlags } from "../../workspace.ts"
import { cacheFlags, upkeep } from "./flags.ts"

export const exportCommand = Command.make(
  "export",
  {
    file: Argument.String("file").pipe(
      Argument.withDescription("File to write, such as results.tar.zst; '-' for stdout")
    ),
    targets,
    results: Flag.Boolean("results").pipe(
      Flag.withDefault(false),
      Flag.withDescription(
        "Only what reports need and is not quickly made again: histories, scores, analyses, weights; no data sets, no checkpoints"
      )
    ),
    ...workspaceFlags,
    json: cacheFlags.json
  },
  Effect.fn(function* (flags) {
    yield* withPlan(flags.targets, flags, ({ plan, selection }) =>
      Effect.gen(function* () {
        const storage = yield* Storage
        const whole = selection.all.flatMap((index) => {
          const decision = plan.decisions[index]!
          return knownOutputs(decision) === undefined ? [] : (decision.key ?? [])
        })
        const { keys, bytes: taken } = flags.results ? travelling(plan) : { keys: whole, bytes: undefined }
        if (keys.length === 0) {
          const problem =
            "there is nothing to export: no result is there. `pipeline run" + named(flags.targets) + "` makes them"
          return yield* new UsageError({ problem })
        }
        const archived = yield* upkeep(storage, () =>
          exportArchive(storage, keys, flags.file, taken && ((digest) => taken.has(digest)))
        )
        const missing = plan.runs.length
        // Where the archive itself goes to stdout, everything else goes to stderr.
        const say = isStdout(flags.file) ? tell : print
        if (flags.json) return say(JSON.stringify({ type: "export", file: flags.file, ...archived, missing }))
        if (missing > 0)
          tell(`${plural(missing, "node")} without a result: \`pipeline plan${named(flags.targets)}\` says why`)
        say(
          `${flags.file}: ${plural(archived.traces, "result")}, ${plural(archived.blobs, "blob")}, ${bytes(archived.bytes)} before compression`
        )
      })
    )
  })
).pipe(
  Command.withDescription("Writes all results that the targets need into one file, to be imported elsewhere."),
  Command.withExamples([
    {
      command: "pipeline cache export reports/paper/results.tar.zst --results paper",
      description: "What the report of the study 'paper' needs, without data sets"
    },
    { command: "pipeline cache export quick.tar.zst quick", description: "All of the study 'quick'" }
  ])
)
