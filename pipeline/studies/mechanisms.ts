import * as Schema from "effect/Schema"
import { useOf } from "../../src/engine/engines.ts"
import { Axis, eachOnce } from "../../src/graph/axis.ts"
import { defineStudy } from "../../src/graph/study.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { engineAssumption } from "../stages/engines.ts"
import { Looking } from "../stages/mechanism.ts"
import { lookAt, type MechanismsParameters, mechanismsReport, nodesOf } from "../stages/mechanisms-report.ts"
import { Positive } from "../stages/numbers.ts"
import { Grid, TrainParameters } from "../stages/schemas.ts"
import { initialValues, preprocessing, rmsprop, splitOff } from "./assumptions.ts"
import { cheapFirst, dataSetNamed, deepAndShallow, nonEmpty } from "./grid.ts"

const { layers, filters, activation, batch, epochs, engine } = TrainParameters.fields
const Deep = layers.check(Schema.isGreaterThanOrEqualTo(2))

/** λ by the number of layers: as in the paper, and the two scales of Dherin & Munn (arXiv 2510.03470). */
const RULES = {
  one: { title: "λ = 1", scale: () => 1 },
  root: { title: "λ = 1/√N", scale: (count: number) => 1 / Math.sqrt(count) },
  inverse: { title: "λ = 1/N", scale: (count: number) => 1 / count }
} as const

const Settings = Schema.Struct({
  dataset: Schema.String,
  shapes: Schema.NonEmptyArray(Schema.Struct({ layers: Deep, filters, activation })).check(
    eachOnce((shape: { readonly layers: number; readonly filters: number; readonly activation: string }) => shape)
  ),
  seeds: Grid.fields.seeds,
  batch,
  epochs: epochs.check(Schema.isGreaterThanOrEqualTo(1)),
  learningRate: Positive,
  /** Epochs at which networks are looked at, besides the end; 0 is before training. */
  moments: Schema.Array(epochs),
  /** Numbers of layers of the networks that are looked at before training alone. */
  startLayers: Axis(Deep),
  startFilters: filters,
  /** Scales of their branches: 1, 1/√N, 1/N; and without residual connections. */
  rules: Axis(Schema.Literals(["one", "root", "inverse"])),
  ...Looking.fields,
  engine
})
type Settings = typeof Settings.Type

/**
 * The paper's reasons, measured: gradients that vanish, layers that refine, nonlinearities that act, smoothness.
 *
 * Processor time as for the study lesion, with which it shares the trainings that have residual connections: about 15
 * minutes of others without, 15 of those, and 672 looks of less than a second each.
 */
export const mechanisms = (datasets: ReadonlyArray<ImageDataSet>) => {
  const baseOf = ({ dataset, batch, learningRate, engine }: Settings) => ({
    dataset: dataSetNamed(datasets, dataset, "mechanisms").parameters,
    ...{ kernel: 3 as const, optimizer: rmsprop(learningRate), batch, engine }
  })
  const trialsOf = (settings: Settings): ReadonlyArray<TrainParameters> =>
    settings.shapes.flatMap((shape) =>
      settings.seeds.flatMap((seed) =>
        [true, false].flatMap((residual) =>
          deepAndShallow(shape.layers).map((depth) => ({
            ...baseOf(settings),
            ...shape,
            ...{ depth, residual, seed, epochs: settings.epochs }
          }))
        )
      )
    )
  const startsOf = (settings: Settings): MechanismsParameters["starts"] => {
    const { startLayers, startFilters, seeds, rules, shapes } = settings
    const activations = [...new Set(shapes.map(({ activation }) => activation))]
    return activations.flatMap((activation) =>
      startLayers.flatMap((layers) =>
        seeds.flatMap((seed) => {
          const network = { ...baseOf(settings), layers, filters: startFilters, activation, seed, epochs: 0 }
          const deep = { ...network, depth: layers }
          return [
            ...rules.map((rule) => {
              const scale = RULES[rule].scale(layers)
              const trial = { ...deep, residual: true, ...(scale !== 1 && { scale }) }
              return { rule: RULES[rule].title, trial }
            }),
            { rule: "no residual connections", trial: { ...deep, residual: false } },
            { rule: "parallel, λ = 1", trial: { ...network, depth: 1, residual: true } }
          ]
        })
      )
    )
  }
  const analysisOf = ({ moments, epochs, examples, lines, steps, noise, precision }: Settings) => ({
    moments: nonEmpty([...new Set([...moments.filter((epoch) => epoch < epochs), epochs])].sort((a, b) => a - b)),
    looking: { examples, lines, steps, noise, precision }
  })
  return defineStudy({
    name: "mechanisms",
    title: "Why it is so: gradients by layer, what layers do, active nonlinearities, smoothness",
    settings: Settings,
    values: {
      dataset: "digits",
      shapes: [
        { layers: 16, filters: 2, activation: "relu" },
        { layers: 8, filters: 2, activation: "tanh" }
      ],
      seeds: [0, 1, 2, 3, 4, 5, 6, 7],
      batch: 64,
      epochs: 30,
      learningRate: 1e-3,
      moments: [0, 1, 3, 10],
      startLayers: [2, 4, 8, 16, 32],
      startFilters: 2,
      rules: ["one", "root", "inverse"],
      examples: 128,
      lines: 32,
      steps: 8,
      noise: [0.05, 0.1, 0.2],
      precision: "f64",
      engine: "wasm"
    },
    nodes: (settings, { name }) => {
      const trials = trialsOf(settings)
      return [
        mechanismsReport.node(
          {
            title: "Why it is so: mechanisms",
            question:
              "The paper gives reasons why deep and shallow are alike: identity shortcuts against vanishing gradients, the expansion, Q. Do gradients vanish without shortcuts, do layers refine along the gradient, and how do sequential and parallel networks differ at equal training loss: in nonlinearities on a way, in smoothness, in how far they come from their initial values?",
            assumptions: assumptionsOf(settings, trials),
            trials,
            starts: startsOf(settings),
            ...analysisOf(settings)
          },
          { name, publish: `reports/${name}` }
        )
      ]
    },
    // The networks of one shape and seed, then those before training of one seed and activation.
    portions: (settings) => {
      const groups = Map.groupBy(trialsOf(settings), ({ layers, filters, activation, seed }) =>
        [layers, filters, activation, seed].join("/")
      )
      const starts = Map.groupBy(startsOf(settings), ({ trial }) => `${trial.activation}/${trial.seed}`)
      const { looking, ...moments } = analysisOf(settings)
      return [
        ...cheapFirst([...groups.values()]).map((trials) =>
          trials.flatMap((trial) => {
            const { metrics, looks } = nodesOf({ looking, ...moments }, trial)
            return [metrics, ...looks]
          })
        ),
        ...[...starts.values()].map((own) => own.map(({ trial }) => lookAt(looking, trial)))
      ]
    }
  })
}

function assumptionsOf(
  settings: Settings,
  trials: ReadonlyArray<TrainParameters>
): MechanismsParameters["assumptions"] {
  const { batch, epochs, learningRate, examples, lines, steps, noise, precision } = settings
  return [
    engineAssumption(trials),
    {
      name: "training",
      value: `RMSprop, learning rate ${learningRate}, batch ${batch}, ${epochs} epochs`,
      why: "as in the study `datasets`; networks without residual connections are trained alike"
    },
    {
      name: "analysis",
      value: `${examples} training images, ${precision === "f64" ? "float64" : "float32"}`,
      why: `own kernels (numeric class ${useOf("wasm", "analysis", precision).numericClass}), weights' gradients and stem in plain loops in float64`
    },
    {
      name: "lines between images",
      value: `${lines}, ${steps} steps each`,
      why: "points in whole numbers from 0 to 255, the label of the first image"
    },
    {
      name: "noise",
      value: `normal, deviations ${noise.join(", ")}`,
      why: "pixels from 0 to 1, rounded to whole numbers from 0 to 255; the same draws for all networks"
    },
    {
      name: "active nonlinearities",
      value: "4 times the variance of a unit's slope over the images",
      why: "0 where it acts linearly, at most 1; arXiv 2211.17180 counts channels that are not linearized, on ways that are as likely at each block"
    },
    splitOff,
    preprocessing,
    initialValues
  ]
}
