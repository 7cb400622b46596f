import * as Schema from "effect/Schema"
import { Axis } from "../../src/graph/axis.ts"
import { defineStudy } from "../../src/graph/study.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { Count, Positive } from "../stages/numbers.ts"
import { Grid, Search, type Teacher, TrainParameters } from "../stages/schemas.ts"
import { initialValues, preprocessing, splitOff } from "./assumptions.ts"
import { dataSetNamed } from "./grid.ts"
import { METHODS, Methods, reported, trainingBy } from "./methods.ts"

const { layers, filters, depth, batch, epochs, engine } = TrainParameters.fields

/** Residual layers of the teachers that lie in every depth's family: all but one are zero, so no depth tells them apart. */
const ACTING = 1

/** A teacher's seed is its student's and this: no student starts where it is to arrive. */
const APART = 1000

const TEACHERS = {
  common: "in every family",
  deep: "deep",
  shallow: "shallow"
} as const

const LOSSES = { "squared-error": "squared error", "kl-divergence": "KL divergence" } as const

const Settings = Schema.Struct({
  dataset: Schema.String,
  layers,
  /** Of students; each divides the layers. */
  depths: Axis(depth),
  filters,
  activations: Grid.fields.activations,
  /** λ of teachers and students: from weakly to strongly nonlinear. ReLU is trained at 1 alone, where it says nothing new. */
  scales: Axis(Positive),
  losses: Axis(Schema.Literals(["squared-error", "kl-divergence"])),
  /** Deep and shallow ones teach by squared error and at λ = 1 alone. */
  teachers: Axis(Schema.Literals(["common", "deep", "shallow"])),
  /** Training and validation images. */
  examples: Count,
  validation: Count,
  seeds: Grid.fields.seeds,
  methods: Methods,
  /** Passes through the examples. */
  passes: epochs,
  /** Of methods that go by mini-batches. */
  batch,
  searchFactors: Search.fields.factors,
  searchEpochs: Search.fields.epochs,
  engine
})
type Settings = typeof Settings.Type

/** Which of the combinations are trained: see the comments on the settings. */
function problemsOf({ activations, scales, losses, teachers }: Settings) {
  return teachers.flatMap((teacher) =>
    losses.flatMap((loss) =>
      activations.flatMap((activation) =>
        scales
          .filter((scale) => scale === 1 || (activation !== "relu" && loss === "squared-error" && teacher === "common"))
          .filter(() => teacher === "common" || loss === "squared-error")
          .map((scale) => ({ teacher, loss, activation, scale }))
      )
    )
  )
}

/**
 * Problems whose minimum is known to be zero: students aim at the outputs of a teacher of their own family.
 *
 * 7×7 pixels, 16 layers and two filters are P = 1,618 parameters, so 256 images are Q = 1.6. Processor time of
 * one training of 500 passes, measured on a core of an AMD EPYC at 2.6 GHz that others used too: CG 4.4 s, L-BFGS 4.7 s,
 * RMSprop 3.7 s with its search. Six problems with a common teacher and four with a crossed one, three depths and eight
 * seeds are 240 trainings of each: 51 minutes, and some 35 on a core of their own.
 */
export const teacher = (datasets: ReadonlyArray<ImageDataSet>) => {
  const trainingsOf = (settings: Settings) => {
    const { dataset, layers, filters, depths, examples, validation, passes, engine } = settings
    const { searchFactors, searchEpochs, seeds, methods } = settings
    const images = { ...dataSetNamed(datasets, dataset, "teacher").parameters, validation, examples }
    const ends = { common: layers, deep: Math.max(...depths), shallow: Math.min(...depths) }
    return problemsOf(settings).flatMap(({ teacher: kind, loss, activation, scale }) =>
      methods.flatMap((method) =>
        seeds.flatMap((seed) =>
          depths.map((depth) => {
            const common = {
              dataset: images,
              ...{ layers, filters, kernel: 3 as const, activation, residual: true, engine },
              ...(scale !== 1 && { scale })
            }
            // Of a teacher that is not trained its training says nothing, but it has to have one.
            const teacher: Teacher = {
              ...common,
              ...{ optimizer: METHODS.rmsprop.optimizer, batch: settings.batch, epochs: 0 },
              ...{ depth: ends[kind], seed: APART + seed },
              ...(kind === "common" && { acting: ACTING })
            }
            const search = { factors: searchFactors, epochs: searchEpochs, seed }
            const trial: TrainParameters = {
              ...common,
              ...trainingBy(method, examples, settings.batch, search),
              ...{ depth, seed, epochs: passes, loss, teacher }
            }
            return {
              method: METHODS[method].title,
              task: { Teacher: TEACHERS[kind], Loss: LOSSES[loss], Scale: `λ ${scale}` },
              trial
            }
          })
        )
      )
    )
  }
  return defineStudy({
    name: "teacher",
    title: "Deep or shallow where the minimum is known to be zero: students of teachers of their own family",
    settings: Settings,
    values: {
      dataset: "digits7",
      layers: 16,
      depths: [16, 4, 1],
      filters: 2,
      activations: ["tanh", "relu"],
      scales: [0.25, 1, 4],
      losses: ["squared-error", "kl-divergence"],
      teachers: ["common", "deep", "shallow"],
      examples: 256,
      validation: 256,
      seeds: [0, 1, 2, 3, 4, 5, 6, 7],
      methods: ["cg", "lbfgs", "rmsprop"],
      passes: 500,
      batch: 32,
      searchFactors: [0.1, 0.3, 1, 3, 10],
      searchEpochs: 10,
      engine: "wasm"
    },
    ...reported(trainingsOf, assumptionsOf, {
      about: "teacher",
      title: "Deep or shallow, where the minimum is known",
      question:
        "On problems whose minimum of the squared error is known, the paper's authors found worse minima with deep fully connected networks than with shallow ones, always (arXiv 1907.08475). Here are residual convolutional networks of equal parameters that aim at the outputs of a network of their own family. Are shallow ones lower, everywhere?"
    })
  })
}

function assumptionsOf(settings: Settings) {
  const { passes, batch, searchFactors, searchEpochs, scales } = settings
  return [
    {
      name: "networks",
      value: "residual convolutions, then a dense layer",
      why: "the authors' networks of known minima were fully connected, without residual connections, with squared error"
    },
    {
      name: "teachers of one layer",
      value: `initial values; residual layers after the first ${ACTING} at zero`,
      why: "the same function at every depth, so a loss of zero is attainable for every student"
    },
    {
      name: "deep and shallow teachers",
      value: "initial values, all layers",
      why: "a loss of zero is known to be attainable for students of the teacher's own depth alone"
    },
    {
      name: "seeds",
      value: `a teacher of its own for each, drawn with the student's seed plus ${APART}`,
      why: "what is found is to hold for such teachers, not for one"
    },
    {
      name: "nonlinearity",
      value: `λ ${scales.join(", ")} of teacher and student alike`,
      why: "the scale of the branch weighs what is not linear in a residual layer; for ReLU it is a change of parameters, so tanh is the test"
    },
    {
      name: "passes",
      value: passes.toLocaleString("en-US"),
      why: "one evaluation of loss and gradient over all images is one, an epoch of mini-batches one; a method ends with the first step that brings it there"
    },
    {
      name: "methods",
      value: `CG (Polak–Ribière+), L-BFGS (history 10), float64; RMSprop, batch ${batch}, float32`,
      why: `strong Wolfe line searches; RMSprop's learning rate by successive halving over ${searchFactors.join(", ")} times 1e-3, ${searchEpochs} epochs at first, by the loss on a fifth of the training images, for each problem, depth and seed`
    },
    { name: "targets", value: "rounded to float32", why: "a loss below 1e-12 counts as 1e-12 in logarithms" },
    splitOff,
    preprocessing,
    initialValues
  ]
}
