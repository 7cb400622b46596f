import * as Schema from "effect/Schema"
import { eachOnce } from "../../src/graph/axis.ts"
import type { Delivered } from "../../src/graph/compute.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { evaluate } from "./evaluate.ts"
import { expand } from "./expand.ts"
import { RATES } from "./grid.ts"
import { Epochs } from "./numbers.ts"
import { Assumptions } from "./report.ts"
import { TrainParameters } from "./schemas.ts"
import { train } from "./train.ts"
import { trialLabel, unscored } from "./trial.ts"

const Part = Schema.Literals(["residual", "depth", "activation", "rate", "batch", "subset", "width", "scale", "gain"])

export const AblationParameters = Schema.Struct({
  title: Schema.String,
  question: Schema.String,
  assumptions: Assumptions,
  /** What each part of the study changes, and to what; the base stands in several parts. */
  trials: Schema.Array(Schema.Struct({ part: Part, level: Schema.String, trial: TrainParameters })).check(
    eachOnce(
      (one) => one,
      ({ level, trial }) => `${level}: ${trialLabel(trial)}`
    )
  ),
  /** Epochs at which sequential networks of the part `scale` are taken apart, rising. */
  moments: Schema.NonEmptyArray(Epochs).check(eachOnce((epoch: number) => epoch)),
  examples: Schema.Int,
  precision: Schema.Literals(["f32", "f64"])
})
export type AblationParameters = typeof AblationParameters.Type
export type Ablated = AblationParameters["trials"][number]
type Analysis = Pick<AblationParameters, "moments" | "examples" | "precision">

/** Nodes about one network. */
export const nodesOf = ({ moments, examples, precision }: Analysis, { part, trial }: Ablated) => ({
  history: train.node(trial),
  metrics: evaluate.node(trial),
  expansions:
    part === "scale" && trial.depth > 1
      ? moments.map((epochs) =>
          expand.node({ trial: { ...unscored(trial), epochs }, order: 1, views: [], examples, precision })
        )
      : []
})

const collect = ({ trials, ...analysis }: AblationParameters) => ({
  networks: trials.map((one) => {
    const { history, metrics, expansions } = nodesOf(analysis, one)
    return {
      history: history.output("history"),
      metrics: metrics.output("metrics"),
      expansions: expansions.map((node) => node.output("expansion"))
    }
  })
})
export type AblationCollections = Delivered<ReturnType<typeof collect>>

/** The report on ablations. */
export const ablationReport = defineStage({
  name: "ablation-report",
  description: "writes the page about networks with one thing changed at a time",
  parameters: AblationParameters,
  label: ({ title }) => title.toLowerCase().replace(/[^a-z0-9]+/g, "-"),
  inputs: collect,
  files: () => [RATES],
  outputs: "files",
  compute: () => new URL("./compute/ablation-report.ts", import.meta.url),
  work: ({ trials }) => 1 + 0.01 * trials.length
})
