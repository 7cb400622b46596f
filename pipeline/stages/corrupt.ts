import * as Schema from "effect/Schema"
import { defineStage, type OutputReference } from "../../src/graph/stage.ts"
import { fetch } from "./fetch.ts"
import { preprocess } from "./preprocess.ts"
import { DataSetParameters } from "./schemas.ts"
import { CorruptionName, SeverityNumber } from "./scoring.ts"
import { fetchParametersOf } from "./sources.ts"
import { dataSetLabel, heldOut, validationExamples } from "./trial.ts"

const image = { extension: "safetensors", keep: "digest" } as const

/** The official test set as networks see it, for `evaluate` and what it scores: no other stage reads it. */
export const testSet = defineStage({
  name: "test-set",
  description: "gives the official test set, for the scores of trained networks alone",
  parameters: Schema.Struct({ dataset: DataSetParameters }),
  label: ({ dataset }) => dataSetLabel(dataset),
  inputs: ({ dataset }) => ({ dataset: fetch.node(fetchParametersOf(dataset.name)).output("dataset") }),
  outputs: { images: { ...image, description: "images [n, C, H, W] and labels [n] of the official test set" } },
  compute: () => new URL("./compute/test-set.ts", import.meta.url)
})

export const CorruptParameters = Schema.Struct({
  dataset: DataSetParameters,
  /** Which of its images. */
  images: Schema.Literals(["validation", "test"]),
  kind: CorruptionName,
  severity: SeverityNumber
})
export type CorruptParameters = typeof CorruptParameters.Type

/** The images that networks are scored on, whether they were trained on noise or a part of the data set. */
export const scoredImages = (dataset: DataSetParameters, images: CorruptParameters["images"]): OutputReference =>
  images === "test"
    ? testSet.node({ dataset: heldOut(dataset, images) }).output("images")
    : preprocess.node({ dataset: heldOut(dataset, images) }).output("validation")

/** Images that are scored, corrupted: one artifact for all networks. */
export const corrupt = defineStage({
  name: "corrupt",
  description: "corrupts the images that networks are scored on, in the manner of CIFAR-10-C and MNIST-C",
  parameters: CorruptParameters,
  label: ({ dataset, images, kind, severity }) => `${dataSetLabel(dataset)}/${images},${kind},severity=${severity}`,
  inputs: ({ dataset, images }) => ({ images: scoredImages(dataset, images) }),
  outputs: { images: { ...image, description: "images [n, C, H, W] and labels [n], every image corrupted" } },
  compute: () => new URL("./compute/corrupt.ts", import.meta.url),
  // Millions of values.
  work: ({ dataset, images }) => {
    const { channels, height, width, test } = dataset.shape
    return 1e-6 * channels * height * width * (images === "test" ? test : validationExamples(dataset))
  },
  paceClass: ({ kind }) => kind
})
