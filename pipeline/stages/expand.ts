import * as Schema from "effect/Schema"
import { useOf } from "../../src/engine/engines.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { build } from "./build.ts"
import { TrainParameters } from "./schemas.ts"
import { examplesOf, train } from "./train.ts"
import { buildParameters, forwardOperations, trialAxes, trialLabel } from "./trial.ts"

/** How many validation images the terms are computed on. */
export const TermExamples = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 }))

/** The exact Taylor terms of a deep network, before and after training (SCIENCE "A"). */
export const expand = defineStage({
  name: "expand",
  description: "splits a deep network's output into its exact Taylor terms T_0, T_1, T_2 and the remainder",
  parameters: Schema.Struct({
    trial: TrainParameters,
    /** Validation images that the terms are computed on: the first so many. */
    examples: TermExamples
  }),
  label: ({ trial }) => trialLabel(trial),
  axes: ({ trial }) => trialAxes(trial),
  inputs: ({ trial }) => ({
    initial: build.node(buildParameters(trial)).output("weights"),
    weights: train.node(trial).output("weights"),
    validation: examplesOf(trial).output("validation")
  }),
  analyses: true,
  outputs: {
    terms: { extension: "json", description: "norms, shares and remainders of the terms; scores of the truncated sums" }
  },
  compute: () => new URL("./compute/expand.ts", import.meta.url),
  engine: () => useOf("wasm", "analysis", "f64"),
  work: ({ trial, examples }) => 1e-9 * examples * trial.depth * forwardOperations(trial)
})
