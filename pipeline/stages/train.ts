import * as Schema from "effect/Schema"
import { defineStage, type NodeReference, type OutputReference, type Stage } from "../../src/graph/stage.ts"
import { AS_BEFORE, trialAxes } from "./axes.ts"
import { batchOf } from "./batching.ts"
import { build } from "./build.ts"
import { pace, trainingPrice, trainingWork } from "./cost.ts"
import { paysThreads, scoringUse, takesGpu, trainingUse } from "./engines.ts"
import { preprocess } from "./preprocess.ts"
import { isSecondOrder, Search, TargetsParameters, TrainParameters } from "./schemas.ts"
import { statisticsFor } from "./statistics.ts"
import { unstandardized } from "./steps.ts"
import {
  buildParameters,
  dataSetLabel,
  forwardOperations,
  teacherLabel,
  trainingExamples,
  trialBefore,
  trialLabel,
  unscored,
  validationExamples
} from "./trial.ts"

const modules = {
  alone: new URL("./compute/train.ts", import.meta.url),
  searched: new URL("./compute/train-searched.ts", import.meta.url),
  standardized: new URL("./compute/train-standardized.ts", import.meta.url),
  until: new URL("./compute/train-until.ts", import.meta.url),
  together: new URL("./compute/train-batched.ts", import.meta.url),
  secondOrder: new URL("./compute/train-second-order.ts", import.meta.url)
}

/** Training of one network, from its initial values to the end of its epochs, or until it diverges. */
export const train: Stage<TrainParameters, "weights" | "history"> = defineStage({
  name: "train",
  description: "trains a network and records its history",
  parameters: TrainParameters,
  hints: ["scoredBy", "test", "corrupt", "deviceMemory"],
  extent: "epochs",
  soFar: {
    // Checkpoints of every method have it in their metadata.
    async history(checkpoint) {
      const { readSafetensors } = await import("../../src/data/safetensors.ts")
      const { anything, list, parse } = await import("../../src/data/json.ts")
      const lines = parse(readSafetensors(checkpoint, "checkpoint").metadata.history, list(anything))
      return Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(""))
    }
  },
  asBefore: AS_BEFORE,
  // Threads share blocks of 64 examples.
  threads: (trial) => trial.batch > 64 && paysThreads(trial.engine, trainingWork(trial)),
  gpu: ({ engine }) => takesGpu(engine),
  label: trialLabel,
  axes: trialAxes,
  inputs: (trial) => {
    const examples = examplesOf(trial)
    return {
      ...statisticsFor(trial.dataset),
      initial: weightsBefore(trial),
      train: examples.output("train"),
      validation: examples.output("validation"),
      ...(trial.search !== undefined && { rate: rateOf(trial, trial.search) })
    }
  },
  outputs: {
    weights: {
      extension: "safetensors",
      keep: "analysed",
      description: "all parameters after training, in PyTorch's layout"
    },
    history: { extension: "jsonl", description: "loss and accuracy of every epoch, one JSON object a line" }
  },
  compute({ dataset, batched, optimizer, search, until }) {
    if (dataset.standardize === true) return modules.standardized
    if (isSecondOrder(optimizer)) return modules.secondOrder
    if (until !== undefined) return modules.until
    if (search !== undefined) return modules.searched
    return batched === true ? modules.together : modules.alone
  },
  engine: trainingUse,
  batch: batchOf,
  work: trainingWork,
  price: trainingPrice,
  // What is left of differences between machines is by what the inner loops run over.
  paceClass: ({ filters, kernel, engine, batched, optimizer }) =>
    `filters=${filters},kernel=${kernel},engine=${engine}${batched === true ? "-batched" : ""}${isSecondOrder(optimizer) ? `,${optimizer.method}-${optimizer.precision}` : ""}`,
  pace
})

const searchModules = {
  usual: new URL("./compute/search.ts", import.meta.url),
  standardized: new URL("./compute/search-standardized.ts", import.meta.url)
}

/**
 * A learning rate for trainings of one kind, found on a part of the training set that is set aside. It stands here, since
 * trainings take what it finds and it takes what teachers were trained to.
 */
export const search: Stage<{ readonly trial: TrainParameters; readonly search: Search }, "rate"> = defineStage({
  name: "search",
  description: "finds a learning rate by successive halving, on examples set aside from the training set",
  parameters: Schema.Struct({ trial: TrainParameters, search: Search }).check(
    Schema.makeFilter(({ trial: { optimizer } }) =>
      isSecondOrder(optimizer) ? `${optimizer.method} has no learning rate` : undefined
    )
  ),
  gpu: ({ trial }) => takesGpu(trial.engine),
  label: ({ trial }) => `${trialLabel(trial)},method=${trial.optimizer.method}`,
  axes: ({ trial }) => trialAxes(trial),
  inputs: ({ trial }) => ({
    initial: build.node(buildParameters(trial)).output("weights"),
    train: examplesOf(trial).output("train"),
    ...statisticsFor(trial.dataset)
  }),
  outputs: { rate: { extension: "json", description: "the learning rate found, and what each tried came to" } },
  compute: ({ trial }) => (trial.dataset.standardize === true ? searchModules.standardized : searchModules.usual),
  engine: ({ trial }) => trainingUse(trial),
  // Each round takes as long as the first, which tries all.
  work: ({ trial, search: { factors, epochs } }) =>
    trainingWork({ ...trial, epochs }) * factors.length * (1 + Math.log2(factors.length) / 2),
  pace
})

/**
 * The learning rate that is found for trainings which differ in seed and epochs alone, or in where they start and end: it
 * is searched for from initial values.
 */
function rateOf({ search: _, from: __, until: ___, ...trial }: TrainParameters, how: Search): OutputReference {
  return search.node({ trial: { ...unscored(trial), seed: how.seed, epochs: how.epochs }, search: how }).output("rate")
}

/** What the training starts from: initial values, or what another training has reached. */
export function weightsBefore(trial: TrainParameters): OutputReference {
  const before = trialBefore(trial)
  return before === undefined ? build.node(buildParameters(trial)).output("weights") : weightsAfter(before)
}

/** What the training has reached after its epochs. */
export function weightsAfter(trial: TrainParameters): OutputReference {
  return trial.epochs === 0 ? weightsBefore(trial) : train.node(trial).output("weights")
}

const targetsModule = new URL("./compute/targets.ts", import.meta.url)

/**
 * The examples of a data set with what a teacher makes of them, for students of any loss that has targets. It stands
 * here, since teachers are trained and trainings have teachers.
 */
export const targets: Stage<TargetsParameters, "train" | "validation"> = defineStage({
  name: "targets",
  description: "gives the examples of a data set the outputs of a teacher network as targets",
  parameters: TargetsParameters,
  hints: ["deviceMemory"],
  gpu: ({ teacher }) => takesGpu(teacher.engine),
  label: ({ dataset, teacher, outputs }) => `${dataSetLabel(dataset)}/${outputs},teacher=${teacherLabel(teacher)}`,
  inputs: ({ dataset, teacher: { acting: _, ...trial } }) => {
    const examples = preprocess.node({ dataset })
    return {
      weights: weightsAfter(trial),
      train: examples.output("train"),
      validation: examples.output("validation")
    }
  },
  outputs: {
    train: {
      extension: "safetensors",
      keep: "digest",
      description: "images [n, C, H, W], labels [n] and targets [n, M] of the training set"
    },
    validation: {
      extension: "safetensors",
      keep: "digest",
      description: "images [n, C, H, W], labels [n] and targets [n, M] of the validation set"
    }
  },
  compute: () => targetsModule,
  engine: ({ teacher: { acting: _, ...trial } }) => scoringUse(trial),
  work: ({ dataset, teacher }) =>
    1e-9 * forwardOperations(teacher) * (trainingExamples(dataset) + validationExamples(dataset)),
  pace
})

/** What a trial is trained and validated on: images and labels, with the teacher's outputs where it has one. */
export function examplesOf({ dataset, loss, teacher }: TrainParameters): NodeReference<"train" | "validation"> {
  if (teacher === undefined) return preprocess.node({ dataset: unstandardized(dataset) })
  return targets.node({ dataset, teacher, outputs: loss === "kl-divergence" ? "probabilities" : "logits" })
}
