/** `pipeline list`: the data sets, stages and studies there are. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { onStdout, print, printJson } from "../output.ts"
import { loadPipeline } from "../workspace.ts"

export const list = Command.make(
  "list",
  { json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Prints one JSON object a line")) },
  Effect.fn(function* ({ json }) {
    const { pipeline } = yield* loadPipeline
    if (json) {
      for (const { name, title } of pipeline.datasets) printJson({ type: "dataset", name, title })
      for (const { name, description, outputs } of pipeline.stages) {
        printJson({ type: "stage", name, description, outputs: outputs === "files" ? "files" : Object.keys(outputs) })
      }
      for (const { name, title, values } of pipeline.studies)
        printJson({ type: "study", name, title, settings: values })
      return
    }
    const section = (title: string, lines: ReadonlyArray<readonly [string, string]>) => {
      print(onStdout("bold", title))
      const width = Math.max(...lines.map(([name]) => name.length))
      for (const [name, text] of lines) print(`  ${name.padEnd(width)}  ${text}`)
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
    for (const { name, values } of pipeline.studies) {
      section(
        `settings of ${name} (--set NAME=VALUE)`,
        Object.entries(values).map(([setting, value]) => [setting, JSON.stringify(value)])
      )
    }
  })
).pipe(Command.withDescription("Lists the data sets, stages and studies, and the studies' settings."))
