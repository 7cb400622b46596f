import { defineStage } from "../../src/graph/stage.ts"
import { preprocess } from "./preprocess.ts"
import { numericClassOf, TrainParameters, usesGpu } from "./schemas.ts"
import { train } from "./train.ts"
import { forwardOperations, paysThreads, trainingExamples, trialAxes, trialLabel, validationExamples } from "./trial.ts"

const work = (trial: TrainParameters) =>
  1e-9 * forwardOperations(trial) * (trainingExamples(trial.dataset) + validationExamples(trial.dataset))

const scorerOf = ({ engine, scoredBy = engine }: TrainParameters) => scoredBy

const modules = {
  wasm: new URL("./compute/evaluate.wasm.ts", import.meta.url),
  "tfjs-node-gpu": new URL("./compute/evaluate.tfjs-node-gpu.ts", import.meta.url),
  "tfjs-webgpu": new URL("./compute/evaluate.tfjs-webgpu.ts", import.meta.url),
  "tfjs-node": new URL("./compute/evaluate.tfjs-node.ts", import.meta.url),
  "tfjs-wasm": new URL("./compute/evaluate.tfjs-wasm.ts", import.meta.url),
  "tfjs-cpu": new URL("./compute/evaluate.tfjs-cpu.ts", import.meta.url)
}

/** Scores of the trained network on both sets. */
export const evaluate = defineStage({
  name: "evaluate",
  description: "scores a trained network on training and validation set",
  parameters: TrainParameters,
  threads: (trial) => paysThreads({ ...trial, engine: scorerOf(trial) }, work(trial)),
  gpu: (trial) => usesGpu({ ...trial, engine: scorerOf(trial) }),
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
  compute: (trial) => modules[scorerOf(trial)],
  numericClass: (trial) => numericClassOf[scorerOf(trial)],
  work,
  paceClass: (trial) => `filters=${trial.filters},kernel=${trial.kernel},engine=${scorerOf(trial)}`
})
