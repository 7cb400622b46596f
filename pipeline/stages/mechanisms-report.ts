import * as Schema from "effect/Schema"
import { eachOnce } from "../../src/graph/axis.ts"
import type { Delivered } from "../../src/graph/compute.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { evaluate } from "./evaluate.ts"
import { RATES } from "./grid.ts"
import { Looking, mechanism } from "./mechanism.ts"
import { Epochs } from "./numbers.ts"
import { Assumptions } from "./report.ts"
import { TrainParameters } from "./schemas.ts"
import { train } from "./train.ts"
import { trialLabel, unscored } from "./trial.ts"

const untrained = Schema.makeFilter(({ epochs }: TrainParameters) =>
  epochs === 0 ? undefined : `expected a network before training (epochs 0), found one after ${epochs} epochs`
)

export const MechanismsParameters = Schema.Struct({
  title: Schema.String,
  question: Schema.String,
  assumptions: Assumptions,
  trials: Schema.Array(TrainParameters).check(eachOnce((trial: TrainParameters) => trial, trialLabel)),
  /** Epochs at which each is looked at, rising; the last is the end of the training. */
  moments: Schema.NonEmptyArray(Epochs).check(eachOnce((epoch: number) => epoch)),
  looking: Looking,
  /** Networks before training, by how their branches are scaled. */
  starts: Schema.Array(Schema.Struct({ rule: Schema.String, trial: TrainParameters.check(untrained) })).check(
    eachOnce(({ trial }) => trial, trialLabel)
  )
})
export type MechanismsParameters = typeof MechanismsParameters.Type
type Analysis = Pick<MechanismsParameters, "moments" | "looking">

/** Nodes about one network. */
export const nodesOf = ({ moments, looking }: Analysis, trial: TrainParameters) => ({
  history: train.node(trial),
  metrics: evaluate.node(trial),
  looks: moments.map((epochs) => lookAt(looking, { ...unscored(trial), epochs }))
})

export const lookAt = (looking: typeof Looking.Type, trial: TrainParameters) => mechanism.node({ trial, ...looking })

const collect = ({ trials, starts, ...analysis }: MechanismsParameters) => ({
  networks: trials.map((trial) => {
    const { history, metrics, looks } = nodesOf(analysis, trial)
    return {
      history: history.output("history"),
      metrics: metrics.output("metrics"),
      looks: looks.map((look) => look.output("mechanisms"))
    }
  }),
  starts: starts.map(({ trial }) => ({ look: lookAt(analysis.looking, trial).output("mechanisms") }))
})
export type MechanismsCollections = Delivered<ReturnType<typeof collect>>

/** The report on mechanisms. */
export const mechanismsReport = defineStage({
  name: "mechanisms-report",
  description: "writes the page about gradients, layers and smoothness of networks along their training",
  parameters: MechanismsParameters,
  label: ({ title }) => title.toLowerCase().replace(/[^a-z0-9]+/g, "-"),
  inputs: collect,
  files: () => [RATES],
  outputs: "files",
  compute: () => new URL("./compute/mechanisms-report.ts", import.meta.url),
  work: ({ trials, starts }) => 1 + 0.02 * (trials.length + starts.length)
})
