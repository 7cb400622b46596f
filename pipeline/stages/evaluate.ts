import { defineStage } from "../../src/graph/stage.ts"
import { preprocess } from "./preprocess.ts"
import { numericClassOf, TrainParameters } from "./schemas.ts"
import { train } from "./train.ts"
import { forwardOperations, paysThreads, trainingExamples, trialAxes, trialLabel, validationExamples } from "./trial.ts"

const work = (trial: TrainParameters) =>
  1e-9 * forwardOperations(trial) * (trainingExamples(trial.dataset) + validationExamples(trial.dataset))

/** Scores of the trained network on both sets. */
export const evaluate = defineStage({
  name: "evaluate",
  description: "scores a trained network on training and validation set",
  parameters: TrainParameters,
  threads: (trial) => paysThreads(trial, work(trial)),
  label: trialLabel,
  axes: trialAxes,
  inputs: (trial) => {
    const examples = preprocess.node({ dataset: trial.dataset })
    const trained = train.node(trial)
    return {
      weights: trained.output("weights"),
      history: trained.output("history"),
      train: examples.output("train"),
      validation: examples.output("validation")
    }
  },
  outputs: { metrics: { extension: "json", description: "loss, accuracy, number of parameters and Q" } },
  compute: ({ engine }) =>
    ({
      wasm: new URL("./compute/evaluate.wasm.ts", import.meta.url),
      "tfjs-wasm": new URL("./compute/evaluate.tfjs-wasm.ts", import.meta.url),
      "tfjs-cpu": new URL("./compute/evaluate.tfjs-cpu.ts", import.meta.url)
    })[engine],
  numericClass: ({ engine }) => numericClassOf[engine],
  work,
  paceClass: ({ filters, kernel, engine }) => `filters=${filters},kernel=${kernel},engine=${engine}`
})
