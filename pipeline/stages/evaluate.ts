import { defineStage } from "../../src/graph/stage.ts"
import { preprocess } from "./preprocess.ts"
import { numericClassOf, TrainParameters } from "./schemas.ts"
import { train } from "./train.ts"
import { forwardOperations, trialLabel } from "./trial.ts"

/** Scores of the trained network on both sets. */
export const evaluate = defineStage({
  name: "evaluate",
  description: "scores a trained network on training and validation set",
  parameters: TrainParameters,
  label: trialLabel,
  inputs: (trial) => ({
    weights: train.node(trial).output("weights"),
    history: train.node(trial).output("history"),
    train: preprocess.node({ dataset: trial.dataset }).output("train"),
    validation: preprocess.node({ dataset: trial.dataset }).output("validation")
  }),
  outputs: { metrics: { extension: "json", description: "loss, accuracy, number of parameters and Q" } },
  compute: ({ engine }) =>
    ({
      wasm: new URL("./compute/evaluate.wasm.ts", import.meta.url),
      "tfjs-wasm": new URL("./compute/evaluate.tfjs-wasm.ts", import.meta.url),
      "tfjs-cpu": new URL("./compute/evaluate.tfjs-cpu.ts", import.meta.url)
    })[engine],
  numericClass: ({ engine }) => numericClassOf[engine],
  work: (trial) => 1e-9 * forwardOperations(trial)
})
