import * as Schema from "effect/Schema"
import { lesionEvaluations } from "../../src/analysis/lesions.ts"
import { useOf } from "../../src/engine/engines.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { trialAxes } from "./axes.ts"
import { pace } from "./cost.ts"
import { ExpansionExamples, NOT_STANDARDIZED } from "./expand.ts"
import { TrainParameters } from "./schemas.ts"
import { examplesOf, weightsAfter } from "./train.ts"
import { forwardOperations, trialLabel } from "./trial.ts"

/** Sets of layers left out, and orders, that are drawn of each kind. */
export const Draws = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))

export const LesionParameters = Schema.Struct({
  trial: TrainParameters,
  /** Validation images that each lesion is scored on, a sample that is the same for all trials. */
  examples: ExpansionExamples,
  draws: Draws,
  precision: Schema.Literals(["f32", "f64"])
}).check(
  Schema.makeFilter(({ trial: { dataset, layers } }) => {
    if (dataset.standardize === true) return NOT_STANDARDIZED
    return layers < 2
      ? "a network of one layer has none that could be left out: expected two layers at least"
      : undefined
  })
)
export type LesionParameters = typeof LesionParameters.Type

/** A trained network with its layers wired in other ways. */
export const lesion = defineStage({
  name: "lesion",
  description: "scores a trained network with layers left out, swapped, reversed, shuffled and side by side",
  parameters: LesionParameters,
  label: ({ trial }) => trialLabel(trial),
  axes: ({ trial }) => trialAxes(trial),
  inputs: ({ trial }) => ({
    weights: weightsAfter(trial),
    validation: examplesOf(trial).output("validation")
  }),
  analyses: true,
  outputs: { lesions: { extension: "json", description: "loss and accuracy of every lesion" } },
  compute: () => new URL("./compute/lesion.ts", import.meta.url),
  engine: ({ precision }) => useOf("wasm", "analysis", precision),
  work: ({ trial, examples, draws, precision }) => {
    const layer = (examples * forwardOperations(trial)) / trial.layers
    return 1e-9 * lesionEvaluations(trial, draws) * layer * (precision === "f64" ? 2 : 1)
  },
  paceClass: ({ trial: { filters, kernel } }) => `filters=${filters},kernel=${kernel}`,
  pace
})
