/** `pipeline drop NAME`: gives up a variant, a study with settings of its own that was run. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Effect from "effect/Effect"
import { CacheFolder } from "../../cache/folder.ts"
import { Published } from "../../cache/published.ts"
import { DiskFull } from "../../cache/space.ts"
import { forgetVariant, type Variant, variantCalled, variantsOf } from "../../cache/variants.ts"
import { hint, nearest } from "../../graph/nearest.ts"
import { unpublish } from "../../run/publish.ts"
import { UsageError } from "../errors.ts"
import { print, printJson, tell } from "../output.ts"
import { withCache } from "../workspace.ts"
import { cacheFlags, upkeep, writable } from "./cache/flags.ts"

export const drop = Command.make(
  "drop",
  {
    names: Argument.String("names").pipe(
      Argument.atLeast(1),
      Argument.withDescription("Variants, as `pipeline list` names them: quick@epochs=8")
    ),
    ...cacheFlags
  },
  Effect.fn(function* ({ names, json, ...flags }) {
    yield* withCache({ ...flags, rehash: false }, ({ project, pipeline }) =>
      Effect.gen(function* () {
        const place = yield* CacheFolder
        const noted = yield* Published
        // On a full disk a variant has to go before `gc` can make room; its report, which is noted in the index, stays.
        const isFull = place.obstacle instanceof DiskFull
        if (!isFull) yield* writable(place, "nothing can be dropped")
        const all = variantsOf(place.folder, place.project)
        const declared = pipeline.studies.map(({ name }) => name)
        const dropped = yield* Effect.forEach(names, (name) => {
          const variant = variantCalled(name, all)
          return variant === undefined ? Effect.fail(notThere(name, all, declared)) : Effect.succeed(variant)
        })
        for (const variant of dropped) {
          const published = noted.folders().filter((folder) => folder.split("/").includes(variant.name))
          const folders = isFull ? [] : published
          if (isFull) for (const folder of published) tell(`${folder} stays: the disk is full`)
          const left = yield* Effect.forEach(folders, (folder) =>
            Effect.map(unpublish(noted, project, folder), (files) => ({ folder, files }))
          )
          yield* upkeep(place, () => forgetVariant(variant))
          if (json) {
            printJson({ type: "dropped", name: variant.name, folders })
            continue
          }
          print(`dropped ${[variant.name, ...folders].join(", ")}`)
          for (const { folder, files } of left)
            if (files > 0) tell(`${folder} stays: not all of its files are as the report wrote them`)
        }
        if (!json) tell("`pipeline cache gc` shows which results nothing needs any more")
      })
    )
  })
).pipe(
  Command.withDescription(
    "Gives up variants, studies that were run with settings of their own: their lines in `list`, their reports, their claim on results."
  )
)

function notThere(name: string, all: ReadonlyArray<Variant>, declared: ReadonlyArray<string>): UsageError {
  if (declared.includes(name))
    return new UsageError({
      problem: `${name} is a declared study, not a variant of one: to drop it, take it out of pipeline/pipeline.ts`
    })
  const names = all.map((variant) => variant.name)
  const help =
    hint(nearest(name, names)) ||
    (names.length === 0 ? "There is none: `run STUDY --set NAME=VALUE` makes one." : `There are ${names.join(", ")}.`)
  return new UsageError({ problem: `no variant is called '${name}'. ${help}` })
}
