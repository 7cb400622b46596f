import * as Schema from "effect/Schema"
import { orderWithin } from "../../src/analysis/terms.ts"
import { useOf } from "../../src/engine/engines.ts"
import { Axis } from "../../src/graph/axis.ts"
import { defineStudy } from "../../src/graph/study.ts"
import { count } from "../../src/report/page/format.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { engineAssumption, withEngines } from "../stages/engines.ts"
import { ExpansionExamples } from "../stages/expand.ts"
import { type ExpansionNetwork, type ExpansionParameters, expansionReport } from "../stages/expansion-report.ts"
import { Count, Positive } from "../stages/numbers.ts"
import { Retraining } from "../stages/readout.ts"
import { EngineSetting, TrainParameters } from "../stages/schemas.ts"
import { rmsprop } from "./assumptions.ts"
import { dataSetNamed } from "./grid.ts"
import { asItIs, preparationAssumptions, preparationSettings, preparedBy } from "./preparing.ts"
import { asInThePaper, decayOf, trainingAssumptions, trainingOf, trainingSettings } from "./training.ts"

const { filters, activation, seed, epochs, batch } = TrainParameters.fields
const Deep = TrainParameters.fields.layers.check(Schema.isGreaterThanOrEqualTo(2))

/** How networks are taken apart, whichever study trains them. */
export const analysisSettings = {
  /** Epochs at which the networks are analysed, besides the end. */
  moments: Schema.Array(epochs),
  /** Validation images of the analysis. */
  examples: ExpansionExamples,
  /** Evaluations of a layer, an example, that the exact terms may take: all orders of 10 layers, T_3 of 16. */
  evaluations: Count,
  precision: Schema.Literals(["f32", "f64"]),
  /** How the dense layer is trained again: up to which order, on so many training images, for so many epochs. */
  readoutOrder: Retraining.fields.order,
  readoutExamples: Retraining.fields.examples,
  readoutEpochs: Retraining.fields.epochs
}
type AnalysisSettings = Schema.Schema.Type<Schema.Struct<typeof analysisSettings>>

/** Parameters of the report on networks that are trained for so many epochs. */
export const analysisOf = (settings: AnalysisSettings, epochs: number) => ({
  question:
    "A sequential residual network expands into terms by order; its first two are the parallel network. If that were why both come so near, the rest would be small in trained networks. Is it?",
  moments: [...new Set([...settings.moments.filter((epoch) => epoch < epochs), epochs])].sort((a, b) => a - b),
  examples: settings.examples,
  precision: settings.precision,
  readout: { order: settings.readoutOrder, examples: settings.readoutExamples, epochs: settings.readoutEpochs }
})

/** What the page says of how its numbers came about. */
export function analysisAssumptions(
  networks: ReadonlyArray<ExpansionNetwork>,
  { precision, readout }: Pick<ExpansionParameters, "precision" | "readout">
) {
  const terms = useOf("wasm", "analysis", precision).numericClass
  const layer = useOf("wasm", "analysis", "f32").numericClass
  const rate = readout.learningRate === undefined ? "the training's own rate" : `the rate ${readout.learningRate}`
  return [
    engineAssumption(networks.map(({ trial }) => trial)),
    {
      name: "analysis",
      value: precision === "f64" ? "float64" : "float32",
      why: `own kernels (numeric class ${terms}); what the dense layer makes of truncations is in float32 (numeric class ${layer})`
    },
    {
      name: "dense layer trained again",
      value: `${count(readout.epochs, "epoch")} on ${count(readout.examples, "training image")}`,
      why: `by the training's method at ${rate}, which stays constant whatever the training's schedule`
    }
  ]
}

/** Does the expansion hold? The sequential networks of the study `quick`, taken apart as they are trained. */
export const expansion = (datasets: ReadonlyArray<ImageDataSet>) =>
  defineStudy({
    name: "expansion",
    title: "Does the truncated Taylor expansion explain why deep and shallow networks do alike?",
    settings: Schema.Struct({
      dataset: Schema.String,
      ...preparationSettings,
      /** Numbers of layers of the single-filter series. */
      layers: Axis(Deep),
      /** Numbers of filters of the second series, at `filterLayers` layers. */
      filters: Axis(filters),
      filterLayers: Deep,
      /** Activations of the single-filter series; the second series has the first of them. */
      activations: Axis(activation),
      seeds: Axis(seed),
      epochs: epochs.check(Schema.isGreaterThanOrEqualTo(1)),
      batch,
      learningRate: Positive,
      ...trainingSettings,
      ...analysisSettings,
      engine: EngineSetting
    }),
    values: {
      dataset: "digits",
      ...asItIs,
      layers: [2, 4, 8, 16],
      filters: [1, 2, 4],
      filterLayers: 4,
      activations: ["relu", "tanh"],
      seeds: [0, 1, 2],
      epochs: 4,
      batch: 32,
      learningRate: 3e-3,
      ...asInThePaper,
      moments: [0, 1, 2],
      examples: 256,
      evaluations: 1_024,
      precision: "f64",
      readoutOrder: 2,
      readoutExamples: 4_000,
      readoutEpochs: 5,
      engine: "wasm"
    },
    nodes: (settings, { name }) => {
      const { layers, filters, filterLayers, activations, seeds, epochs, learningRate } = settings
      const dataset = preparedBy(dataSetNamed(datasets, settings.dataset, "expansion"), settings)
      const [first, ...others] = activations
      const shapes = [
        ...activations.flatMap((activation) => layers.map((n) => ({ layers: n, filters: 1, activation }))),
        ...filters.map((f) => ({ layers: filterLayers, filters: f, activation: first }))
      ]
      const distinct = [...new Map(shapes.map((shape) => [JSON.stringify(shape), shape])).values()]
      const untrained = distinct.flatMap((shape) =>
        seeds.map((seed) => ({
          dataset,
          ...shape,
          depth: shape.layers,
          kernel: 3 as const,
          residual: true,
          seed,
          optimizer: { ...rmsprop(learningRate), ...decayOf(settings) },
          ...trainingOf(settings),
          batch: settings.batch,
          epochs
        }))
      )
      const networks = withEngines(untrained, {
        engine: settings.engine,
        "evaluate.engine": "same",
        batched: false
      }).map((trial) => ({
        trial,
        order: orderWithin(trial.layers, settings.evaluations),
        goOn: others.includes(trial.activation) ? 0 : epochs
      }))
      const analysis = analysisOf(settings, epochs)
      return [
        expansionReport.node(
          {
            title: `Does the expansion hold? On ${settings.dataset}`,
            assumptions: [
              ...preparationAssumptions([dataset]),
              ...trainingAssumptions(settings),
              ...analysisAssumptions(networks, analysis)
            ],
            networks,
            ...analysis
          },
          { name, publish: `reports/${name}` }
        )
      ]
    }
  })
