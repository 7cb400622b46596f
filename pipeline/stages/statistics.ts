import * as Schema from "effect/Schema"
import { defineStage, type OutputReference } from "../../src/graph/stage.ts"
import { preprocess } from "./preprocess.ts"
import { DataSetParameters } from "./schemas.ts"
import { unstandardized, withRightLabels } from "./steps.ts"
import { dataSetLabel } from "./trial.ts"

/** What standardized images are made of: of the training images alone, and an artifact to look at. */
export const statistics = defineStage({
  name: "statistics",
  description: "measures mean and deviation of each channel of the training images",
  parameters: Schema.Struct({ dataset: DataSetParameters }),
  label: ({ dataset }) => dataSetLabel(dataset),
  inputs: ({ dataset }) => ({ train: preprocess.node({ dataset }).output("train") }),
  outputs: { statistics: { extension: "json", description: "mean and deviation of pixel / 255, by channel" } },
  compute: () => new URL("./compute/statistics.ts", import.meta.url)
})

/** Those that the images of a trial are standardized by, where they are; labels have no part in them. */
export const statisticsFor = (dataset: DataSetParameters): { readonly statistics?: OutputReference } =>
  dataset.standardize === true
    ? { statistics: statistics.node({ dataset: unstandardized(withRightLabels(dataset)) }).output("statistics") }
    : {}
