import * as Schema from "effect/Schema"
import { eachOnce } from "../../src/graph/axis.ts"
import type { Delivered } from "../../src/graph/compute.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { evaluate } from "./evaluate.ts"
import { RATES } from "./grid.ts"
import { LesionParameters, lesion } from "./lesion.ts"
import { Assumptions } from "./report.ts"
import { TrainParameters } from "./schemas.ts"
import { train } from "./train.ts"
import { trialLabel } from "./trial.ts"

export const LesionReportParameters = Schema.Struct({
  title: Schema.String,
  question: Schema.String,
  assumptions: Assumptions,
  /** Sequential networks of an even number of layers; beside each stands the parallel one. */
  trials: Schema.Array(
    TrainParameters.check(
      Schema.makeFilter(({ layers, depth }) =>
        layers % 2 === 0 && depth === layers
          ? undefined
          : `expected a sequential network of an even number of layers, found ${layers} layers at depth ${depth}`
      )
    )
  ).check(eachOnce((trial: TrainParameters) => trial, trialLabel)),
  /** How the lesions are made: see the stage lesion. */
  ...{ examples: LesionParameters.fields.examples, draws: LesionParameters.fields.draws },
  precision: LesionParameters.fields.precision,
  /** For so many epochs trainings go on, at the whole depth and at half of it. */
  goOn: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
})
export type LesionReportParameters = typeof LesionReportParameters.Type
type Analysis = Pick<LesionReportParameters, "examples" | "draws" | "precision" | "goOn">

/** Nodes about one sequential network. */
export function nodesOf({ examples, draws, precision, goOn }: Analysis, trial: TrainParameters) {
  const how = { examples, draws, precision }
  const parallel = { ...trial, depth: 1 }
  const on = (depth: number): TrainParameters => ({
    ...trial,
    ...{ depth, epochs: goOn, from: { depth: trial.depth, epochs: trial.epochs } }
  })
  const one = (trial: TrainParameters) => ({ history: train.node(trial), metrics: evaluate.node(trial) })
  return {
    sequential: { ...one(trial), lesions: lesion.node({ trial, ...how }) },
    parallel: { ...one(parallel), lesions: lesion.node({ trial: parallel, ...how }) },
    same: one(on(trial.depth)),
    halved: one(on(trial.depth / 2))
  }
}

const collect = ({ trials, ...analysis }: LesionReportParameters) => ({
  networks: trials.map((trial) => {
    const { sequential, parallel, same, halved } = nodesOf(analysis, trial)
    const outputs = ({ history, metrics }: typeof same) => ({
      history: history.output("history"),
      metrics: metrics.output("metrics")
    })
    const lesioned = ({ lesions, ...one }: typeof sequential) => ({
      ...outputs(one),
      lesions: lesions.output("lesions")
    })
    return {
      sequential: lesioned(sequential),
      parallel: lesioned(parallel),
      same: outputs(same),
      halved: outputs(halved)
    }
  })
})
export type LesionCollections = Delivered<ReturnType<typeof collect>>

/** The report on lesions. */
export const lesionReport = defineStage({
  name: "lesion-report",
  description: "writes the page about lesions of trained networks",
  parameters: LesionReportParameters,
  label: ({ title }) => title.toLowerCase().replace(/[^a-z0-9]+/g, "-"),
  inputs: collect,
  files: () => [RATES],
  outputs: "files",
  compute: () => new URL("./compute/lesion-report.ts", import.meta.url),
  work: ({ trials }) => 1 + 0.02 * trials.length
})
