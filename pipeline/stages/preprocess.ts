import * as Schema from "effect/Schema"
import { defineStage } from "../../src/graph/stage.ts"
import { fetch } from "./fetch.ts"
import { DataSetParameters } from "./schemas.ts"

/** Training and validation set; the split belongs to the data set, not to the trial. */
export const preprocess = defineStage({
  name: "preprocess",
  description: "splits a data set into training and validation set, stratified by class",
  parameters: Schema.Struct({ dataset: DataSetParameters }),
  label: ({ dataset }) => dataset.name,
  inputs: ({ dataset }) => ({ dataset: fetch.node({ dataset }).output("dataset") }),
  outputs: {
    train: { extension: "safetensors", description: "images [n, C, H, W] and labels [n] of the training set" },
    validation: { extension: "safetensors", description: "images [n, C, H, W] and labels [n] of the validation set" }
  },
  compute: () => new URL("./compute/preprocess.ts", import.meta.url)
})
