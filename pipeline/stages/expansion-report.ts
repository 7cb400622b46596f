import * as Schema from "effect/Schema"
import { defineStage } from "../../src/graph/stage.ts"
import { dissect } from "./dissect.ts"
import { evaluate } from "./evaluate.ts"
import { readout } from "./readout.ts"
import { TrainParameters } from "./schemas.ts"
import { train } from "./train.ts"

export const ExpansionParameters = Schema.Struct({
  title: Schema.String,
  question: Schema.String,
  networks: Schema.Array(
    Schema.Struct({
      /** A sequential network and its training. */
      trial: TrainParameters,
      /** Highest order of its exact terms. */
      order: Schema.Int,
      /** Whether it and the parallel network are trained on, as they were and in the other architecture. */
      goOn: Schema.Boolean
    })
  ),
  /** Epochs at which the networks are analysed, in order; those beyond a training's end are not. */
  moments: Schema.Array(Schema.Int),
  examples: Schema.Int,
  precision: Schema.Literals(["f32", "f64"]),
  readout: Schema.Struct({ order: Schema.Int, examples: Schema.Int, epochs: Schema.Int })
})
export type ExpansionParameters = typeof ExpansionParameters.Type

/** The trainings that go on from a sequential network and from the parallel one beside it, in the report's order. */
export function continued(trial: TrainParameters): ReadonlyArray<TrainParameters> {
  const { layers, epochs } = trial
  const on = (depth: number, from: number): TrainParameters => ({ ...trial, depth, from: { depth: from, epochs } })
  return [on(layers, layers), on(1, layers), on(1, 1), on(layers, 1)]
}

/** The report on the expansion itself. */
export const expansionReport = defineStage({
  name: "expansion-report",
  description: "writes the page about the Taylor terms of trained networks",
  parameters: ExpansionParameters,
  label: ({ title }) => title.toLowerCase().replace(/[^a-z0-9]+/g, "-"),
  inputs: ({ networks, moments, examples, precision, readout: again }) => ({
    analysis: networks.flatMap(({ trial, order }) =>
      moments.map((epochs) =>
        dissect.node({ trial: { ...trial, epochs }, order, examples, precision }).output("expansion")
      )
    ),
    metrics: networks.map(({ trial }) => evaluate.node(trial).output("metrics")),
    parallel: networks.map(({ trial }) => evaluate.node({ ...trial, depth: 1 }).output("metrics")),
    readout: networks.map(({ trial }) =>
      readout.node({ trial, ...again, order: Math.min(again.order, trial.depth) }).output("readout")
    ),
    continuedHistory: networks.flatMap(({ trial, goOn }) =>
      goOn ? continued(trial).map((one) => train.node(one).output("history")) : []
    ),
    continuedMetrics: networks.flatMap(({ trial, goOn }) =>
      goOn ? continued(trial).map((one) => evaluate.node(one).output("metrics")) : []
    )
  }),
  outputs: "files",
  compute: () => new URL("./compute/expansion-report.ts", import.meta.url),
  work: ({ networks }) => 1 + 0.01 * networks.length
})
