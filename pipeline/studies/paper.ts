import * as Schema from "effect/Schema"
import { Axis } from "../../src/graph/axis.ts"
import { canonical } from "../../src/graph/canonical.ts"
import { defineStudy } from "../../src/graph/study.ts"
import { count } from "../../src/report/page/format.ts"
import { type ImageDataSet, officially } from "../datasets/dataset.ts"
import { engineAssumption, engineSettings, type GridOfAnyEngine, gridsWithEngines } from "../stages/engines.ts"
import { evaluate } from "../stages/evaluate.ts"
import { configurationsOf, trialsOf } from "../stages/grid.ts"
import { Fraction, Positive } from "../stages/numbers.ts"
import { report } from "../stages/report.ts"
import { type DataSetParameters, Grid, SubsetSizes, TrainParameters } from "../stages/schemas.ts"
import { EPSILON, initialValues, officialTest, preprocessing, RHO, rmsprop, stem } from "./assumptions.ts"
import { cheapFirst, dataSetNamed, nonEmpty } from "./grid.ts"
import { drawnTrialsIn, drawOf, sampleIn, samplingAssumptions, samplingSettings, wholeGrid } from "./sampling.ts"

const { datasets: _, depths: __, optimizer: ___, engine: ____, scoredBy: _____, ...axes } = Grid.fields

/**
 * The paper's experiment: 2 data sets × 2 architectures × 6 numbers of layers × 6 numbers of filters × 3 kernel sizes ×
 * 2 activations × 8 seeds = 6,912 configurations, of which 6,336 are distinct (with one layer both architectures are
 * one network). What the paper does not state is a setting here, and listed in the report.
 */
const Settings = Schema.Struct({
  datasets: Axis(Schema.String),
  ...axes,
  ...engineSettings,
  learningRate: Positive,
  rho: Fraction,
  epsilon: Positive,
  /** Number of layers of the series over filters. */
  seriesLayers: TrainParameters.fields.layers,
  /** Sizes of the subsets of the training set that fill small Q with small networks; their layers, filters, batch. */
  subsetExamples: SubsetSizes,
  subsetLayers: axes.layers,
  subsetFilters: axes.filters,
  subsetBatch: axes.batch,
  ...samplingSettings
})
type Settings = typeof Settings.Type

const values: Settings = {
  datasets: ["mnist", "cifar10"],
  layers: [1, 2, 4, 8, 16, 32],
  filters: [1, 2, 4, 8, 16, 32],
  kernels: [3, 5, 7],
  activations: ["relu", "tanh"],
  seeds: [0, 1, 2, 3, 4, 5, 6, 7],
  batch: 512,
  epochs: 100,
  learningRate: 1e-4,
  rho: RHO,
  epsilon: EPSILON,
  engine: "wasm",
  "evaluate.engine": "same",
  batched: false,
  seriesLayers: 16,
  subsetExamples: [300, 600, 1200, 2000],
  subsetLayers: [2, 4, 8, 16],
  subsetFilters: [1],
  subsetBatch: 16,
  ...wholeGrid
}

/** The paper's grid, then that of the subsets: not of a sample, which is one of the paper's grid. */
function gridsOf(datasets: ReadonlyArray<ImageDataSet>, settings: Settings): readonly [Grid, ...Array<Grid>] {
  const {
    learningRate,
    rho,
    epsilon,
    seriesLayers,
    subsetExamples,
    subsetLayers,
    subsetFilters,
    subsetBatch,
    engine,
    "evaluate.engine": scorer,
    batched,
    sample,
    sampleSeed: _,
    ...rest
  } = settings
  const named = settings.datasets.map((name) => officially(dataSetNamed(datasets, name, "paper").parameters))
  const whole: GridOfAnyEngine = {
    ...rest,
    datasets: nonEmpty(named),
    depths: "ends",
    optimizer: rmsprop(learningRate, rho, epsilon)
  }
  const [kernel] = rest.kernels
  const [activation] = rest.activations
  const small = subsetExamples.flatMap((examples) => named.map((dataset) => ({ ...dataset, examples })))
  const subsets = (small: readonly [DataSetParameters, ...Array<DataSetParameters>]): GridOfAnyEngine => ({
    ...whole,
    datasets: small,
    layers: subsetLayers,
    filters: subsetFilters,
    kernels: [kernel],
    activations: [activation],
    batch: subsetBatch
  })
  const all = sample !== null || small.length === 0 ? [whole] : [whole, subsets(nonEmpty(small))]
  return gridsWithEngines(all, settings)
}

/** Trials in the order of a budget, those of one configuration and seed together. */
function inOrder(datasets: ReadonlyArray<ImageDataSet>, settings: Settings) {
  const grids = gridsOf(datasets, settings)
  const groups = cheapFirst(grids.flatMap(configurationsOf), rankOf(settings))
  const sample = sampleIn(settings)
  if (sample === undefined) return groups
  const drawn = new Set(drawnTrialsIn("paper", grids, sample).map(canonical))
  return groups.filter(([trial]) => drawn.has(canonical(trial)))
}

/** The trials of the paper's two series on a data set, as this study trains them, in the order of a budget. */
export function paperSeries(datasets: ReadonlyArray<ImageDataSet>, dataset: string) {
  const settings: Settings = { ...values, datasets: [dataset] }
  return inOrder(datasets, settings).filter(([trial]) => rankOf(settings)(trial) <= 1)
}

export const paper = (datasets: ReadonlyArray<ImageDataSet>) =>
  defineStudy({
    name: "paper",
    title: "The paper, reproduced: deep against shallow on MNIST and CIFAR-10, 6,912 configurations",
    settings: Settings,
    values,
    nodes: (settings, { name }) => {
      const grids = gridsOf(datasets, settings)
      const sample = sampleIn(settings)
      const trained = sample === undefined ? trialsOf(grids) : drawnTrialsIn("paper", grids, sample)
      return [
        report.node(
          {
            title: "Make deep networks shallow again, reproduced",
            question:
              "Bermeitinger, Hrycej & Handschuh (arXiv 2309.08414) train stacks of residual layers and the same layers side by side, 6,912 configurations on MNIST and CIFAR10, and find them about equal. Are they?",
            study: name,
            assumptions: [...assumptionsOf(settings), engineAssumption(trained)],
            trials: { grids, ...(sample !== undefined && { sample }) }
          },
          { name, publish: `reports/${name}` }
        )
      ]
    },
    draw: (settings) => {
      const sample = sampleIn(settings)
      return sample && drawOf("paper", gridsOf(datasets, settings), sample)
    },
    portions: (settings) => inOrder(datasets, settings).map((trials) => trials.map((trial) => evaluate.node(trial)))
  })

/**
 * What a budget takes first: the paper's two series, one filter over layers and filters at 16 layers; then the subsets,
 * then the rest.
 */
const rankOf =
  ({ filters, kernels, activations, seriesLayers }: Settings) =>
  ({ dataset, ...trial }: TrainParameters): number => {
    if (dataset.examples !== null) return 2
    if (trial.kernel !== kernels[0] || trial.activation !== activations[0]) return 3
    return trial.filters === Math.min(...filters) ? 0 : trial.layers === seriesLayers ? 1 : 3
  }

function assumptionsOf(settings: Settings) {
  const { learningRate, rho, epsilon, batch, epochs, kernels, activations, seeds } = settings
  const list = (values: ReadonlyArray<string | number>) => values.join(", ")
  return [
    {
      name: "training",
      value: `RMSprop, learning rate ${learningRate}, batch ${batch}, ${count(epochs, "epoch")}`,
      why: "stated in the paper"
    },
    {
      name: "RMSprop's other constants",
      value: `ρ ${rho}, ε ${epsilon} inside the root`,
      why: "Keras's defaults; not stated"
    },
    officialTest,
    preprocessing,
    stem,
    { name: "layers", value: "stride 1, zero padding, biases, no pooling", why: "not stated" },
    { name: "kernel sizes", value: list(kernels), why: "several are stated, not which" },
    { name: "activations", value: list(activations), why: "not stated; two make the paper's number of configurations" },
    {
      name: "layers and filters",
      value: `${list(settings.layers)} and ${list(settings.filters)}`,
      why: "1 to 32 are stated, in powers of two"
    },
    initialValues,
    { name: "seeds", value: list(seeds), why: "not stated; eight make the paper's number of configurations" },
    ...samplingAssumptions(sampleIn(settings)),
    ...(settings.subsetExamples.length === 0 || settings.sample !== null
      ? []
      : [
          {
            name: "subsets for small Q",
            value: `${list(settings.subsetExamples)} training images, batch ${settings.subsetBatch}, ${list(settings.subsetLayers)} layers, ${list(settings.subsetFilters)} filters`,
            why: "not in the paper: small networks reach small Q only with few images; the smaller batch gives them enough updates"
          }
        ])
  ]
}
