import * as Schema from "effect/Schema"
import { Axis } from "../../src/graph/axis.ts"
import { defineStudy } from "../../src/graph/study.ts"
import { count } from "../../src/report/page/format.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { engineAssumption, engineSettings, type GridOfAnyEngine, gridsWithEngines } from "../stages/engines.ts"
import { evaluate } from "../stages/evaluate.ts"
import { configurationsOf, trialsOf } from "../stages/grid.ts"
import { Positive } from "../stages/numbers.ts"
import { report } from "../stages/report.ts"
import { Grid, SubsetSizes } from "../stages/schemas.ts"
import { initialValues, preprocessing, rmsprop, splitOff } from "./assumptions.ts"
import { cheapFirst, dataSetNamed, nonEmpty } from "./grid.ts"
import { asItIs, preparationAssumptions, preparationSettings, preparedBy } from "./preparing.ts"
import { scoringAssumptions, scoringOf, scoringSettings, usualScores } from "./scoring.ts"
import { asInThePaper, decayOf, trainingAssumptions, trainingOf, trainingSettings } from "./training.ts"

const { layers, filters, kernels, activations, seeds, batch, epochs } = Grid.fields

const Settings = Schema.Struct({
  datasets: Axis(Schema.String),
  ...preparationSettings,
  layers,
  filters,
  kernels,
  activations,
  seeds,
  batch,
  epochs,
  ...engineSettings,
  learningRate: Positive,
  ...trainingSettings,
  ...scoringSettings,
  /** Sizes of subsets of the training set that reach small Q, and the filters of the networks on them. */
  subsetExamples: SubsetSizes,
  subsetFilters: filters
})
type Settings = typeof Settings.Type

/** How shallow may it get? Every depth between parallel and sequential, at equal parameters. */
export const depth = (datasets: ReadonlyArray<ImageDataSet>) => {
  const gridsOf = (settings: Settings): readonly [Grid, ...Array<Grid>] => {
    const { layers, filters, kernels, activations, seeds, batch, epochs } = settings
    const { learningRate, subsetExamples, subsetFilters } = settings
    const named = settings.datasets.map((name) => preparedBy(dataSetNamed(datasets, name, "depth"), settings))
    const whole: GridOfAnyEngine = {
      layers,
      filters,
      kernels,
      activations,
      seeds,
      batch,
      epochs,
      ...trainingOf(settings),
      ...scoringOf(settings),
      datasets: nonEmpty(named),
      depths: "divisors",
      optimizer: { ...rmsprop(learningRate), ...decayOf(settings) }
    }
    const small = subsetExamples.flatMap((examples) => named.map((dataset) => ({ ...dataset, examples })))
    const grids = [whole]
    if (small.length > 0) grids.push({ ...whole, datasets: nonEmpty(small), filters: subsetFilters })
    return gridsWithEngines(grids, settings)
  }
  return defineStudy({
    name: "depth",
    title: "Between deep and shallow: every depth that divides 16 layers, at equal parameters",
    settings: Settings,
    values: {
      datasets: ["digits"],
      ...asItIs,
      layers: [16],
      filters: [1, 2, 4, 8],
      kernels: [3],
      activations: ["relu"],
      seeds: [0, 1, 2, 3, 4, 5],
      batch: 64,
      epochs: 10,
      learningRate: 1e-3,
      ...asInThePaper,
      ...usualScores,
      engine: "wasm",
      "evaluate.engine": "same",
      batched: false,
      subsetExamples: [2000],
      subsetFilters: [1, 2, 4]
    },
    nodes: (settings, { name }) => [
      report.node(
        {
          title: "Between deep and shallow",
          question:
            "The paper compares N layers in sequence with N layers side by side. Between the two lie networks of d blocks with N/d layers each. Which depth would one choose, at which overdetermination ratio Q?",
          study: name,
          assumptions: [
            {
              name: "training",
              value: `RMSprop, learning rate ${settings.learningRate}, batch ${settings.batch}, ${count(settings.epochs, "epoch")}`,
              why: "more and larger steps than in the paper, for smaller sets of images"
            },
            splitOff,
            preprocessing,
            ...preparationAssumptions(gridsOf(settings).flatMap((grid) => grid.datasets)),
            initialValues,
            ...trainingAssumptions(settings),
            ...scoringAssumptions(settings),
            engineAssumption(trialsOf(gridsOf(settings)))
          ],
          trials: { grids: gridsOf(settings) }
        },
        { name, publish: `reports/${name}` }
      )
    ],
    portions: (settings) =>
      cheapFirst(gridsOf(settings).flatMap(configurationsOf)).map((trials) =>
        trials.map((trial) => evaluate.node(trial))
      )
  })
}
