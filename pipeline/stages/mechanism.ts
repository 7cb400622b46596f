import * as Schema from "effect/Schema"
import { useOf } from "../../src/engine/engines.ts"
import { eachOnce } from "../../src/graph/axis.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { trialAxes } from "./axes.ts"
import { build } from "./build.ts"
import { pace } from "./cost.ts"
import { NOT_STANDARDIZED } from "./expand.ts"
import { Positive } from "./numbers.ts"
import { TrainParameters } from "./schemas.ts"
import { examplesOf, weightsAfter } from "./train.ts"
import { buildParameters, forwardOperations, trialLabel } from "./trial.ts"

/** How a network is looked at, whichever. */
export const Looking = Schema.Struct({
  /** Training images, a sample that is the same for all trials. */
  examples: Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 100_000 })),
  /** Lines between two images, and steps along each. */
  lines: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 10_000 })),
  steps: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 })),
  /** Deviations of noise in every pixel, pixels from 0 to 1. */
  noise: Schema.Array(Positive).check(eachOnce((deviation: number) => deviation)),
  precision: Schema.Literals(["f32", "f64"])
})

export const MechanismParameters = Schema.Struct({
  /** Its epochs say when: 0 is before training. */
  trial: TrainParameters,
  ...Looking.fields
}).check(
  Schema.makeFilter(({ trial: { dataset, from } }) => {
    if (dataset.standardize === true) return NOT_STANDARDIZED
    return from === undefined
      ? undefined
      : "distances are from initial values: leave `from` out, where a training starts elsewhere"
  })
)
export type MechanismParameters = typeof MechanismParameters.Type

/** Gradients, layers and smoothness of a network at one moment of its training. */
export const mechanism = defineStage({
  name: "mechanism",
  description: "measures gradients by layer, distances from initial values, active nonlinearities and smoothness",
  parameters: MechanismParameters,
  label: ({ trial }) => `${trialLabel(trial)},epochs=${trial.epochs}`,
  axes: ({ trial }) => trialAxes(trial),
  inputs: ({ trial }) => ({
    initial: build.node(buildParameters(trial)).output("weights"),
    weights: weightsAfter(trial),
    train: examplesOf(trial).output("train")
  }),
  analyses: true,
  outputs: { mechanisms: { extension: "json", description: "gradients by layer, cosines, activity, smoothness" } },
  compute: () => new URL("./compute/mechanism.ts", import.meta.url),
  engine: ({ precision }) => useOf("wasm", "analysis", precision),
  work: ({ trial, examples, lines, steps, noise, precision }) => {
    const { depth, dataset, residual } = trial
    const { classes } = dataset.shape
    // Forward, backward by all logits, weights in plain loops, and the gradient by path length.
    const perExample = 12 + 2 * classes + noise.length + (residual ? depth / 2 : 0)
    const passes = examples * perExample + 3 * lines * (steps + 1)
    return 1e-9 * passes * forwardOperations(trial) * (precision === "f64" ? 2 : 1)
  },
  paceClass: ({ trial: { filters, kernel } }) => `filters=${filters},kernel=${kernel}`,
  pace
})
