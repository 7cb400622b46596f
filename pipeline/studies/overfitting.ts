import * as Schema from "effect/Schema"
import { Axis, eachOnce } from "../../src/graph/axis.ts"
import { defineStudy } from "../../src/graph/study.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { type CapacityParameters, CapacitySearch, capacity } from "../stages/capacity.ts"
import { engineAssumption } from "../stages/engines.ts"
import { evaluate } from "../stages/evaluate.ts"
import { Count, Fraction, Positive, Seed } from "../stages/numbers.ts"
import { type OverfittingParameters, overfittingReport } from "../stages/overfitting-report.ts"
import { type DataSetParameters, Grid, TrainParameters } from "../stages/schemas.ts"
import { prepared } from "../stages/steps.ts"
import { initialValues, preprocessing, rmsprop, splitOff } from "./assumptions.ts"
import { cheapFirst, dataSetNamed } from "./grid.ts"
import { scoringAssumptions, scoringOf, scoringSettings } from "./scoring.ts"

const { layers, filters, depth, batch, epochs, engine } = TrainParameters.fields

const Settings = Schema.Struct({
  dataset: Schema.String,
  /** The network whose layers are put into so many blocks: P is equal to the last parameter. */
  layers,
  filters,
  depths: Axis(depth),
  /** Numbers of training images: slices at fixed Q. */
  examples: Axis(Count),
  /** Shares of the training labels that are wrong, besides none. */
  noise: Schema.Array(Fraction.check(Schema.isGreaterThan(0))).check(eachOnce((share: number) => share)),
  /** Networks of about equal P on images of so few pixels that the dense layer does not fix it. */
  shapes: Schema.Array(Schema.Struct({ filters, layers })),
  size: Count,
  shapeExamples: Axis(Count),
  shapeNoise: Schema.Array(Fraction.check(Schema.isGreaterThan(0))).check(eachOnce((share: number) => share)),
  seeds: Grid.fields.seeds,
  batch,
  epochs,
  learningRate: Positive,
  /** Training loss at which a network counts as at its minimum. */
  criterion: Positive,
  corruptions: scoringSettings.corruptions,
  severities: scoringSettings.severities,
  /** Numbers of training images and shares of wrong labels of trainings that go on to the criterion, and their epochs. */
  minimumExamples: Schema.Array(Count).check(eachOnce((count: number) => count)),
  minimumNoise: Fraction.check(Schema.isGreaterThan(0)),
  minimumEpochs: epochs,
  /** How many images of `size` are fitted to 100 %: seeds (none: it is not asked), epochs of each training, rates. */
  capacitySeeds: Schema.Array(Seed).check(eachOnce((seed: number) => seed)),
  capacityEpochs: epochs,
  capacityFactors: CapacitySearch.fields.factors,
  capacityPrecision: CapacitySearch.fields.precision,
  engine
})
type Settings = typeof Settings.Type
type Training = OverfittingParameters["trainings"][number]

/** Which overfits more, depth or width, at equal numbers of parameters: the paper's third open question. */
export const overfitting = (datasets: ReadonlyArray<ImageDataSet>) => {
  const trainingsOf = (settings: Settings): ReadonlyArray<Training> => {
    const { dataset, seeds, batch, epochs, learningRate, engine, corruptions, severities } = settings
    const { parameters } = dataSetNamed(datasets, dataset, "overfitting")
    const base = {
      ...({ kernel: 3, activation: "relu", residual: true } as const),
      ...{ optimizer: rmsprop(learningRate), batch, epochs, engine },
      ...scoringOf({ test: false, corruptions, severities })
    }
    const networks = (
      part: Training["part"],
      dataset: DataSetParameters,
      shape: Shape,
      depths: ReadonlyArray<number>
    ) =>
      seeds.flatMap((seed) =>
        depths.map((depth): Training => ({ part, trial: { ...base, ...shape, dataset, depth, seed } }))
      )
    const { layers, filters, depths } = settings
    const blocks = settings.examples.flatMap((examples) =>
      [0, ...settings.noise].flatMap((labelNoise) =>
        networks("depth", prepared(parameters, { examples, labelNoise }), { layers, filters }, depths)
      )
    )
    const exchanged = settings.shapeExamples.flatMap((examples) =>
      [0, ...settings.shapeNoise].flatMap((labelNoise) =>
        settings.shapes.flatMap((shape) =>
          networks("width", prepared(parameters, { size: settings.size, examples, labelNoise }), shape, [
            shape.layers,
            1
          ])
        )
      )
    )
    const until = { loss: settings.criterion }
    const minimum = settings.minimumExamples.flatMap((examples) =>
      networks(
        "minimum",
        prepared(parameters, { examples, labelNoise: settings.minimumNoise }),
        { layers, filters },
        depths
      )
    )
    const further = minimum.map(({ part, trial }) => ({
      part,
      trial: { ...trial, until, epochs: settings.minimumEpochs }
    }))
    return [...blocks, ...exchanged, ...further]
  }
  const capacitiesOf = (settings: Settings): ReadonlyArray<CapacityParameters> => {
    const { dataset, layers, filters, depths, size, batch, learningRate, engine } = settings
    const { parameters } = dataSetNamed(datasets, dataset, "overfitting")
    return (["random", "true"] as const).flatMap((labels) =>
      settings.capacitySeeds.flatMap((seed) =>
        depths.map((depth) => ({
          trial: {
            ...{ dataset: prepared(parameters, { size }), layers, depth, filters, seed, batch, engine },
            ...({ kernel: 3, activation: "relu", residual: true } as const),
            ...{ optimizer: rmsprop(learningRate), epochs: settings.capacityEpochs }
          },
          ...{ labels, fewest: 16, factors: settings.capacityFactors, precision: settings.capacityPrecision, tries: 60 }
        }))
      )
    )
  }
  return defineStudy({
    name: "overfitting",
    title: "Which overfits more at equal parameters, depth or width? Wrong labels, corrupted images, slices of Q",
    settings: Settings,
    values: {
      dataset: "digits14",
      layers: 16,
      filters: 2,
      depths: [16, 4, 1],
      examples: [228, 912, 2280, 6840],
      noise: [0.1, 0.2, 0.4],
      shapes: [
        { filters: 4, layers: 64 },
        { filters: 6, layers: 26 },
        { filters: 8, layers: 13 },
        { filters: 12, layers: 4 }
      ],
      size: 7,
      shapeExamples: [575, 2300],
      shapeNoise: [0.2],
      seeds: [0, 1, 2, 3, 4, 5, 6, 7],
      batch: 32,
      epochs: 100,
      learningRate: 1e-3,
      criterion: 0.05,
      corruptions: ["gaussian-noise", "contrast", "translate"],
      severities: [1, 2, 3, 4, 5],
      minimumExamples: [228, 912],
      minimumNoise: 0.2,
      minimumEpochs: 400,
      capacitySeeds: [0, 1, 2, 3, 4, 5],
      capacityEpochs: 200,
      capacityFactors: [1, 3, 10, 30],
      capacityPrecision: 1.1,
      engine: "wasm"
    },
    nodes: (settings, { name }) => {
      const trainings = trainingsOf(settings)
      return [
        overfittingReport.node(
          {
            title: "Which overfits more at equal parameters, depth or width?",
            question:
              "The paper expects the share of noise that is fitted to fall like 1/Q, the ratio of what is asked of a network to its parameters, and depth to play no part. Do deep and shallow networks of equal parameters overfit alike, on right and on wrong labels?",
            assumptions: [...assumptionsOf(settings), engineAssumption(trainings.map(({ trial }) => trial))],
            criterion: settings.criterion,
            trainings,
            capacities: capacitiesOf(settings)
          },
          { name, publish: `reports/${name}` }
        )
      ]
    },
    // All networks of a slice and seed together; blocks at equal P before filters against layers, then what goes on from
    // these to the minimum and how much they can fit.
    portions: (settings) => {
      const groups = new Map<string, Array<TrainParameters>>()
      for (const { part, trial } of trainingsOf(settings)) {
        const { examples, labelNoise = 0 } = trial.dataset
        const name = [part, examples, labelNoise, trial.seed].join("/")
        groups.set(name, [...(groups.get(name) ?? []), trial])
      }
      const rank = ({ dataset, until }: TrainParameters) =>
        until !== undefined ? 2 : dataset.size === undefined ? 0 : 1
      const searches = Map.groupBy(capacitiesOf(settings), ({ labels, trial }) => `${labels}/${trial.seed}`)
      return [
        ...cheapFirst([...groups.values()], rank).map((trials) => trials.map((trial) => evaluate.node(trial))),
        ...[...searches.values()].map((group) => group.map((one) => capacity.node(one)))
      ]
    }
  })
}

type Shape = Pick<Settings, "layers" | "filters">

function assumptionsOf(settings: Settings) {
  const { batch, epochs, learningRate, criterion, shapes, size, corruptions, severities } = settings
  return [
    {
      name: "training",
      value: `RMSprop, learning rate ${learningRate}, batch ${batch}, ${epochs} epochs`,
      why: "the paper's epochs; more and larger steps, for fewer images"
    },
    {
      name: "minimum",
      value: `training loss of at most ${criterion}`,
      why: "the theory speaks of the minimum: networks that do not come down to it are counted"
    },
    ...(settings.minimumExamples.length === 0
      ? []
      : [
          {
            name: "trained to the minimum",
            value: `${settings.minimumExamples.join(", ")} images with ${100 * settings.minimumNoise} % of wrong labels, to that loss or for ${settings.minimumEpochs} epochs`,
            why: "100 epochs stand beside"
          }
        ]),
    ...(settings.capacitySeeds.length === 0
      ? []
      : [
          {
            name: "capacity",
            value: `images of ${size}×${size}, ${settings.capacityEpochs} epochs at most, learning rates ${settings.capacityFactors.map((factor) => factor * learningRate).join(", ")}`,
            why: "the largest number of images of which all are right at the end of an epoch, found by bisection; each number is tried at rate after rate until one fits it"
          }
        ]),
    {
      name: "filters against layers",
      value: `${shapes.map(({ filters, layers }) => `${filters} × ${layers}`).join(", ")} on images of ${size}×${size}`,
      why: "P equal within 5 %; on larger images the dense layer alone fixes it"
    },
    ...scoringAssumptions({ test: false, corruptions, severities }),
    splitOff,
    preprocessing,
    initialValues
  ]
}
