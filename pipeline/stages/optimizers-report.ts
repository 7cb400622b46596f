import * as Schema from "effect/Schema"
import { eachOnce } from "../../src/graph/axis.ts"
import type { Delivered } from "../../src/graph/compute.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { evaluate } from "./evaluate.ts"
import { METHOD_RATES } from "./method-rates.ts"
import { Assumptions } from "./report.ts"
import { TrainParameters } from "./schemas.ts"
import { train } from "./train.ts"
import { trialBefore, trialLabel } from "./trial.ts"

export const OptimizersParameters = Schema.Struct({
  /** What its page asks: about methods of training, or about problems on which some are tried. */
  about: Schema.Literals(["methods", "teacher", "distil", "subset"]),
  title: Schema.String,
  question: Schema.String,
  assumptions: Assumptions,
  /** What the page calls the method that others are compared with. */
  usual: Schema.String,
  /** Trainings, each with what the page calls its method. */
  trainings: Schema.Array(
    Schema.Struct({
      method: Schema.String,
      /** The method that it is another way of. */
      wayOf: Schema.optionalKey(Schema.String),
      /** What tells its cell from others on the page, beside data set, images and activation: a column each. */
      task: Schema.optionalKey(Schema.Record(Schema.String, Schema.String)),
      trial: TrainParameters
    })
  ).check(eachOnce(({ trial }) => trial, trialLabel))
})
export type OptimizersParameters = typeof OptimizersParameters.Type

const collect = ({ trainings }: OptimizersParameters) => ({
  trainings: trainings.map(({ trial }) => {
    const before = trialBefore(trial)
    return {
      ...(before !== undefined && { before: train.node(before).output("history") }),
      history: train.node(trial).output("history"),
      metrics: evaluate.node(trial).output("metrics")
    }
  })
})
export type OptimizersCollections = Delivered<ReturnType<typeof collect>>

/** The report on methods of training: deep against shallow under each. */
export const optimizersReport = defineStage({
  name: "optimizers-report",
  description: "writes the page about deep and shallow networks under several methods of training",
  parameters: OptimizersParameters,
  label: ({ title }) => title.toLowerCase().replace(/[^a-z0-9]+/g, "-"),
  inputs: collect,
  files: () => [METHOD_RATES],
  outputs: "files",
  compute: () => new URL("./compute/optimizers-report.ts", import.meta.url),
  work: ({ trainings }) => 1 + 0.01 * trainings.length
})
