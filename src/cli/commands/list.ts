/** `pipeline list`: the data sets, stages and studies there are. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { projectId } from "../../cache/project.ts"
import { variantsOf } from "../../cache/variants.ts"
import { readVariant } from "../../graph/variant.ts"
import { hung } from "../drawing.ts"
import type { UsageError } from "../errors.ts"
import { attempt, onStdout, print, printJson } from "../output.ts"
import { terminalWidth } from "../sheet/fit.ts"
import { cacheFolder, loadPipeline, workspaceFlags } from "../workspace.ts"

export const list = Command.make(
  "list",
  {
    cache: workspaceFlags.cache,
    json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Prints one JSON object a line"))
  },
  Effect.fn(function* ({ cache, json }) {
    const { project, pipeline } = yield* loadPipeline
    const folder = yield* attempt<string, UsageError>(() => cacheFolder(project, { cache }))
    const variants = variantsOf(folder, projectId(project))
    if (json) {
      for (const { name, title } of pipeline.datasets) printJson({ type: "dataset", name, title })
      for (const { name, description, outputs } of pipeline.stages) {
        printJson({ type: "stage", name, description, outputs: outputs === "files" ? "files" : Object.keys(outputs) })
      }
      for (const { name, title, values } of pipeline.studies)
        printJson({ type: "study", name, title, settings: values })
      for (const { name, target, ran } of variants)
        printJson({
          type: "variant",
          name,
          study: readVariant(target)?.study,
          settings: readVariant(target)?.overrides,
          ran
        })
      return
    }
    const section = (title: string, lines: ReadonlyArray<readonly [string, string]>) => {
      print(onStdout("bold", title))
      const width = Math.max(...lines.map(([name]) => name.length))
      for (const [name, text] of lines) print(hung(`  ${name.padEnd(width)}  `, text, terminalWidth()))
    }
    section(
      "data sets",
      pipeline.datasets.map(({ name, title }) => [name, title])
    )
    section(
      "stages",
      pipeline.stages.map(({ name, description }) => [name, description])
    )
    section(
      "studies",
      pipeline.studies.map(({ name, title }) => [name, title])
    )
    if (variants.length > 0) {
      section(
        "variants, with settings of their own (`pipeline drop NAME` drops one)",
        variants.map(({ name, ran }) => [name, `last run ${ran.slice(0, 16).replace("T", " ")} UTC`])
      )
    }
    for (const { name, values } of pipeline.studies) {
      section(
        `settings of ${name} (--set NAME=VALUE)`,
        Object.entries(values).map(([setting, value]) => [setting, JSON.stringify(value)])
      )
    }
  })
).pipe(
  Command.withDescription(
    "Lists the data sets, stages and studies, their settings, and the variants of studies that were run."
  )
)
