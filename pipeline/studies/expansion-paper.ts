import * as Schema from "effect/Schema"
import { orderWithin } from "../../src/analysis/terms.ts"
import { defineStudy } from "../../src/graph/study.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { type ExpansionNetwork, expansionReport, nodesOf } from "../stages/expansion-report.ts"
import { Positive } from "../stages/numbers.ts"
import { TrainParameters } from "../stages/schemas.ts"
import { train } from "../stages/train.ts"
import { officialTest } from "./assumptions.ts"
import { analysisAssumptions, analysisOf, analysisSettings } from "./expansion.ts"
import { paperSeries } from "./paper.ts"

const Settings = Schema.Struct({
  dataset: Schema.String,
  ...analysisSettings,
  /** Steps of the dense layer's training: those of the paper would hardly move it over so few images. */
  readoutBatch: TrainParameters.fields.batch,
  readoutLearningRate: Positive,
  /** Epochs that the networks of the first `continuedSeeds` seeds are trained on, as they were and in the other architecture; 0: none. */
  continuedEpochs: TrainParameters.fields.epochs,
  continuedSeeds: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
})
type Settings = typeof Settings.Type

/**
 * Does the expansion hold in the paper's own networks? Those of the study `paper` in its two series, one filter over
 * layers and filters at 16 layers, as far as they are trained: nothing is trained for it but what goes on from them.
 */
export const expansionPaper = (datasets: ReadonlyArray<ImageDataSet>) => {
  const seriesOf = ({ dataset }: Settings) => paperSeries(datasets, dataset).filter(([{ layers }]) => layers > 1)
  const networksOf = (settings: Settings): ReadonlyArray<ExpansionNetwork> => {
    const { evaluations, continuedEpochs, continuedSeeds } = settings
    return seriesOf(settings).map((trials) => {
      const trial = trials.find(({ layers, depth }) => depth === layers)!
      const goOn = trial.seed < continuedSeeds ? continuedEpochs : 0
      return { trial, order: orderWithin(trial.layers, evaluations), goOn }
    })
  }
  const parametersOf = (settings: Settings) => {
    const networks = networksOf(settings)
    const { readout, ...analysis } = analysisOf(settings, networks[0].trial.epochs)
    const { readoutBatch: batch, readoutLearningRate: learningRate } = settings
    return { networks, ...analysis, readout: { ...readout, batch, learningRate } }
  }
  return defineStudy({
    name: "expansion-paper",
    title: "The same of the networks that the study paper has trained: nothing is trained for it but what goes on",
    settings: Settings,
    values: {
      dataset: "mnist",
      moments: [0],
      examples: 512,
      evaluations: 1_024,
      precision: "f64",
      readoutOrder: 2,
      readoutExamples: 12_000,
      readoutEpochs: 5,
      readoutBatch: 64,
      readoutLearningRate: 5e-4,
      continuedEpochs: 10,
      continuedSeeds: 1
    },
    nodes: (settings, { name }) => {
      const parameters = parametersOf(settings)
      return [
        expansionReport.node(
          {
            title: `Does the expansion hold in the paper's networks? On ${settings.dataset}`,
            assumptions: [officialTest, ...analysisAssumptions(parameters.networks, parameters)],
            ...parameters
          },
          { name, publish: `reports/${name}` }
        )
      ]
    },
    borrows: (settings) => seriesOf(settings).flatMap((trials) => trials.map((trial) => train.node(trial))),
    // What a network's own weights tell comes before what needs the parallel network too.
    portions: (settings) => {
      const { networks, ...analysis } = parametersOf(settings)
      const all = networks.map((network) => nodesOf(analysis, network))
      return [
        ...all.map(({ analysis, metrics, readout }) => [...analysis, metrics, readout]),
        ...all.map(({ parallel }) => [parallel]),
        ...all.flatMap(({ continued }) =>
          continued.length === 0 ? [] : [continued.flatMap(({ history, metrics }) => [history, metrics])]
        )
      ]
    }
  })
}
