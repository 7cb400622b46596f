import * as Schema from "effect/Schema"
import { eachOnce } from "../../src/graph/axis.ts"
import type { Delivered } from "../../src/graph/compute.ts"
import { defineStage } from "../../src/graph/stage.ts"
import type { Continuation } from "../../src/report/expansion/rows.ts"
import { VIEWS } from "../../src/results/expansion.ts"
import { evaluate } from "./evaluate.ts"
import { expand } from "./expand.ts"
import { Retraining, readout } from "./readout.ts"
import { Assumptions } from "./report.ts"
import { TrainParameters } from "./schemas.ts"
import { train } from "./train.ts"
import { trialLabel, unscored } from "./trial.ts"

export const ExpansionParameters = Schema.Struct({
  title: Schema.String,
  question: Schema.String,
  /** How the networks were trained and taken apart, for the reader. */
  assumptions: Assumptions,
  networks: Schema.Array(
    Schema.Struct({
      /** A sequential network and its training. */
      trial: TrainParameters,
      /** Highest order of its exact terms. */
      order: Schema.Int,
      /** For how many epochs it and the parallel network are trained on, as they were and in the other architecture. */
      goOn: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
    })
  ).check(eachOnce(({ trial }) => trial, trialLabel)),
  /** Epochs at which the networks are analysed, in order; those beyond a training's end are not. */
  moments: Schema.Array(Schema.Int).check(eachOnce((epoch: number) => epoch)),
  examples: Schema.Int,
  precision: Schema.Literals(["f32", "f64"]),
  readout: Retraining
})
export type ExpansionParameters = typeof ExpansionParameters.Type

export type ExpansionNetwork = ExpansionParameters["networks"][number]

/** The trainings that go on from a sequential network and from the parallel one beside it, by what the report calls them. */
export function continued({ trial, goOn }: ExpansionNetwork): Partial<Record<Continuation, TrainParameters>> {
  if (goOn === 0) return {}
  const { layers, epochs } = trial
  const on = (depth: number, from: number): TrainParameters => ({
    ...trial,
    depth,
    epochs: goOn,
    from: { depth: from, epochs }
  })
  return {
    sequential: on(layers, layers),
    "sequential → parallel": on(1, layers),
    parallel: on(1, 1),
    "parallel → sequential": on(layers, 1)
  }
}

/** The nodes of one network: those about itself, and those that also need the parallel network beside it. */
export function nodesOf({ moments, examples, precision, readout: again }: Analysis, network: ExpansionNetwork) {
  const { trial, order } = network
  return {
    analysis: moments.map((epochs) =>
      expand.node({ trial: { ...unscored(trial), epochs }, order, views: VIEWS, examples, precision })
    ),
    metrics: evaluate.node(trial),
    readout: readout.node({ trial, ...again, order: Math.min(again.order, trial.depth) }),
    parallel: evaluate.node({ ...trial, depth: 1 }),
    /** Trained on: the training, which gives a history, and its scores. */
    continued: Object.entries(continued(network)).map(([kind, one]) => ({
      kind,
      history: train.node(one),
      metrics: evaluate.node(one)
    }))
  }
}
type Analysis = Pick<ExpansionParameters, "moments" | "examples" | "precision" | "readout">

/** What is collected of each network. */
const collect = ({ networks, ...analysis }: ExpansionParameters) => ({
  networks: networks.map((network) => {
    const { analysis: moments, metrics, readout, parallel, continued } = nodesOf(analysis, network)
    return {
      /** One for each moment. */
      analyses: moments.map((node) => node.output("expansion")),
      metrics: metrics.output("metrics"),
      parallel: parallel.output("metrics"),
      readout: readout.output("readout"),
      continued: Object.fromEntries(
        continued.map(({ kind, history, metrics }) => [
          kind,
          { history: history.output("history"), metrics: metrics.output("metrics") }
        ])
      )
    }
  })
})
export type ExpansionCollections = Delivered<ReturnType<typeof collect>>

/** The report on the expansion itself. */
export const expansionReport = defineStage({
  name: "expansion-report",
  description: "writes the page about the Taylor terms of trained networks",
  parameters: ExpansionParameters,
  label: ({ title }) => title.toLowerCase().replace(/[^a-z0-9]+/g, "-"),
  inputs: collect,
  outputs: "files",
  compute: () => new URL("./compute/expansion-report.ts", import.meta.url),
  work: ({ networks }) => 1 + 0.01 * networks.length
})
