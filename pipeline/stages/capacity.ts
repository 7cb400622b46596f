import * as Schema from "effect/Schema"
import { eachOnce } from "../../src/graph/axis.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { trialAxes } from "./axes.ts"
import { build } from "./build.ts"
import { pace, trainingWork } from "./cost.ts"
import { takesGpu, trainingUse } from "./engines.ts"
import { Count, Positive } from "./numbers.ts"
import { preprocess } from "./preprocess.ts"
import { type FirstOrderTrial, isSecondOrder, TrainParameters } from "./schemas.ts"
import { buildParameters, trainingExamples, trialLabel } from "./trial.ts"

/** How the largest number of examples is looked for (src/optimize/capacity.ts). */
export const CapacitySearch = Schema.Struct({
  fewest: Count,
  /** Learning rates, as so many times that of the trial. */
  factors: Schema.NonEmptyArray(Positive).check(eachOnce((factor: number) => factor)),
  precision: Schema.Finite.check(Schema.isGreaterThan(1))
})
export type CapacitySearch = typeof CapacitySearch.Type

/** What a search cannot be about: whatever of a training says how it ends, or aims at something else than labels. */
function capacityProblem({ optimizer, ...trial }: TrainParameters): string | undefined {
  if (isSecondOrder(optimizer)) return `${optimizer.method} has no learning rate`
  const asked = (["from", "teacher", "search", "patience", "keep", "batched", "until"] as const).find(
    (member) => trial[member] !== undefined
  )
  if (asked !== undefined)
    return `trial.${asked}: a search for the capacity trains on labels, from initial values, to the end`
  return trial.dataset.standardize === true ? "trial.dataset.standardize: it is for images as they are" : undefined
}

export const CapacityParameters = Schema.Struct({
  /** What is trained, each time for its epochs at most, on so many of its data set's training images. */
  trial: TrainParameters,
  /** The images' own labels, or labels drawn at random. */
  labels: Schema.Literals(["true", "random"]),
  ...CapacitySearch.fields,
  /** Trainings at most: a search with more goes on from one with fewer. */
  tries: Count
}).check(Schema.makeFilter(({ trial }) => capacityProblem(trial)))
export type CapacityParameters = typeof CapacityParameters.Type
export type CapacityTrial = Omit<CapacityParameters, "trial"> & { readonly trial: FirstOrderTrial }

/**
 * How many examples a network fits to 100 %. All trainings of one search are one node, since each depends on those before
 * it: the graph is known before anything runs.
 */
export const capacity = defineStage({
  name: "capacity",
  description: "finds the largest number of examples that a network fits to 100 %, by bisection",
  parameters: CapacityParameters,
  extent: "tries",
  gpu: ({ trial }) => takesGpu(trial.engine),
  label: ({ trial, labels }) => `${trialLabel(trial)},labels=${labels}`,
  axes: ({ trial, labels }) => ({ ...trialAxes(trial), labels }),
  inputs: ({ trial }) => ({
    initial: build.node(buildParameters(trial)).output("weights"),
    train: preprocess.node({ dataset: trial.dataset }).output("train")
  }),
  outputs: {
    capacity: { extension: "json", description: "how many examples were fitted, and what each training came to" }
  },
  compute: () => new URL("./compute/capacity.ts", import.meta.url),
  engine: ({ trial }) => trainingUse(trial),
  work: ({ trial, labels }) => TRAININGS * trainingWork(trial) * shareOfImages(trial, labels),
  paceClass: ({ trial, labels }) => `labels=${labels},filters=${trial.filters},engine=${trial.engine}`,
  pace
})

/** All trainings of a search together, about, in trainings on as many images as can be fitted (measured on digits at 7×7). */
const TRAININGS = 20

/** Of the training images that can be fitted, about: by parameters for each output; with their own labels more. */
function shareOfImages(
  { dataset, layers, filters, kernel }: TrainParameters,
  labels: CapacityParameters["labels"]
): number {
  const { height, width, channels, classes } = dataset.shape
  const size = kernel * kernel * filters * (channels + layers * filters) + height * width * filters * classes
  return Math.min(1, ((labels === "random" ? 2 : 20) * size) / classes / trainingExamples(dataset))
}
