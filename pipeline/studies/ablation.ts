import * as Schema from "effect/Schema"
import { useOf } from "../../src/engine/engines.ts"
import { Axis, eachOnce } from "../../src/graph/axis.ts"
import { defineStudy } from "../../src/graph/study.ts"
import { overdetermination, parameterCount } from "../../src/network/network.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { type Ablated, type AblationParameters, ablationReport, nodesOf } from "../stages/ablation-report.ts"
import { engineAssumption } from "../stages/engines.ts"
import { ExpansionExamples } from "../stages/expand.ts"
import { depthsOf } from "../stages/grid.ts"
import { Count, Positive } from "../stages/numbers.ts"
import { Grid, TrainParameters } from "../stages/schemas.ts"
import { prepared } from "../stages/steps.ts"
import { imageShape, trainingExamples } from "../stages/trial.ts"
import { initialValues, preprocessing, rmsprop, splitOff } from "./assumptions.ts"
import { dataSetNamed, deepAndShallow, nonEmpty } from "./grid.ts"

const { layers, filters, activation, batch, epochs, engine } = TrainParameters.fields
const Deep = layers.check(Schema.isGreaterThanOrEqualTo(2))

/** Scales of the branch by the number of layers: fixed ones, and those of Dherin & Munn (arXiv 2510.03470). */
const RULES = {
  "0.1": { title: "0.1", scale: () => 0.1 },
  "0.5": { title: "0.5", scale: () => 0.5 },
  "1": { title: "1", scale: () => 1 },
  "2": { title: "2", scale: () => 2 },
  "1/N": { title: "1/N", scale: (count: number) => 1 / count },
  "1/sqrt(N)": { title: "1/√N", scale: (count: number) => 1 / Math.sqrt(count) }
} as const
const Rule = Schema.Literals(["0.1", "0.5", "1", "2", "1/N", "1/sqrt(N)"])

const Settings = Schema.Struct({
  dataset: Schema.String,
  /** The network and training of which one thing is changed at a time. */
  layers: Deep,
  filters,
  activation,
  examples: Count,
  /** Validation images at most. */
  validation: Count,
  batch,
  learningRate: Positive,
  epochs: epochs.check(Schema.isGreaterThanOrEqualTo(1)),
  seeds: Grid.fields.seeds,
  /** What is changed: other activations, learning rates, batches. */
  activations: Schema.Array(activation).check(eachOnce((one: string) => one)),
  rates: Schema.Array(Positive).check(eachOnce((one: number) => one)),
  batches: Schema.Array(batch).check(eachOnce((one: number) => one)),
  /** Q by other numbers of filters, and at the base's by as many images as come to the same Q. */
  widths: Schema.Array(filters).check(eachOnce((one: number) => one)),
  /** Networks whose branches are scaled: the test is an activation that does not make it a change of parameters. */
  scaleDatasets: Axis(Schema.String),
  scaleActivation: activation,
  scaleLayers: Axis(Deep),
  scaleEpochs: epochs.check(Schema.isGreaterThanOrEqualTo(1)),
  scales: Axis(Rule),
  /** Scales that ReLU has beside initial values that are scaled alike. */
  gains: Schema.Array(Rule).check(eachOnce((one: string) => one)),
  /** Epochs at which scaled networks are taken apart, besides the end. */
  moments: Schema.Array(epochs),
  expansionExamples: ExpansionExamples,
  precision: Schema.Literals(["f32", "f64"]),
  engine
})
type Settings = typeof Settings.Type

/** The parts in the order of a budget. */
const ORDER = ["residual", "depth", "activation", "rate", "batch", "subset", "width", "scale", "gain"] as const

/**
 * One thing changed at a time: what of it changes deep against shallow?
 *
 * Processor time at the pace of the study lesion: the parts before the scale of the branch about 30 minutes, that scale 15 for
 * each data set, ReLU with scaled initial values 5.
 */
export const ablation = (datasets: ReadonlyArray<ImageDataSet>) => {
  const trialsOf = (settings: Settings): ReadonlyArray<Ablated> => {
    const { layers, filters, activation, seeds, learningRate, batch, epochs, engine } = settings
    const { activations, rates, batches, widths } = settings
    const imagesOf = (name: string, examples: number) => {
      const { parameters } = dataSetNamed(datasets, name, "ablation")
      const validation =
        parameters.validation === "test" ? settings.validation : Math.min(parameters.validation, settings.validation)
      return prepared(
        { ...parameters, validation },
        { examples: Math.min(examples, parameters.shape.count - validation) }
      )
    }
    const base: Omit<TrainParameters, "seed" | "depth"> = {
      dataset: imagesOf(settings.dataset, settings.examples),
      ...{ layers, filters, kernel: 3 as const, activation, residual: true },
      ...{ optimizer: rmsprop(learningRate), batch, epochs, engine }
    }
    const networks = (
      part: Ablated["part"],
      level: string,
      changes: Partial<typeof base> = {},
      depths = deepAndShallow(changes.layers ?? layers)
    ): ReadonlyArray<Ablated> =>
      seeds.flatMap((seed) => depths.map((depth) => ({ part, level, trial: { ...base, ...changes, depth, seed } })))

    /** As many images as give the base network the Q that so many filters have on the base's images. */
    const imagesAt = (width: number): number => {
      const shape = { ...imageShape(base.dataset), layers, depth: 1, kernel: 3, activation, residual: true }
      const ratio = overdetermination({ ...shape, filters: width }, trainingExamples(base.dataset))
      return Math.round((ratio * parameterCount({ ...shape, filters })) / shape.classes)
    }
    const scaleOf = (rule: typeof Rule.Type, count: number) => {
      const scale = RULES[rule].scale(count)
      return scale === 1 ? {} : { scale }
    }
    const others = widths.filter((width) => width !== filters)
    return [
      ...networks("residual", "without residual connections", { residual: false }),
      ...networks("residual", "with residual connections"),
      ...networks("depth", "all depths", {}, depthsOf(layers, "divisors")),
      ...[activation, ...activations.filter((one) => one !== activation)].flatMap((one) =>
        networks("activation", one, { activation: one })
      ),
      ...[learningRate, ...rates.filter((one) => one !== learningRate)].flatMap((rate) =>
        networks("rate", `learning rate ${rate}`, { optimizer: rmsprop(rate) })
      ),
      ...[batch, ...batches.filter((one) => one !== batch)].flatMap((one) =>
        networks("batch", `batch ${one}`, { batch: one })
      ),
      ...others.flatMap((width) => {
        const dataset = imagesOf(settings.dataset, imagesAt(width))
        return networks("subset", `${trainingExamples(dataset)} images, ${filters} filters`, { dataset })
      }),
      ...others.flatMap((width) =>
        networks("width", `${trainingExamples(base.dataset)} images, ${width} filters`, { filters: width })
      ),
      ...settings.scaleDatasets.flatMap((name) =>
        settings.scales.flatMap((rule) =>
          settings.scaleLayers.flatMap((count) =>
            networks("scale", `λ = ${RULES[rule].title}, ${count} layers, ${name}`, {
              dataset: imagesOf(name, settings.examples),
              ...{ layers: count, activation: settings.scaleActivation, epochs: settings.scaleEpochs },
              ...scaleOf(rule, count)
            })
          )
        )
      ),
      ...settings.gains.flatMap((rule) => {
        const relu = { activation: "relu", epochs: settings.scaleEpochs } as const
        const { title, scale } = RULES[rule]
        return [
          ...networks("gain", `λ ${title}`, { ...relu, ...scaleOf(rule, layers) }),
          ...networks("gain", `initial ${title}`, { ...relu, gain: scale(layers) })
        ]
      })
    ]
  }
  const analysisOf = ({ moments, scaleEpochs, expansionExamples, precision }: Settings) => ({
    moments: nonEmpty(
      [...new Set([...moments.filter((epoch) => epoch < scaleEpochs), scaleEpochs])].sort((a, b) => a - b)
    ),
    ...{ examples: expansionExamples, precision }
  })
  return defineStudy({
    name: "ablation",
    title: "One thing changed at a time: residual connections, depth, Q, activation, training, scale of the branch",
    settings: Settings,
    values: {
      dataset: "digits",
      layers: 16,
      filters: 2,
      activation: "relu",
      examples: 2000,
      validation: 2000,
      batch: 32,
      learningRate: 1e-3,
      epochs: 30,
      seeds: [0, 1, 2, 3, 4, 5, 6, 7],
      activations: ["tanh", "sigmoid", "identity"],
      rates: [3e-4, 3e-3],
      batches: [8, 128],
      widths: [1, 4],
      scaleDatasets: ["digits", "fashion-mnist"],
      scaleActivation: "tanh",
      scaleLayers: [2, 4, 8],
      scaleEpochs: 20,
      scales: ["0.1", "1/N", "1/sqrt(N)", "1", "2"],
      gains: ["0.1", "1/sqrt(N)", "2"],
      moments: [5],
      expansionExamples: 200,
      precision: "f64",
      engine: "wasm"
    },
    nodes: (settings, { name }) => {
      const trials = trialsOf(settings)
      return [
        ablationReport.node(
          {
            title: "One thing changed at a time",
            question:
              "What of the networks and their training makes deep and shallow alike, or tells them apart? Residual connections, the depths between, Q by images or by filters, the activation, the training, and the scale of the branch, of which arXiv 2510.03470 says that it controls capacity: does R₁, what a sequential network has beyond its first two terms, tell how far it is from the parallel one?",
            assumptions: assumptionsOf(settings, trials),
            trials,
            ...analysisOf(settings)
          },
          { name, publish: `reports/${name}` }
        )
      ]
    },
    // All networks of a level and seed; parts in their order, data sets in theirs, then seeds.
    portions: (settings) => {
      const groups = Map.groupBy(trialsOf(settings), ({ part, level, trial }) => `${part}/${level}/${trial.seed}`)
      const rank = ([{ part, trial }]: ReadonlyArray<Ablated>) =>
        ORDER.indexOf(part) + (part === "scale" ? settings.scaleDatasets.indexOf(trial.dataset.name) * ORDER.length : 0)
      const analysis = analysisOf(settings)
      return [...groups.values()]
        .map((own) => ({ own, rank: rank(own), seed: own[0].trial.seed }))
        .sort((a, b) => a.rank - b.rank || a.seed - b.seed)
        .map(({ own }) =>
          own.flatMap((one) => {
            const { metrics, expansions } = nodesOf(analysis, one)
            return [metrics, ...expansions]
          })
        )
    }
  })
}

function assumptionsOf(settings: Settings, trials: ReadonlyArray<Ablated>): AblationParameters["assumptions"] {
  const { dataset, layers, filters, activation, examples, batch, learningRate, epochs, precision } = settings
  const { scaleActivation, scaleEpochs, expansionExamples } = settings
  return [
    engineAssumption(trials.map(({ trial }) => trial)),
    {
      name: "base",
      value: `${dataset}, ${examples} images, ${layers} layers, ${filters} filters, ${activation}; RMSprop, learning rate ${learningRate}, batch ${batch}, ${epochs} epochs`,
      why: "one thing is changed at a time"
    },
    {
      name: "scaled branches",
      value: `${scaleActivation}, ${scaleEpochs} epochs`,
      why: "for ReLU and λ > 0, λ·relu(Wh + b) = relu(λWh + λb): a scaled branch is a change of parameters, so ReLU is set beside initial values that are scaled alike"
    },
    {
      name: "R₁",
      value: `on ${expansionExamples} validation images, ${precision === "f64" ? "float64" : "float32"}`,
      why: `own kernels (numeric class ${useOf("wasm", "analysis", precision).numericClass})`
    },
    {
      name: "equal Q",
      value: "by as many images as give the base network the Q of more or fewer filters",
      why: "if Q is what matters, both agree"
    },
    splitOff,
    preprocessing,
    initialValues
  ]
}
