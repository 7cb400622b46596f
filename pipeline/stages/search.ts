import * as Schema from "effect/Schema"
import { defineStage } from "../../src/graph/stage.ts"
import { trialAxes } from "./axes.ts"
import { build } from "./build.ts"
import { pace, trainingWork } from "./cost.ts"
import { takesGpu, trainingUse } from "./engines.ts"
import { preprocess } from "./preprocess.ts"
import { isSecondOrder, Search, TrainParameters } from "./schemas.ts"
import { buildParameters, trialLabel } from "./trial.ts"

/** A learning rate for trainings of one kind, found on a part of the training set that is set aside. */
export const search = defineStage({
  name: "search",
  description: "finds a learning rate by successive halving, on examples set aside from the training set",
  parameters: Schema.Struct({ trial: TrainParameters, search: Search }).check(
    Schema.makeFilter(({ trial: { optimizer } }) =>
      isSecondOrder(optimizer) ? `${optimizer.method} has no learning rate` : undefined
    )
  ),
  gpu: ({ trial }) => takesGpu(trial.engine),
  label: ({ trial }) => `${trialLabel(trial)},method=${trial.optimizer.method}`,
  axes: ({ trial }) => trialAxes(trial),
  inputs: ({ trial }) => ({
    initial: build.node(buildParameters(trial)).output("weights"),
    train: preprocess.node({ dataset: trial.dataset }).output("train")
  }),
  outputs: { rate: { extension: "json", description: "the learning rate found, and what each tried came to" } },
  compute: () => new URL("./compute/search.ts", import.meta.url),
  engine: ({ trial }) => trainingUse(trial),
  // Each round takes as long as the first, which tries all.
  work: ({ trial, search: { factors, epochs } }) =>
    trainingWork({ ...trial, epochs }) * factors.length * (1 + Math.log2(factors.length) / 2),
  pace
})
