/** The parameters that stages share: data sets as trials see them, networks, optimizers. */
import * as Schema from "effect/Schema"
import { ENGINES } from "../../src/engine/engines.ts"
import { Axis, eachOnce } from "../../src/graph/axis.ts"
import { Name, Shape } from "./fetch-parameters.ts"
import { Count, Epochs, Fraction, Positive, Seed } from "./numbers.ts"
import { steps, stepsProblem } from "./preparation.ts"
import { scoring, scoringProblem } from "./scoring.ts"
import { selectionProblem } from "./selection.ts"

const Depth = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/** Sizes of subsets of a training set. */
export const SubsetSizes = Schema.Array(Count).check(eachOnce((size: number) => size))

/** Which of a data set's examples are used for what, and how many of them there are. */
interface Use {
  readonly shape: { readonly count: number; readonly test: number }
  readonly validation: "test" | number
  readonly examples: number | null
}

/** What is to be split off or drawn must be there. */
export const splitProblem = Schema.makeFilter(({ shape: { count, test }, validation, examples }: Use) => {
  const say = (member: keyof Use, issue: string) => ({ path: [member], issue })
  if (validation === "test") {
    if (test === 0) return say("validation", "there is no official test set: expected a number of training images")
  } else if (validation >= count) {
    return say(
      "validation",
      `expected fewer than the ${count} training images that there are: some must be left to train on`
    )
  }
  const left = validation === "test" ? count : count - validation
  return examples === null || examples <= left
    ? undefined
    : say("examples", `expected at most ${left}, the training images that there are`)
})

/**
 * A data set as trials see it: which of its examples are used for what, and what becomes of them; `shape` has their size
 * after all steps. Their contents come as inputs.
 */
export const DataSetParameters = Schema.Struct({
  name: Name,
  shape: Shape,
  /** The official test set, or a number of training examples that are split off, stratified by class. */
  validation: Schema.Union([Schema.Literal("test"), Count]),
  /** Number of training examples that are drawn of the rest, stratified by class; null: all. */
  examples: Schema.NullOr(Count),
  /** Seed of the split, the draw and label noise; it belongs to the data set, not to the trial. */
  splitSeed: Seed,
  ...steps
}).check(splitProblem, stepsProblem)
export type DataSetParameters = typeof DataSetParameters.Type

/** What a network has besides its depth and the data set's shape. */
const architecture = {
  layers: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 })),
  filters: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1024 })),
  kernel: Schema.Literals([1, 3, 5, 7])
}

/** What initial values depend on besides. */
const initial = {
  seed: Seed,
  /** What the initial weights of the residual layers are multiplied by; 1 if left out. */
  gain: Schema.optionalKey(Positive)
}

/** What the initial values depend on; not the depth, so that architectures start from the same. */
export const BuildParameters = Schema.Struct({ dataset: DataSetParameters, ...architecture, ...initial })
export type BuildParameters = typeof BuildParameters.Type

/** Decay of all weights and biases: δ θ in the gradient, or taken from θ apart from it. */
export const Decay = Schema.Struct({ kind: Schema.Literals(["l2", "decoupled"]), rate: Positive })

/** None if left out. */
const decay = Schema.optionalKey(Decay)

export const FirstOrder = Schema.Union([
  Schema.Struct({ method: Schema.tag("rmsprop"), learningRate: Positive, rho: Fraction, epsilon: Positive, decay }),
  Schema.Struct({
    method: Schema.tag("adam"),
    learningRate: Positive,
    beta1: Fraction,
    beta2: Fraction,
    epsilon: Positive,
    decay
  }),
  Schema.Struct({ method: Schema.tag("sgd"), learningRate: Positive, momentum: Fraction, decay })
])

const secondOrder = {
  precision: Schema.Literals(["f32", "f64"]),
  /** ‖gradient‖₂ at which a training ends; 0: never. */
  gradientNorm: Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0)),
  /** A penalty ½ rate ‖θ‖² beside the loss. */
  decay: Schema.optionalKey(Schema.Struct({ kind: Schema.tag("l2"), rate: Positive }))
}
const Most = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000 }))

/** Methods that take all examples at once (src/optimize/minimize/). */
export const SecondOrder = Schema.Union([
  Schema.Struct({
    method: Schema.tag("cg"),
    beta: Schema.Literals(["polak-ribiere", "fletcher-reeves"]),
    ...secondOrder
  }),
  Schema.Struct({ method: Schema.tag("lbfgs"), history: Most, ...secondOrder }),
  Schema.Struct({
    method: Schema.tag("newton-cg"),
    curvature: Schema.Literals(["hessian", "gauss-newton"]),
    /** Products with the curvature for one step. */
    products: Most,
    ...secondOrder
  })
])
export type SecondOrder = typeof SecondOrder.Type

export const Optimizer = Schema.Union([...FirstOrder.members, ...SecondOrder.members])
export type Optimizer = typeof Optimizer.Type

export const isSecondOrder = (optimizer: Optimizer): optimizer is SecondOrder => !("learningRate" in optimizer)

/** Epochs of a linear warm-up; 0: none. Parts of epochs are allowed. */
const warmup = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

/** How the learning rate changes, in epochs of its own, whatever the training's number (src/optimize/schedule.ts). */
export const Schedule = Schema.Union([
  Schema.Struct({ kind: Schema.tag("constant"), warmup }),
  Schema.Struct({ kind: Schema.tag("cosine"), warmup, epochs: Count, last: Fraction }),
  Schema.Struct({ kind: Schema.tag("step"), warmup, every: Count, factor: Fraction })
]).check(
  Schema.makeFilter((schedule) =>
    schedule.kind === "cosine" && schedule.warmup >= schedule.epochs
      ? `the warm-up of ${schedule.warmup} epochs must end before the ${schedule.epochs} of the cosine`
      : undefined
  )
)

/**
 * A criterion that ends a training after the first epoch that meets it: a training loss of at most so much (running, of the
 * epoch's batches), or a gradient norm (root mean square over them).
 */
export const Until = Schema.Struct({
  loss: Schema.optionalKey(Positive),
  gradientNorm: Schema.optionalKey(Positive)
}).check(
  Schema.makeFilter(({ loss, gradientNorm }) =>
    loss === undefined && gradientNorm === undefined ? "expected a training loss, a gradient norm or both" : undefined
  )
)

export const EngineName = Schema.Literals(ENGINES)
export type EngineName = typeof EngineName.Type

/** What a study may ask for: an engine, or the fastest one here for each shape of network. */
export const EngineSetting = Schema.Literals([...ENGINES, "auto"])
export type EngineSetting = typeof EngineSetting.Type

/** The engine that scores trained networks, where it is another one. */
export const ScoringSetting = Schema.Literals([...ENGINES, "same"])
export type ScoringSetting = typeof ScoringSetting.Type

const Activation = Schema.Literals(["relu", "tanh", "sigmoid", "identity"])

const training = {
  /** λ, the scale of the branch; 1 if left out. */
  scale: Schema.optionalKey(Positive),
  /**
   * What the training minimizes: cross-entropy of the labels if left out, the squared error of logits to the labels or to
   * a teacher's logits, or the KL divergence to a teacher's probabilities.
   */
  loss: Schema.optionalKey(Schema.Literals(["cross-entropy", "squared-error", "kl-divergence"])),
  optimizer: Optimizer,
  /** Constant if left out. */
  schedule: Schema.optionalKey(Schedule),
  /** Ends a training after so many epochs without a better validation loss. */
  patience: Schema.optionalKey(Count),
  /** Ends a training at a criterion, before its epochs are over; one that never meets it has them all. */
  until: Schema.optionalKey(Until),
  /** The weights of the best epoch by validation loss, those of the last if left out. */
  keep: Schema.optionalKey(Schema.Literal("best")),
  /** Examples of one step; methods of second order take them all. */
  batch: Count,
  /** Passes through the training examples: of methods of second order, evaluations and products with the curvature. */
  epochs: Epochs,
  engine: EngineName,
  /** The engine that scores the trained network, if not the one that trained it. */
  scoredBy: Schema.optionalKey(EngineName),
  ...scoring,
  /** Whether it is trained together with others of its shape, in one computation: a numeric class of its own. */
  batched: Schema.optionalKey(Schema.Literal(true))
}

/** How a learning rate is searched for: as so many times that of the optimizer, each for so many epochs at first. */
export const Search = Schema.Struct({
  factors: Schema.NonEmptyArray(Positive).check(eachOnce((factor: number) => factor)),
  epochs: Count,
  /** The seed of the training that is tried; what it finds serves all seeds. */
  seed: Seed
})
export type Search = typeof Search.Type

const trial = {
  dataset: DataSetParameters,
  ...architecture,
  depth: Depth,
  activation: Activation,
  residual: Schema.Boolean,
  ...initial,
  ...training,
  /**
   * Where the training starts, if not from initial values: from its own weights at another depth after so many epochs, or
   * on so many of the training images.
   */
  from: Schema.optionalKey(Schema.Struct({ depth: Depth, epochs: Epochs, examples: Schema.optionalKey(Count) }))
}

const { scoredBy: _, batched: __, test: ___, corrupt: ____, ...taught } = trial

/** What a trial says of itself and what cannot be. */
interface Said {
  readonly optimizer: Optimizer
  readonly batch: number
  readonly schedule?: unknown
  readonly batched?: true
  readonly layers: number
  readonly depth: number
  readonly from?: { readonly depth: number; readonly examples?: number }
  readonly dataset: DataSetParameters
  readonly patience?: number
  readonly keep?: "best"
  readonly until?: unknown
  readonly search?: unknown
}

const trialProblem = (trial: Said) => {
  const { layers, depth, from, dataset } = trial
  if (isSecondOrder(trial.optimizer)) {
    const problem = secondOrderProblem(trial)
    if (problem !== undefined) return `${problem}: the method ${trial.optimizer.method} takes all examples at once`
  }
  const criterion = untilProblem(trial)
  if (criterion !== undefined) return criterion
  const selection = selectionProblem(trial)
  if (selection !== undefined) return selection
  if (from?.examples !== undefined && from.examples > trainingCount(dataset))
    return `from: it is trained on ${trainingCount(dataset)} images, so it cannot start from a training on ${from.examples}`
  const wrong = [depth, from?.depth ?? 1].find((blocks) => layers % blocks !== 0)
  return wrong === undefined
    ? undefined
    : `depth must divide layers: ${wrong} blocks cannot share ${layers} layers evenly`
}

/** Images that are trained on. */
const trainingCount = ({ shape, validation, examples }: DataSetParameters): number =>
  examples ?? (validation === "test" ? shape.count : shape.count - validation)

/** What a training that ends at a criterion has not besides. */
function untilProblem({ until, patience, keep, batched, dataset }: Said): string | undefined {
  if (until === undefined) return undefined
  const other = Object.entries({ patience, keep, batched }).find(([, value]) => value !== undefined)
  if (other !== undefined) return `until: it is for trainings one by one whose last weights count, not with ${other[0]}`
  return dataset.standardize === true ? "until: it is not for standardized images" : undefined
}

/** What methods of first order alone have. */
function secondOrderProblem({ dataset, batch, schedule, patience, keep, until, batched }: Said): string | undefined {
  const all = trainingCount(dataset)
  if (batch !== all) return `batch = ${batch} is not the ${all} training examples`
  const asked = Object.entries({ schedule, patience, keep, until, batched }).find(([, value]) => value !== undefined)
  return asked && `${asked[0]} is for methods that go by mini-batches`
}

/** A trial whose network teaches others: after no epochs, the network of its initial values does. */
export const Teacher = Schema.Struct({
  ...taught,
  /** Only so many of its residual layers act, the first ones; the others are zero. All of them if left out. */
  acting: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)))
}).check(
  Schema.makeFilter((teacher) => {
    if (teacher.loss === "kl-divergence") return "loss: a teacher has none itself, so it cannot learn by kl-divergence"
    if ((teacher.acting ?? 0) > teacher.layers)
      return `acting: it has ${teacher.layers} residual layers, not ${teacher.acting}`
    return trialProblem(teacher)
  })
)
export type Teacher = typeof Teacher.Type

/** A student learns from a teacher that sees the same images, by a loss that has targets; the other way round too. */
function teachingProblem(loss: string | undefined, student: DataSetParameters, teacher: Teacher | undefined) {
  if (teacher === undefined)
    return loss === "kl-divergence"
      ? "loss: kl-divergence is to the probabilities of a teacher, and there is none: name one (`teacher`)"
      : undefined
  if ((loss ?? "cross-entropy") === "cross-entropy")
    return "teacher: cross-entropy is of labels; with a teacher the loss is kl-divergence (to its probabilities) or squared-error (to its logits)"
  if (student.standardize === true || teacher.dataset.standardize === true)
    return "teacher: neither it nor its students are for standardized images: leave `standardize` out"
  const sides = ["channels", "height", "width", "classes"] as const
  const text = ({ shape }: DataSetParameters) => sides.map((side) => shape[side]).join("×")
  return text(student) === text(teacher.dataset)
    ? undefined
    : `teacher: it was made for images and classes of ${text(teacher.dataset)}, not of ${text(student)}`
}

interface Searching {
  readonly search?: Search
  readonly optimizer: Optimizer
  readonly batched?: true
}

/** A search is for trainings one by one. */
function searchProblem({ search, optimizer, batched }: Searching): string | undefined {
  if (search === undefined) return undefined
  if (isSecondOrder(optimizer)) return `search: ${optimizer.method} has no learning rate`
  return batched === true ? "search: trainings in groups have their rates given" : undefined
}

/** One trial: a network, a seed, a training. */
export const TrainParameters = Schema.Struct({
  ...trial,
  /** Whose outputs the training aims at, instead of labels. */
  teacher: Schema.optionalKey(Teacher),
  /** Its learning rate is searched for beforehand. */
  search: Schema.optionalKey(Search),
  /** Bytes that it may take on a device: a hint of the run (`--device-memory`). */
  deviceMemory: Schema.optionalKey(Positive)
}).check(
  Schema.makeFilter(
    (trial) =>
      trialProblem(trial) ??
      searchProblem(trial) ??
      teachingProblem(trial.loss, trial.dataset, trial.teacher) ??
      scoringProblem(trial)
  )
)
export type TrainParameters = typeof TrainParameters.Type
export type FirstOrderTrial = TrainParameters & { readonly optimizer: typeof FirstOrder.Type }
export type SecondOrderTrial = TrainParameters & { readonly optimizer: SecondOrder }

/** The outputs of a teacher on a data set. */
export const TargetsParameters = Schema.Struct({
  dataset: DataSetParameters,
  teacher: Teacher,
  /** What losses aim at: kl-divergence at probabilities, the squared error at logits. */
  outputs: Schema.Literals(["probabilities", "logits"]),
  /** Bytes that it may take on a device: a hint of the run (`--device-memory`). */
  deviceMemory: Schema.optionalKey(Positive)
})
export type TargetsParameters = typeof TargetsParameters.Type

/** A grid of trials: every combination of the values on its axes. */
export const Grid = Schema.Struct({
  datasets: Axis(DataSetParameters),
  layers: Axis(architecture.layers),
  /** The sequential and the parallel network, or every depth that divides the layers. */
  depths: Schema.Literals(["ends", "divisors"]),
  filters: Axis(architecture.filters),
  kernels: Axis(architecture.kernel),
  activations: Axis(Activation),
  seeds: Axis(Seed),
  ...training,
  teacher: Schema.optionalKey(Teacher)
})
export type Grid = typeof Grid.Type
