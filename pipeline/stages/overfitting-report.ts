import * as Schema from "effect/Schema"
import { eachOnce } from "../../src/graph/axis.ts"
import type { Delivered } from "../../src/graph/compute.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { CapacityParameters, capacity } from "./capacity.ts"
import { classes } from "./classes.ts"
import { evaluate } from "./evaluate.ts"
import { dataSetsOf, RATES } from "./grid.ts"
import { Positive } from "./numbers.ts"
import { Assumptions } from "./report.ts"
import { TrainParameters } from "./schemas.ts"
import { train } from "./train.ts"
import { trialLabel } from "./trial.ts"

export const OverfittingParameters = Schema.Struct({
  title: Schema.String,
  question: Schema.String,
  assumptions: Assumptions,
  /** Training loss at which a network counts as at its minimum. */
  criterion: Positive,
  trainings: Schema.Array(
    Schema.Struct({ part: Schema.Literals(["depth", "width", "minimum"]), trial: TrainParameters })
  ).check(eachOnce(({ trial }) => trial, trialLabel)),
  /** Searches for the largest number of examples that is fitted. */
  capacities: Schema.Array(CapacityParameters).check(eachOnce((one) => one))
})
export type OverfittingParameters = typeof OverfittingParameters.Type

const collect = ({ trainings, capacities }: OverfittingParameters) => ({
  datasets: dataSetsOf(trainings.map(({ trial }) => trial)).map((dataset) => ({
    counts: classes.node({ dataset }).output("counts")
  })),
  trainings: trainings.map(({ trial }) => ({
    history: train.node(trial).output("history"),
    metrics: evaluate.node(trial).output("metrics")
  })),
  capacities: capacities.map((parameters) => ({ capacity: capacity.node(parameters).output("capacity") }))
})
export type OverfittingCollections = Delivered<ReturnType<typeof collect>>

/** The report on overfitting: depth and width at equal parameters, with wrong labels and corrupted images. */
export const overfittingReport = defineStage({
  name: "overfitting-report",
  description: "writes the page about overfitting of deep and shallow networks at equal parameters",
  parameters: OverfittingParameters,
  label: ({ title }) => title.toLowerCase().replace(/[^a-z0-9]+/g, "-"),
  inputs: collect,
  files: () => [RATES],
  outputs: "files",
  compute: () => new URL("./compute/overfitting-report.ts", import.meta.url),
  work: ({ trainings, capacities }) => 1 + 0.01 * (trainings.length + capacities.length)
})
