import { defineStage } from "../../src/graph/stage.ts"
import { AS_BEFORE, trialAxes } from "./axes.ts"
import { pace } from "./cost.ts"
import { paysThreads, scoringUse, takesGpu } from "./engines.ts"
import { preprocess } from "./preprocess.ts"
import { TrainParameters } from "./schemas.ts"
import { examplesOf, train } from "./train.ts"
import { forwardOperations, trainingExamples, trialLabel, validationExamples } from "./trial.ts"

const work = (trial: TrainParameters) =>
  1e-9 * forwardOperations(trial) * (trainingExamples(trial.dataset) + validationExamples(trial.dataset))

const modules = {
  usual: new URL("./compute/evaluate.ts", import.meta.url),
  further: new URL("./compute/evaluate-further.ts", import.meta.url)
}

const hasNoise = ({ dataset }: TrainParameters) => dataset.labelNoise !== undefined

const scorerOf = ({ engine, scoredBy = engine }: TrainParameters) => scoredBy

/** Scores of the trained network on both sets. */
export const evaluate = defineStage({
  name: "evaluate",
  description: "scores a trained network on training and validation set",
  parameters: TrainParameters,
  hints: ["deviceMemory"],
  asBefore: AS_BEFORE,
  threads: (trial) => paysThreads(scorerOf(trial), work(trial)),
  gpu: (trial) => takesGpu(scorerOf(trial)),
  label: trialLabel,
  axes: trialAxes,
  inputs: (trial) => {
    const examples = examplesOf(trial)
    const trained = train.node(trial)
    return {
      weights: trained.output("weights"),
      history: trained.output("history"),
      train: examples.output("train"),
      validation: examples.output("validation"),
      // Examples that a teacher has seen have no true labels beside them.
      ...(hasNoise(trial) && { labels: preprocess.node({ dataset: trial.dataset }).output("train") })
    }
  },
  outputs: { metrics: { extension: "json", description: "loss, accuracy, number of parameters and Q" } },
  metrics: "metrics",
  compute: (trial) => (hasNoise(trial) ? modules.further : modules.usual),
  engine: scoringUse,
  work,
  pace,
  paceClass: (trial) => `filters=${trial.filters},kernel=${trial.kernel},engine=${scorerOf(trial)}`
})
