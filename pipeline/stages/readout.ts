import * as Schema from "effect/Schema"
import { evaluations } from "../../src/analysis/terms.ts"
import { useOf } from "../../src/engine/engines.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { trialAxes } from "./axes.ts"
import { pace } from "./cost.ts"
import { NOT_STANDARDIZED } from "./expand.ts"
import { isSecondOrder, TrainParameters } from "./schemas.ts"
import { examplesOf, weightsAfter } from "./train.ts"
import { forwardOperations, trialLabel } from "./trial.ts"

/** How the dense layer is trained again. */
export const Retraining = Schema.Struct({
  /** Highest order of the truncated sums. */
  order: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3 })),
  /** Training images that the dense layer is trained on again, a sample that is the same for all trials. */
  examples: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 })),
  epochs: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 })),
  /** Those of the trial where they are left out: small steps over few images would leave the layer where it is. */
  batch: Schema.optionalKey(TrainParameters.fields.batch),
  learningRate: Schema.optionalKey(Schema.Finite.check(Schema.isGreaterThan(0)))
})

export const ReadoutParameters = Schema.Struct({ trial: TrainParameters, ...Retraining.fields }).check(
  Schema.makeFilter(({ trial: { dataset, depth, residual, optimizer }, order }) => {
    if (dataset.standardize === true) return NOT_STANDARDIZED
    if (isSecondOrder(optimizer))
      return `the dense layer is trained again by the trial's method, and ${optimizer.method} does not go by mini-batches`
    if (!residual) return "only residual networks have a Taylor expansion: residual is false"
    return order > depth ? `order ${order} is more than the network has blocks, ${depth}` : undefined
  })
)
export type ReadoutParameters = typeof ReadoutParameters.Type

/** Truncated expansions through the dense layer, as it was trained and trained again for them. */
export const readout = defineStage({
  name: "readout",
  description: "scores truncated expansions through the dense layer, as trained and after training it alone again",
  parameters: ReadoutParameters,
  label: ({ trial }) => trialLabel(trial),
  axes: ({ trial }) => trialAxes(trial),
  inputs: ({ trial }) => ({
    weights: weightsAfter(trial),
    train: examplesOf(trial).output("train"),
    validation: examplesOf(trial).output("validation")
  }),
  analyses: true,
  outputs: { readout: { extension: "json", description: "loss and accuracy by order, before and after" } },
  compute: () => new URL("./compute/readout.ts", import.meta.url),
  engine: () => useOf("wasm", "analysis", "f32"),
  work: ({ trial, order, examples, epochs }) => {
    const { filters, depth, dataset } = trial
    const dense = filters * dataset.shape.height * dataset.shape.width * dataset.shape.classes
    const blocks = evaluations(depth, order) * ((examples * forwardOperations(trial)) / depth)
    return 1e-9 * (blocks + 40 * (order + 2) * epochs * examples * dense)
  },
  pace
})
