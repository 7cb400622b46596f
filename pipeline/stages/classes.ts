import * as Schema from "effect/Schema"
import { defineStage } from "../../src/graph/stage.ts"
import { preprocess } from "./preprocess.ts"
import { DataSetParameters } from "./schemas.ts"
import { dataSetLabel } from "./trial.ts"

/** How many images each class has: what guessing gives, against which reports hold what networks have learned. */
export const classes = defineStage({
  name: "classes",
  description: "counts the images of each class in training and validation set",
  parameters: Schema.Struct({ dataset: DataSetParameters }),
  label: ({ dataset }) => dataSetLabel(dataset),
  axes: ({ dataset }) => ({ dataset: dataset.name }),
  inputs: ({ dataset }) => {
    const examples = preprocess.node({ dataset })
    return { train: examples.output("train"), validation: examples.output("validation") }
  },
  outputs: { counts: { extension: "json", description: "images of each class in training and validation set" } },
  compute: () => new URL("./compute/classes.ts", import.meta.url)
})
