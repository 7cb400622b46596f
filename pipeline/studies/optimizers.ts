import * as Schema from "effect/Schema"
import { Axis } from "../../src/graph/axis.ts"
import { defineStudy } from "../../src/graph/study.ts"
import { count } from "../../src/report/page/format.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { Count } from "../stages/numbers.ts"
import { type DataSetParameters, Grid, Search, TrainParameters } from "../stages/schemas.ts"
import { initialValues, preprocessing, splitOff } from "./assumptions.ts"
import { dataSetNamed } from "./grid.ts"
import { METHODS, MethodName, Methods, reported, trainingBy } from "./methods.ts"

const { layers, filters, depth, batch, epochs, engine } = TrainParameters.fields

const Settings = Schema.Struct({
  dataset: Schema.String,
  layers,
  /** Each divides the layers. */
  depths: Axis(depth),
  filters,
  activations: Grid.fields.activations,
  /** Numbers of training images: they fix Q. */
  examples: Axis(Count),
  seeds: Grid.fields.seeds,
  methods: Methods,
  /** Other ways of these, in one slice: on the fewest images, with the last activation, of the deepest and the shallowest. */
  ways: Schema.Array(MethodName),
  /** Passes through the examples: evaluations of loss and gradient, products with the curvature, epochs. */
  passes: epochs,
  /** Of methods that go by mini-batches. */
  batch,
  /** How their learning rates are searched for. */
  searchFactors: Search.fields.factors,
  searchEpochs: Search.fields.epochs,
  /** Other data sets on which the deepest and the shallowest are compared too, with the most images, as a check. */
  checks: Schema.Array(Schema.String),
  checkSeeds: Grid.fields.seeds,
  engine
})
type Settings = typeof Settings.Type

/** Deep or shallow when both are optimized better: the paper's second open question. */
export const optimizers = (datasets: ReadonlyArray<ImageDataSet>) => {
  const trainingsIn = (
    settings: Settings,
    dataset: DataSetParameters,
    {
      depths,
      activations,
      methods,
      seeds
    }: Pick<Settings, "depths" | "activations" | "seeds"> & {
      readonly methods: ReadonlyArray<MethodName>
    }
  ) => {
    const { layers, filters, passes, engine, searchFactors, searchEpochs } = settings
    return activations.flatMap((activation) =>
      methods.flatMap((name) =>
        seeds.flatMap((seed) =>
          depths.map((depth) => {
            const trial: TrainParameters = {
              dataset,
              ...{ layers, depth, filters, kernel: 3, activation, residual: true, seed, engine },
              ...trainingBy(name, dataset.examples!, settings.batch, {
                factors: searchFactors,
                epochs: searchEpochs,
                seed: settings.seeds[0]
              }),
              epochs: passes
            }
            const { title, wayOf } = METHODS[name]
            const beside = wayOf !== undefined && settings.methods.includes(wayOf)
            return { method: title, ...(beside && { wayOf: METHODS[wayOf].title }), trial }
          })
        )
      )
    )
  }
  const trainingsOf = (settings: Settings) => {
    const { dataset, depths, activations, methods, examples, checks, checkSeeds } = settings
    const ofSize = (name: string, size: number) => ({
      ...dataSetNamed(datasets, name, "optimizers").parameters,
      examples: size
    })
    const ends = depths.length === 1 ? depths : ([Math.max(...depths), Math.min(...depths)] as const)
    const slice = { ...settings, depths: ends, activations: [activations[activations.length - 1]] as const }
    const check = { ...settings, depths: ends, activations: [activations[0]] as const, seeds: checkSeeds }
    const ways = settings.ways.filter((name) => !methods.includes(name))
    const most = Math.max(...examples)
    return [
      ...examples.flatMap((size) => trainingsIn(settings, ofSize(dataset, size), settings)),
      ...trainingsIn(settings, ofSize(dataset, Math.min(...examples)), { ...slice, methods: ways }),
      ...checks.flatMap((name) => trainingsIn(settings, ofSize(name, most), check))
    ]
  }
  return defineStudy({
    name: "optimizers",
    title: "Deep or shallow, when both are optimized better: methods of first and second order on subsets of digits",
    settings: Settings,
    values: {
      dataset: "digits14",
      layers: 16,
      depths: [16, 4, 1],
      filters: 2,
      activations: ["relu", "tanh"],
      examples: [228, 2280],
      seeds: [0, 1, 2, 3, 4, 5, 6, 7],
      methods: ["cg", "lbfgs", "newton-cg", "rmsprop", "adam"],
      ways: ["cg-f32", "lbfgs-f32", "rmsprop-whole", "adam-whole"],
      passes: 1000,
      batch: 32,
      searchFactors: [0.1, 0.3, 1, 3, 10],
      searchEpochs: 10,
      checks: ["digits", "cifar10"],
      checkSeeds: [0],
      engine: "wasm"
    },
    ...reported(trainingsOf, assumptionsOf, {
      about: "methods",
      title: "Deep or shallow, when both are optimized better",
      question:
        "The paper trains by RMSprop. Its authors found before (arXiv 1907.08475) that conjugate gradient brings deep fully connected networks to worse minima than shallow ones. Are residual networks of equal parameters still alike when the method of training is stronger: does the equivalence get tighter, or does it turn?"
    })
  })
}

function assumptionsOf(settings: Settings) {
  const { passes, batch, searchFactors, searchEpochs } = settings
  return [
    {
      name: "passes",
      value: passes.toLocaleString("en-US"),
      why: "one evaluation of loss and gradient over all images is one, a product with the curvature one more, an epoch of mini-batches one; a method ends with the first step that brings it there"
    },
    {
      name: "conjugate gradient",
      value: "Polak–Ribière+, float64",
      why: "strong Wolfe line search with c1 1e-4 and c2 0.1 (Nocedal & Wright, algorithms 3.5 and 3.6)"
    },
    { name: "L-BFGS", value: "history 10, float64", why: "two-loop recursion, c2 0.9" },
    {
      name: "Newton-CG",
      value: "exact products with the Gauss–Newton matrix, at most 100 a step, float64",
      why: "inner iterations to min(1/2, √‖g‖) ‖g‖, c2 0.9"
    },
    {
      name: "methods by mini-batches",
      value: `batch ${batch}, learning rate searched for`,
      why: `successive halving over ${searchFactors.join(", ")} times 1e-3, ${count(searchEpochs, "epoch")} at first, by the loss on a fifth of the training images; once for each method, depth, activation and number of images`
    },
    { name: "decay", value: "none", why: "the minimum itself is the question" },
    splitOff,
    preprocessing,
    initialValues
  ]
}
