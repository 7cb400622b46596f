import { defineStage, type OutputReference, type Stage } from "../../src/graph/stage.ts"
import { batchOf } from "./batching.ts"
import { build } from "./build.ts"
import { calibrate } from "./calibrate.ts"
import { trainingWork } from "./cost.ts"
import { preprocess } from "./preprocess.ts"
import { type EngineName, numericClassOf, TrainParameters, usesGpu } from "./schemas.ts"
import { buildParameters, paysThreads, trialAxes, trialLabel } from "./trial.ts"

const modules = {
  wasm: new URL("./compute/train.wasm.ts", import.meta.url),
  "tfjs-node-gpu": new URL("./compute/train.tfjs-node-gpu.ts", import.meta.url),
  "tfjs-webgpu": new URL("./compute/train.tfjs-webgpu.ts", import.meta.url),
  "tfjs-node": new URL("./compute/train.tfjs-node.ts", import.meta.url),
  "tfjs-wasm": new URL("./compute/train.tfjs-wasm.ts", import.meta.url),
  "tfjs-cpu": new URL("./compute/train.tfjs-cpu.ts", import.meta.url)
}

const batchedModules: Partial<Record<EngineName, URL>> = {
  "tfjs-node-gpu": new URL("./compute/train-batched.tfjs-node-gpu.ts", import.meta.url),
  "tfjs-webgpu": new URL("./compute/train-batched.tfjs-webgpu.ts", import.meta.url),
  "tfjs-node": new URL("./compute/train-batched.tfjs-node.ts", import.meta.url),
  "tfjs-wasm": new URL("./compute/train-batched.tfjs-wasm.ts", import.meta.url)
}

/** Training of one network, from its initial values to the end of its epochs, or until it diverges. */
export const train: Stage<TrainParameters, "weights" | "history"> = defineStage({
  name: "train",
  description: "trains a network and records its history",
  parameters: TrainParameters,
  hints: ["scoredBy"],
  extent: "epochs",
  // Threads share blocks of 64 examples.
  threads: (trial) => trial.batch > 64 && paysThreads(trial, trainingWork(trial)),
  gpu: usesGpu,
  label: trialLabel,
  axes: trialAxes,
  inputs: (trial) => {
    const examples = preprocess.node({ dataset: trial.dataset })
    return {
      initial: weightsBefore(trial),
      train: examples.output("train"),
      validation: examples.output("validation")
    }
  },
  outputs: {
    weights: { extension: "safetensors", description: "all parameters after training, in PyTorch's layout" },
    history: { extension: "jsonl", description: "loss and accuracy of every epoch, one JSON object a line" }
  },
  compute: ({ engine, batched }) => (batched === true ? batchedModules[engine]! : modules[engine]),
  numericClass: ({ engine, batched }) => `${numericClassOf[engine]}${batched === true ? "-batched" : ""}`,
  batch: batchOf,
  work: trainingWork,
  // What is left of differences between machines is by what the inner loops run over.
  paceClass: ({ filters, kernel, engine, batched }) =>
    `filters=${filters},kernel=${kernel},engine=${engine}${batched === true ? "-batched" : ""}`,
  calibrate
})

/** What the training starts from: initial values, or what another training has reached. */
export function weightsBefore({ from, ...trial }: TrainParameters): OutputReference {
  return from === undefined ? build.node(buildParameters(trial)).output("weights") : weightsAfter({ ...trial, ...from })
}

/** What the training has reached after its epochs. */
export function weightsAfter(trial: TrainParameters): OutputReference {
  return trial.epochs === 0 ? weightsBefore(trial) : train.node(trial).output("weights")
}
