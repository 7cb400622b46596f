import { defineStage } from "../../src/graph/stage.ts"
import { AS_BEFORE, trialAxes } from "./axes.ts"
import { corrupt, scoredImages } from "./corrupt.ts"
import { pace } from "./cost.ts"
import { paysThreads, scoringUse, takesGpu } from "./engines.ts"
import { preprocess } from "./preprocess.ts"
import { TrainParameters } from "./schemas.ts"
import { statisticsFor } from "./statistics.ts"
import { unstandardized } from "./steps.ts"
import { examplesOf, train } from "./train.ts"
import {
  corruptedInput,
  forwardOperations,
  heldOut,
  trainingExamples,
  trialLabel,
  validationExamples
} from "./trial.ts"

/** Images that are scored besides training and validation set. */
function furtherImages({ dataset, test, corrupt }: TrainParameters): number {
  const count = test === true ? dataset.shape.test : validationExamples(dataset)
  return (
    (test === true ? count : 0) + (corrupt === undefined ? 0 : count * corrupt.kinds.length * corrupt.severities.length)
  )
}

const work = (trial: TrainParameters) =>
  1e-9 *
  forwardOperations(trial) *
  (trainingExamples(trial.dataset) + validationExamples(trial.dataset) + furtherImages(trial))

const modules = {
  usual: new URL("./compute/evaluate.ts", import.meta.url),
  further: new URL("./compute/evaluate-further.ts", import.meta.url),
  standardized: new URL("./compute/evaluate-standardized.ts", import.meta.url)
}

const hasNoise = ({ dataset }: TrainParameters) => dataset.labelNoise !== undefined

/** Whether there is more to score than training and validation set. */
const isFurther = (trial: TrainParameters) => hasNoise(trial) || trial.test === true || trial.corrupt !== undefined

/** The corrupted images that a trial is scored on, by kind and severity. */
function corruptedSets({ dataset, test, corrupt: asked }: TrainParameters) {
  if (asked === undefined) return {}
  const images = test === true ? "test" : "validation"
  const one = { dataset: heldOut(dataset, images), images } as const
  return Object.fromEntries(
    asked.kinds.flatMap((kind) =>
      asked.severities.map((severity) => [
        corruptedInput(kind, severity),
        corrupt.node({ ...one, kind, severity }).output("images")
      ])
    )
  )
}

const scorerOf = ({ engine, scoredBy = engine }: TrainParameters) => scoredBy

/** Scores of the trained network on both sets. */
export const evaluate = defineStage({
  name: "evaluate",
  description: "scores a trained network on training and validation set, and on what else its trial names",
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
      ...statisticsFor(trial.dataset),
      weights: trained.output("weights"),
      history: trained.output("history"),
      train: examples.output("train"),
      validation: examples.output("validation"),
      // Examples that a teacher has seen have no true labels beside them.
      ...(hasNoise(trial) && { labels: preprocess.node({ dataset: unstandardized(trial.dataset) }).output("train") }),
      ...(trial.test === true && { test: scoredImages(trial.dataset, "test") }),
      ...corruptedSets(trial)
    }
  },
  outputs: {
    metrics: {
      extension: "json",
      description: "loss, accuracy, number of parameters and Q; what wrong labels and corruptions tell"
    }
  },
  metrics: "metrics",
  compute: (trial) => {
    if (trial.dataset.standardize === true) return modules.standardized
    return isFurther(trial) ? modules.further : modules.usual
  },
  engine: scoringUse,
  work,
  pace,
  paceClass: (trial) => `filters=${trial.filters},kernel=${trial.kernel},engine=${scorerOf(trial)}`
})
