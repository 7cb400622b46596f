import * as Schema from "effect/Schema"
import { eachOnce } from "../../src/graph/axis.ts"
import type { Delivered } from "../../src/graph/compute.ts"
import { defineStage, type Inputs } from "../../src/graph/stage.ts"
import { classes } from "./classes.ts"
import { evaluate } from "./evaluate.ts"
import { expand } from "./expand.ts"
import { commonTrial, dataSetsOf, RATES, takesHistory, trialsOf } from "./grid.ts"
import { Count, Seed } from "./numbers.ts"
import { drawnTrialsOf, type Sample as SampleType } from "./sample.ts"
import { Grid, TrainParameters } from "./schemas.ts"
import { NOT_HERE } from "./selection.ts"
import { train } from "./train.ts"
import { endsOf, trialLabel, unscored } from "./trial.ts"

/** Reports choose among depths between deep and shallow, where there are some. */
function depthChoiceProblem(trials: ReadonlyArray<TrainParameters>): string | undefined {
  const between = trials.find(({ dataset, depth, layers }) => {
    return dataset.validation === "test" && depth > 1 && depth < layers
  })
  return between && `a depth is chosen among those of ${trialLabel(between)} and its like, and ${NOT_HERE}`
}

/** Trials one by one. */
const List = Schema.Array(
  Schema.Struct({
    trial: TrainParameters,
    /** Number of images that its Taylor expansion is computed on, before and after training; null: it is not. */
    expanded: Schema.NullOr(Schema.Int)
  })
).check(
  eachOnce(({ trial }) => trial, trialLabel),
  Schema.makeFilter((list) => depthChoiceProblem(list.map(({ trial }) => trial)))
)

const Grids = Schema.NonEmptyArray(Grid).check(
  Schema.makeFilter((grids) => depthChoiceProblem(trialsOf(grids.filter(({ depths }) => depths === "divisors")))),
  Schema.makeFilter((grids) => {
    const common = commonTrial(grids)
    return common && `the trial ${trialLabel(common)} is in two of them, and would count twice: take it out of one`
  })
)

/** The part of the grids that is drawn and stands for the whole (sample.ts). */
const Sample: Schema.Codec<SampleType> = Schema.Struct({ expected: Count, seed: Seed })

/** What a page says of how it came about: a line each. */
export const Assumptions = Schema.Array(
  Schema.Struct({ name: Schema.String, value: Schema.String, why: Schema.String })
)

export const ReportParameters = Schema.Struct({
  title: Schema.String,
  question: Schema.String,
  /** The study's name, if it has the setting `seeds`: the report then says which command would get more of them. */
  study: Schema.optionalKey(Schema.String),
  /** What the paper does not state and this study had to choose. */
  assumptions: Assumptions,
  /** A grid is thousands of trials in a few lines; its report has the paper's form, or that of a sample. */
  trials: Schema.Union([List, Schema.Struct({ grids: Grids, sample: Schema.optionalKey(Sample) })])
})
export type ReportParameters = typeof ReportParameters.Type

/** The exact terms up to T_2; the rest is the remainder. */
const ORDER = 2

/** The images of each class, of each data set. */
const counted = (trials: ReadonlyArray<TrainParameters>) =>
  dataSetsOf(trials).map((dataset) => ({ counts: classes.node({ dataset }).output("counts") }))

/** What is collected of each trial. */
const collectList = (trials: typeof List.Type) => ({
  datasets: counted(trials.map(({ trial }) => trial)),
  trials: trials.map(({ trial, expanded }) => ({
    history: train.node(trial).output("history"),
    metrics: evaluate.node(trial).output("metrics"),
    /** One for each of `endsOf`. */
    expansions:
      expanded === null
        ? []
        : endsOf(trial).map((epochs) =>
            expand
              .node({
                trial: { ...unscored(trial), epochs },
                order: Math.min(ORDER, trial.depth),
                views: [],
                examples: expanded,
                precision: "f64"
              })
              .output("expansion")
          )
  }))
})
export type ListCollections = Delivered<ReturnType<typeof collectList>>

function collectGrids(grids: ReadonlyArray<Grid>) {
  const all = trialsOf(grids)
  const takes = takesHistory(grids)
  return {
    datasets: counted(all),
    trials: all.map((trial) => ({
      history: takes(trial) ? train.node(trial).output("history") : undefined,
      metrics: evaluate.node(trial).output("metrics")
    }))
  }
}
export type GridCollections = Delivered<ReturnType<typeof collectGrids>>

function collectSample(grids: ReadonlyArray<Grid>, sample: SampleType) {
  const all = drawnTrialsOf(grids, sample)
  return {
    datasets: counted(all),
    trials: all.map((trial) => ({ metrics: evaluate.node(trial).output("metrics") }))
  }
}
export type SampleCollections = Delivered<ReturnType<typeof collectSample>>

const modules = {
  list: new URL("./compute/report.ts", import.meta.url),
  grids: new URL("./compute/grid-report.ts", import.meta.url),
  sample: new URL("./compute/sampled-report.ts", import.meta.url)
}

/** The report on a grid of trials: page, Markdown, figures and tables, from the results that are there. */
export const report = defineStage({
  name: "report",
  description: "writes tables, figures and the page about a study's trials",
  parameters: ReportParameters,
  label: ({ title }) => title.toLowerCase().replace(/[^a-z0-9]+/g, "-"),
  inputs: ({ trials }): Inputs => {
    if (!("grids" in trials)) return collectList(trials)
    return trials.sample === undefined ? collectGrids(trials.grids) : collectSample(trials.grids, trials.sample)
  },
  files: ({ trials }) => ("grids" in trials ? [RATES] : []),
  outputs: "files",
  compute: ({ trials }) =>
    !("grids" in trials) ? modules.list : trials.sample === undefined ? modules.grids : modules.sample,
  work: ({ trials }) => 1 + 0.01 * ("grids" in trials ? trialsOf(trials.grids).length : trials.length)
})
