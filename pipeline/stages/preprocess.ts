import * as Schema from "effect/Schema"
import { defineStage } from "../../src/graph/stage.ts"
import { fetch } from "./fetch.ts"
import { isLarge } from "./large.ts"
import { DataSetParameters } from "./schemas.ts"
import { fetchParametersOf } from "./sources.ts"
import { hasSteps } from "./steps.ts"
import { dataSetLabel } from "./trial.ts"

const modules = {
  asItIs: new URL("./compute/preprocess.ts", import.meta.url),
  steps: new URL("./compute/preprocess-steps.ts", import.meta.url)
}

/** Training and validation set; both belong to the data set, not to the trial. */
export const preprocess = defineStage({
  name: "preprocess",
  description:
    "makes training and validation set: the official test set, or a split stratified by class; takes declared steps",
  parameters: Schema.Struct({ dataset: DataSetParameters }),
  label: ({ dataset }) => dataSetLabel(dataset),
  inputs: ({ dataset }) => ({ dataset: fetch.node(fetchParametersOf(dataset.name)).output("dataset") }),
  outputs: {
    train: {
      extension: "safetensors",
      keep: "digest",
      description: "images [n, C, H, W] and labels [n] of the training set; with label noise the true ones too"
    },
    validation: {
      extension: "safetensors",
      keep: "digest",
      description: "images [n, C, H, W] and labels [n] of the validation set"
    }
  },
  compute({ dataset }) {
    return hasSteps(dataset) || isLarge(dataset.shape) ? modules.steps : modules.asItIs
  }
})
