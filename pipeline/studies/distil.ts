import * as Schema from "effect/Schema"
import { Axis } from "../../src/graph/axis.ts"
import { defineStudy } from "../../src/graph/study.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { Count } from "../stages/numbers.ts"
import { Grid, Search, type Teacher, TrainParameters } from "../stages/schemas.ts"
import { initialValues, preprocessing, splitOff } from "./assumptions.ts"
import { dataSetNamed } from "./grid.ts"
import { METHODS, Methods, reported, trainingBy } from "./methods.ts"

const { layers, filters, depth, batch, epochs, engine } = TrainParameters.fields

/** A teacher's seed is its student's and this. */
const APART = 1000

/** What students aim at, by the names of the settings, and the loss that does. */
const TARGETS = {
  labels: { title: "labels", loss: "cross-entropy" },
  probabilities: { title: "teacher's probabilities", loss: "kl-divergence" },
  logits: { title: "teacher's logits", loss: "squared-error" }
} as const

const Settings = Schema.Struct({
  dataset: Schema.String,
  layers,
  /** Of students; each divides the layers. */
  depths: Axis(depth),
  filters,
  activations: Grid.fields.activations,
  targets: Axis(Schema.Literals(["labels", "probabilities", "logits"])),
  /** Numbers of training images of students: they fix Q. */
  examples: Axis(Count),
  seeds: Grid.fields.seeds,
  methods: Methods,
  /** Passes through the examples. */
  passes: epochs,
  /** Of methods that go by mini-batches, the teachers' too. */
  batch,
  searchFactors: Search.fields.factors,
  searchEpochs: Search.fields.epochs,
  /** Teachers are sequential, and see all training images. */
  teacherFilters: filters,
  teacherEpochs: epochs,
  engine
})
type Settings = typeof Settings.Type

/**
 * Students of equal parameters and every depth learn from a trained sequential network, or from labels.
 *
 * 7×7 pixels, 16 layers and two filters are P = 1,618 parameters: 81 images are Q = 0.5, 809 Q = 5.0, at a tenth of the
 * price of 14×14. Processor time of one training, measured on a core of an AMD EPYC at 2.6 GHz that others used too: L-BFGS 4.1
 * and 11.1 s with 81 and 809 images, RMSprop with its search 6.5 and 10.6 s, of which scores of 2,000 validation images take a
 * third to the most. Of each 144 trainings, with 16 teachers of 15 s: 80 minutes, and some 55 on a core of their own.
 */
export const distil = (datasets: ReadonlyArray<ImageDataSet>) => {
  const trainingsOf = (settings: Settings) => {
    const { dataset, layers, filters, depths, activations, targets, examples, seeds, methods, passes, engine } =
      settings
    const { searchFactors, searchEpochs, teacherFilters, teacherEpochs, batch } = settings
    const all = dataSetNamed(datasets, dataset, "distil").parameters
    return examples.flatMap((count) =>
      targets.flatMap((target) =>
        activations.flatMap((activation) =>
          methods.flatMap((method) =>
            seeds.flatMap((seed) =>
              depths.map((depth) => {
                const common = { layers, kernel: 3 as const, activation, residual: true, engine }
                const teacher: Teacher = {
                  ...common,
                  dataset: all,
                  ...{ optimizer: METHODS.adam.optimizer, batch, epochs: teacherEpochs },
                  ...{ filters: teacherFilters, depth: layers, seed: APART + seed }
                }
                const { title, loss } = TARGETS[target]
                const search = { factors: searchFactors, epochs: searchEpochs, seed }
                const trial: TrainParameters = {
                  ...common,
                  dataset: { ...all, examples: count },
                  ...trainingBy(method, count, batch, search),
                  ...{ filters, depth, seed, epochs: passes },
                  ...(loss !== "cross-entropy" && { loss, teacher })
                }
                return { method: METHODS[method].title, task: { Target: title }, trial }
              })
            )
          )
        )
      )
    )
  }
  return defineStudy({
    name: "distil",
    title: "Deep or shallow students of a trained deep network: soft targets against labels",
    settings: Settings,
    values: {
      dataset: "digits7",
      layers: 16,
      depths: [16, 4, 1],
      filters: 2,
      activations: ["relu", "tanh"],
      targets: ["labels", "probabilities", "logits"],
      examples: [81, 809],
      seeds: [0, 1, 2, 3, 4, 5, 6, 7],
      methods: ["lbfgs", "rmsprop"],
      passes: 300,
      batch: 32,
      searchFactors: [0.1, 0.3, 1, 3, 10],
      searchEpochs: 10,
      teacherFilters: 8,
      teacherEpochs: 10,
      engine: "wasm"
    },
    ...reported(trainingsOf, assumptionsOf, {
      about: "distil",
      title: "Deep or shallow students of a deep teacher",
      question:
        "Can a shallow network do what a deep one has learned, where it cannot learn it from labels? Urban et al. (arXiv 1603.05691) found that students need several convolutional layers even when they are distilled. Here students of equal parameters, from 16 blocks in sequence to one, aim at the outputs of a trained sequential network on the images that they train on, or at labels."
    })
  })
}

function assumptionsOf(settings: Settings) {
  const { layers, passes, batch, searchFactors, searchEpochs, teacherFilters, teacherEpochs } = settings
  return [
    {
      name: "teachers",
      value: `sequential, ${layers} layers, ${teacherFilters} filters; Adam, learning rate 1e-3, batch ${batch}, ${teacherEpochs} epochs on the labels of all training images`,
      why: `one for each seed (the student's plus ${APART}) and activation, the students' own`
    },
    {
      name: "probabilities",
      value: "KL divergence to the teacher's softmax, temperature 1",
      why: "no part of the loss is by labels"
    },
    { name: "logits", value: "squared error", why: "as in arXiv 1603.05691" },
    {
      name: "students' images",
      value: "the same for all targets",
      why: "what the targets say is compared, not what more images say; the authors of arXiv 1603.05691 transfer on many more"
    },
    {
      name: "passes",
      value: passes.toLocaleString("en-US"),
      why: "one evaluation of loss and gradient over all images is one, an epoch of mini-batches one"
    },
    {
      name: "methods",
      value: `L-BFGS (history 10), float64; RMSprop, batch ${batch}, float32`,
      why: `RMSprop's learning rate by successive halving over ${searchFactors.join(", ")} times 1e-3, ${searchEpochs} epochs at first, by the loss on a fifth of the student's images, for each target, depth, activation, number of images and seed`
    },
    {
      name: "losses",
      value: "of three kinds",
      why: "students on different targets are compared by validation accuracy alone"
    },
    splitOff,
    preprocessing,
    initialValues
  ]
}
