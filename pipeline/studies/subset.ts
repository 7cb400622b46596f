import * as Schema from "effect/Schema"
import { Axis } from "../../src/graph/axis.ts"
import { defineStudy } from "../../src/graph/study.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { Count } from "../stages/numbers.ts"
import { Grid, Search, TrainParameters } from "../stages/schemas.ts"
import { initialValues, preprocessing, splitOff } from "./assumptions.ts"
import { dataSetNamed } from "./grid.ts"
import { METHODS, Methods, reported, trainingBy } from "./methods.ts"

const { layers, filters, depth, batch, epochs, engine } = TrainParameters.fields

/** The part of the images that a training begins with. */
const PART = 10

const Settings = Schema.Struct({
  dataset: Schema.String,
  layers,
  /** Each divides the layers. */
  depths: Axis(depth),
  filters,
  activations: Grid.fields.activations,
  /** Numbers of training images of the whole, multiples of ten: a tenth of them may have Q on either side of 1. */
  examples: Axis(
    Count.check(
      Schema.makeFilter((count: number) => (count % PART === 0 ? undefined : `Expected a multiple of ${PART}`))
    )
  ),
  validation: Count,
  seeds: Grid.fields.seeds,
  methods: Methods,
  /** Passes through the whole. */
  passes: epochs,
  /** Passes through the tenth before it. */
  passesBefore: epochs,
  /** Of methods that go by mini-batches. */
  batch,
  searchFactors: Search.fields.factors,
  searchEpochs: Search.fields.epochs,
  engine
})
type Settings = typeof Settings.Type

/**
 * Does a tenth of the images do most of the work? Trainings on all of them from initial values, and from what a training
 * on a tenth of them came to.
 *
 * 7×7 pixels, 16 layers and two filters are P = 1,618 parameters: 800 images are Q = 4.9 and their tenth 0.49, 2,400 are
 * Q = 14.8 and their tenth 1.5. Processor time of one training of 200 passes, measured on a core of an AMD EPYC at 2.6 GHz that
 * others used too: CG 6.8 and 17.3 s with 800 and 2,400 images, L-BFGS 7 and 18.4 s, RMSprop 4.4 and 8.5 s; a tenth first takes
 * as much and 1 to 2 s more. Of each 32 trainings from either start: 70 minutes, and some 50 on a core of their own.
 */
export const subset = (datasets: ReadonlyArray<ImageDataSet>) => {
  const trainingsOf = (settings: Settings) => {
    const { dataset, layers, filters, depths, activations, examples, validation, seeds, methods, engine } = settings
    const { passes, passesBefore, searchFactors, searchEpochs, batch } = settings
    const all = { ...dataSetNamed(datasets, dataset, "subset").parameters, validation }
    return examples.flatMap((count) =>
      (["initial values", "a tenth first"] as const).flatMap((start) =>
        activations.flatMap((activation) =>
          methods.flatMap((method) =>
            seeds.flatMap((seed) =>
              depths.map((depth) => {
                const search = { factors: searchFactors, epochs: searchEpochs, seed: seeds[0] }
                const trial: TrainParameters = {
                  dataset: { ...all, examples: count },
                  ...{ layers, filters, kernel: 3 as const, activation, residual: true, engine },
                  ...trainingBy(method, count, batch, search),
                  ...{ depth, seed, epochs: passes },
                  ...(start === "a tenth first" && { from: { depth, epochs: passesBefore, examples: count / PART } })
                }
                return { method: METHODS[method].title, task: { Start: start }, trial }
              })
            )
          )
        )
      )
    )
  }
  return defineStudy({
    name: "subset",
    title: "Deep or shallow: is equal loss reached for a tenth of the work, where training begins with a tenth?",
    settings: Settings,
    values: {
      dataset: "digits7",
      layers: 16,
      depths: [16, 1],
      filters: 2,
      activations: ["relu", "tanh"],
      examples: [800, 2400],
      validation: 1000,
      seeds: [0, 1, 2, 3, 4, 5, 6, 7],
      methods: ["cg", "lbfgs", "rmsprop"],
      passes: 200,
      passesBefore: 100,
      batch: 32,
      searchFactors: [0.1, 0.3, 1, 3, 10],
      searchEpochs: 10,
      engine: "wasm"
    },
    ...reported(trainingsOf, assumptionsOf, {
      about: "subset",
      title: "A tenth of the images first",
      question:
        "The paper's authors found that the minimum over a part of the training set serves for the whole where the part's overdetermination ratio Q sufficiently exceeds one, at a tenth of the cost or less (arXiv 2410.16523). Is that so for deep and for shallow networks, and on which side of Q = 1?"
    })
  })
}

function assumptionsOf(settings: Settings) {
  const { passes, passesBefore, batch, searchFactors, searchEpochs } = settings
  return [
    {
      name: "the tenth",
      value: "drawn of the whole, stratified, the same for all trainings",
      why: `${passesBefore} passes through it cost as much as ${passesBefore / PART} through the whole`
    },
    {
      name: "passes",
      value: `${passes} through the whole, from either start`,
      why: "one evaluation of loss and gradient over all images is one, an epoch of mini-batches one; passes through the tenth count as tenths"
    },
    {
      name: "handing over",
      value: "weights and biases, rounded to float32",
      why: "a method starts anew, without what it remembers"
    },
    {
      name: "equal loss",
      value: "what the direct training ends with",
      why: "of RMSprop that of an epoch's batches, of the others that of all images"
    },
    {
      name: "methods",
      value: `CG (Polak–Ribière+), L-BFGS (history 10), float64; RMSprop, batch ${batch}, float32`,
      why: `RMSprop's learning rate by successive halving over ${searchFactors.join(", ")} times 1e-3, ${searchEpochs} epochs at first, by the loss on a fifth of the images, for the tenth and for the whole; searches count in neither's work`
    },
    splitOff,
    preprocessing,
    initialValues
  ]
}
