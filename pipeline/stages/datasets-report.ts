import * as Schema from "effect/Schema"
import { Axis, eachOnce } from "../../src/graph/axis.ts"
import type { Delivered } from "../../src/graph/compute.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { classes } from "./classes.ts"
import { evaluate } from "./evaluate.ts"
import { dataSetsOf, distinctTrialsOf, RATES } from "./grid.ts"
import { Count, Fraction } from "./numbers.ts"
import { Assumptions } from "./report.ts"
import { Grid } from "./schemas.ts"

/** Numbers of seeds at which claims are looked at, rising. */
export const Looks = Axis(Count).check(
  Schema.makeFilter((looks) =>
    looks.every((seeds, k) => seeds > (looks[k - 1] ?? 1)) ? undefined : "Expected rising numbers of at least 2"
  )
)

export const DatasetsParameters = Schema.Struct({
  title: Schema.String,
  question: Schema.String,
  assumptions: Assumptions,
  looks: Looks,
  /** Each a claim on every one of its data sets. */
  series: Schema.Array(Schema.Struct({ name: Schema.String, title: Schema.String, grid: Grid })).check(
    eachOnce(({ name }) => name)
  ),
  /** Networks with a share of the training labels wrong, from few to many. */
  noise: Schema.Array(Schema.Struct({ share: Fraction, grid: Grid })).check(eachOnce(({ share }) => share)),
  /** Linear models, which stand beside. */
  linear: Schema.Array(Grid)
})
export type DatasetsParameters = typeof DatasetsParameters.Type
/** What is trained for it. */
export type DatasetsParts = Pick<DatasetsParameters, "series" | "noise" | "linear">

/** All its grids: those of the series, some of which have trials in common, then the others. */
export const gridsIn = ({ series, noise, linear }: DatasetsParts) => [
  ...[...series, ...noise].map(({ grid }) => grid),
  ...linear
]

const collect = (parts: DatasetsParts) => {
  const trials = distinctTrialsOf(gridsIn(parts))
  return {
    datasets: dataSetsOf(trials).map((dataset) => ({ counts: classes.node({ dataset }).output("counts") })),
    trials: trials.map((trial) => ({ metrics: evaluate.node(trial).output("metrics") }))
  }
}
export type DatasetsCollections = Delivered<ReturnType<typeof collect>>

/** The report on deep and shallow networks over several data sets, by claims that are looked at as declared. */
export const datasetsReport = defineStage({
  name: "datasets-report",
  description: "writes the page about deep and shallow networks on several data sets",
  parameters: DatasetsParameters,
  label: ({ title }) => title.toLowerCase().replace(/[^a-z0-9]+/g, "-"),
  inputs: collect,
  files: () => [RATES],
  outputs: "files",
  compute: () => new URL("./compute/datasets-report.ts", import.meta.url),
  work: (parameters) => 1 + 0.01 * distinctTrialsOf(gridsIn(parameters)).length
})
