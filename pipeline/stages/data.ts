import * as Schema from "effect/Schema"
import { defineStage } from "../../src/graph/stage.ts"
import { fetch } from "./fetch.ts"
import { fetchParametersOf } from "./sources.ts"

export const DataParameters = Schema.Struct({ name: Schema.String, title: Schema.String })
export type DataParameters = typeof DataParameters.Type

/** The page about a data set. */
export const data = defineStage({
  name: "data",
  description: "writes the page about a data set: its classes, its values, and images that are alike",
  parameters: DataParameters,
  label: ({ name }) => name,
  inputs: ({ name }) => ({ dataset: fetch.node(fetchParametersOf(name)).output("dataset") }),
  outputs: "files",
  compute: () => new URL("./compute/data.ts", import.meta.url),
  work: () => 1
})
