import * as Schema from "effect/Schema"
import { useOf } from "../../src/engine/engines.ts"
import { eachOnce } from "../../src/graph/axis.ts"
import { defineStudy } from "../../src/graph/study.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { engineAssumption } from "../stages/engines.ts"
import { LesionParameters } from "../stages/lesion.ts"
import { type LesionReportParameters, lesionReport, nodesOf } from "../stages/lesion-report.ts"
import { Positive } from "../stages/numbers.ts"
import { Grid, TrainParameters } from "../stages/schemas.ts"
import { initialValues, preprocessing, rmsprop, splitOff } from "./assumptions.ts"
import { cheapFirst, dataSetNamed } from "./grid.ts"

const { layers, filters, activation, batch, epochs, engine } = TrainParameters.fields

/** Pairs of neighbours share the layers of a network evenly. */
const Even = layers.check(
  Schema.makeFilter((count) => (count % 2 === 0 ? undefined : `expected an even number of layers, found ${count}`))
)

const Settings = Schema.Struct({
  dataset: Schema.String,
  shapes: Schema.NonEmptyArray(Schema.Struct({ layers: Even, filters, activation })).check(
    eachOnce((shape: { readonly layers: number; readonly filters: number; readonly activation: string }) => shape)
  ),
  seeds: Grid.fields.seeds,
  batch,
  epochs: epochs.check(Schema.isGreaterThanOrEqualTo(1)),
  learningRate: Positive,
  /** Epochs for which trainings go on, at the whole depth and at half of it. */
  goOn: epochs.check(Schema.isGreaterThanOrEqualTo(1)),
  examples: LesionParameters.fields.examples,
  draws: LesionParameters.fields.draws,
  precision: LesionParameters.fields.precision,
  engine
})
type Settings = typeof Settings.Type

/**
 * What a trained network does without a layer, or with its layers in another order or side by side.
 *
 * Processor time, measured on a core of an AMD EPYC that others used too: a training of 16 layers 19 s with ReLU, 79 s with
 * tanh, whose lesions take 1 s and 4 s. All of it, 64 trainings and as many that go on for a few epochs, about 35 minutes.
 */
export const lesion = (datasets: ReadonlyArray<ImageDataSet>) => {
  const trialsOf = (settings: Settings): ReadonlyArray<TrainParameters> => {
    const { dataset, shapes, seeds, batch, epochs, learningRate, engine } = settings
    const { parameters } = dataSetNamed(datasets, dataset, "lesion")
    return shapes.flatMap((shape) =>
      seeds.map((seed) => ({
        dataset: parameters,
        ...shape,
        depth: shape.layers,
        ...{ kernel: 3 as const, residual: true, seed, optimizer: rmsprop(learningRate), batch, epochs, engine }
      }))
    )
  }
  const analysisOf = ({ examples, draws, precision, goOn }: Settings) => ({ examples, draws, precision, goOn })
  return defineStudy({
    name: "lesion",
    title: "Lesions: layers of trained networks left out, swapped, reversed, shuffled, side by side",
    settings: Settings,
    values: {
      dataset: "digits",
      shapes: [
        { layers: 8, filters: 2, activation: "relu" },
        { layers: 16, filters: 2, activation: "relu" },
        { layers: 32, filters: 2, activation: "relu" },
        { layers: 8, filters: 2, activation: "tanh" }
      ],
      seeds: [0, 1, 2, 3, 4, 5, 6, 7],
      batch: 64,
      epochs: 30,
      learningRate: 1e-3,
      goOn: 5,
      examples: 400,
      draws: 5,
      precision: "f32",
      engine: "wasm"
    },
    nodes: (settings, { name }) => {
      const trials = trialsOf(settings)
      return [
        lesionReport.node(
          {
            title: "Lesions of trained networks",
            question:
              "Do the layers of a trained stack do each its own part, in their order, or about the same part side by side? Veit, Wilber & Belongie (2016) leave blocks of residual networks out and shuffle them at little cost; arXiv 2407.09298 and 2502.02790 run neighbours side by side. Were the paper's parallel network what a stack comes to, its layers could be.",
            assumptions: assumptionsOf(settings, trials),
            trials,
            ...analysisOf(settings)
          },
          { name, publish: `reports/${name}` }
        )
      ]
    },
    // All that is asked of the networks of one shape and seed; cheap shapes first.
    portions: (settings) =>
      cheapFirst(trialsOf(settings).map((trial) => [trial])).map(([trial]) => {
        const { sequential, parallel, same, halved } = nodesOf(analysisOf(settings), trial)
        return [
          ...[sequential.metrics, sequential.lesions, parallel.metrics, parallel.lesions],
          ...[same.metrics, halved.metrics]
        ]
      })
  })
}

function assumptionsOf(
  settings: Settings,
  trials: ReadonlyArray<TrainParameters>
): LesionReportParameters["assumptions"] {
  const { batch, epochs, learningRate, goOn, examples, draws, precision } = settings
  return [
    engineAssumption(trials),
    {
      name: "training",
      value: `RMSprop, learning rate ${learningRate}, batch ${batch}, ${epochs} epochs`,
      why: "as in the study `datasets`"
    },
    {
      name: "lesions",
      value: `${examples} validation images, ${draws} draws of each kind, ${precision === "f64" ? "float64" : "float32"}`,
      why: `nothing is trained again; own kernels (numeric class ${useOf("wasm", "analysis", precision).numericClass}); the same draws for all networks of as many layers`
    },
    {
      name: "layers left out",
      value: "f_i gives 0",
      why: "as Veit, Wilber & Belongie do; stem and dense layer stay"
    },
    {
      name: "trained on",
      value: `${goOn} epochs, by the same method`,
      why: "from the trained sequential network, at its own depth and with neighbours side by side"
    },
    splitOff,
    preprocessing,
    initialValues
  ]
}
