import * as Schema from "effect/Schema"
import { Axis } from "../../src/graph/axis.ts"
import { defineStudy } from "../../src/graph/study.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { engineAssumption, engineSettings, withEngines } from "../stages/engines.ts"
import { ExpansionExamples } from "../stages/expand.ts"
import { Positive } from "../stages/numbers.ts"
import { report } from "../stages/report.ts"
import { TrainParameters } from "../stages/schemas.ts"
import { initialValues, preprocessing, rmsprop, stem } from "./assumptions.ts"
import { dataSetNamed, deepAndShallow } from "./grid.ts"
import { asItIs, preparationAssumptions, preparationSettings, preparedBy } from "./preparing.ts"
import { scoringAssumptions, scoringOf, scoringSettings, usualScores } from "./scoring.ts"
import { asInThePaper, decayOf, trainingAssumptions, trainingOf, trainingSettings } from "./training.ts"

const { layers, filters, seed, epochs, batch } = TrainParameters.fields

/** The whole road in a minute: a small version of the paper's two series, on digits that come with the install. */
export const quick = (datasets: ReadonlyArray<ImageDataSet>) =>
  defineStudy({
    name: "quick",
    title: "Deep or shallow? A small version of the paper's two series on 10,000 real digits",
    settings: Schema.Struct({
      dataset: Schema.String,
      ...preparationSettings,
      /** Numbers of layers of the single-filter series. */
      layers: Axis(layers),
      /** Numbers of filters of the second series, at `filterLayers` layers. */
      filters: Axis(filters),
      filterLayers: layers,
      seeds: Axis(seed),
      epochs,
      batch,
      learningRate: Positive,
      ...trainingSettings,
      ...scoringSettings,
      /** Validation images on which the Taylor expansion is computed. */
      examples: ExpansionExamples,
      ...engineSettings
    }),
    values: {
      dataset: "digits",
      ...asItIs,
      layers: [1, 2, 4, 8, 16],
      filters: [1, 2, 4],
      filterLayers: 4,
      seeds: [0, 1, 2, 3, 4, 5, 6, 7],
      epochs: 4,
      batch: 32,
      learningRate: 3e-3,
      ...asInThePaper,
      ...usualScores,
      examples: 128,
      engine: "wasm",
      "evaluate.engine": "same",
      batched: false
    },
    nodes: (settings, { name }) => {
      const { dataset, layers, filters, filterLayers, seeds, epochs, batch, learningRate, examples } = settings
      const parameters = preparedBy(dataSetNamed(datasets, dataset, "quick"), settings)
      const shapes = [
        ...layers.map((n) => ({ layers: n, filters: 1 })),
        ...filters.map((f) => ({ layers: filterLayers, filters: f }))
      ]
      const distinct = [...new Map(shapes.map((shape) => [JSON.stringify(shape), shape])).values()]
      const untrained = distinct.flatMap((shape) =>
        deepAndShallow(shape.layers).flatMap((depth) =>
          seeds.map((seed) => ({
            dataset: parameters,
            ...shape,
            depth,
            kernel: 3 as const,
            activation: "relu" as const,
            residual: true,
            seed,
            optimizer: { ...rmsprop(learningRate), ...decayOf(settings) },
            ...trainingOf(settings),
            ...scoringOf(settings),
            batch,
            epochs
          }))
        )
      )
      const trials = withEngines(untrained, settings)
      return [
        report.node(
          {
            title: `Deep or shallow, on ${dataset}`,
            question:
              "Is a stack of residual layers as good as the same layers side by side, which is what is left of it after the first two terms of its Taylor expansion?",
            study: name,
            assumptions: [
              {
                name: "learning rate",
                value: `RMSprop, ${learningRate}`,
                why: "the paper's 1e-4 learns too slowly on so few images and epochs"
              },
              {
                name: "batch size",
                value: String(batch),
                why: "the paper's 512 gives too few steps an epoch on so small a set"
              },
              {
                name: "epochs",
                value: String(epochs),
                why: "the paper trains 100 epochs; these are enough for networks that really learn, in a minute"
              },
              {
                name: "validation set",
                value: `${parameters.validation} images, stratified, seed ${parameters.splitSeed}`,
                why: "split off the training images: nothing is selected on it"
              },
              preprocessing,
              ...preparationAssumptions([parameters]),
              stem,
              {
                name: "layers",
                value: "kernel 3, stride 1, zero padding, ReLU, biases",
                why: "the paper uses several kernel sizes; padding, activation and biases are not stated"
              },
              initialValues,
              ...trainingAssumptions(settings),
              ...scoringAssumptions(settings),
              engineAssumption(trials)
            ],
            trials: trials.map((trial) => ({
              trial,
              expanded: trial.depth > 1 && !settings.standardize ? examples : null
            }))
          },
          { name, publish: `reports/${name}` }
        )
      ]
    }
  })
