/**
 * A trial's name, network and size. Plain functions, which compute modules use too.
 */
import type { ImageShape, Network } from "../../src/network/network.ts"
import type { BuildParameters, DataSetParameters, Teacher, TrainParameters } from "./schemas.ts"
import { stepLabels, unstandardized, withRightLabels } from "./steps.ts"

export const networkOf = ({
  dataset,
  layers,
  depth,
  filters,
  kernel,
  activation,
  residual,
  scale,
  loss
}: TrainParameters): Network => ({
  ...imageShape(dataset),
  layers,
  depth,
  filters,
  kernel,
  activation,
  residual,
  ...(scale !== undefined && { scale }),
  ...(loss !== undefined && { loss })
})

/** What is taken apart does not depend on what scores it. */
export const unscored = ({ scoredBy: _, test: __, corrupt: ___, ...trial }: TrainParameters): TrainParameters => trial

/** What is scored of a data set does not depend on what is trained on; its test set, on no split either. */
export const heldOut = (dataset: DataSetParameters, images: "validation" | "test"): DataSetParameters => ({
  ...unstandardized(withRightLabels(dataset)),
  examples: null,
  ...(images === "test" && { validation: "test" as const })
})

/** What `evaluate` calls its input of corrupted images. */
export const corruptedInput = (kind: string, severity: number): string => `${kind}-${severity}`

/** "gaussian-noise,jpeg@1,3,5" */
export const corruptionsText = ({ kinds, severities }: NonNullable<TrainParameters["corrupt"]>): string =>
  `${kinds.join(",")}@${severities.join(",")}`

/** Epochs at which a trial is taken apart to see what its training does: before it and after it. */
export const endsOf = ({ epochs }: Pick<TrainParameters, "epochs">): ReadonlyArray<number> =>
  epochs === 0 ? [0] : [0, epochs]

export const imageShape = ({ shape: { channels, height, width, classes } }: DataSetParameters): ImageShape => ({
  channels,
  height,
  width,
  classes
})

export const buildParameters = ({
  dataset,
  layers,
  filters,
  kernel,
  seed,
  gain
}: TrainParameters): BuildParameters => ({
  dataset,
  layers,
  filters,
  kernel,
  seed,
  ...(gain !== undefined && { gain })
})

/** A data set's name, with what of it is used where that is not all of it with the official test set, and its steps. */
export function dataSetLabel(dataset: DataSetParameters): string {
  const { name, shape, validation, examples } = dataset
  const uses: Array<string> = []
  if (shape.test > 0 && validation !== "test") uses.push(`validation=${validation}`)
  if (examples !== null) uses.push(`examples=${examples}`)
  uses.push(...stepLabels(dataset))
  return [name, ...(uses.length > 0 ? [uses.join(",")] : [])].join("/")
}

/** The training that a trial goes on from, if it does. */
export function trialBefore({ from, ...trial }: TrainParameters): TrainParameters | undefined {
  if (from === undefined) return undefined
  const { examples, ...rest } = from
  if (examples === undefined) return { ...trial, ...rest }
  const { dataset, batch } = trial
  // What takes all examples in one step takes all of these.
  const whole = batch === trainingExamples(dataset)
  return { ...trial, ...rest, dataset: { ...dataset, examples }, batch: whole ? examples : batch }
}

/** "16@10": from depth 16 after 10 epochs; "16@10of240" where these were on so many images. */
export const fromLabel = ({ depth, epochs, examples }: NonNullable<TrainParameters["from"]>): string =>
  `${depth}@${epochs}${examples === undefined ? "" : `of${examples}`}`

/** "loss0.05", "loss0.05-gradientNorm0.001" */
export const untilText = ({ loss, gradientNorm }: NonNullable<TrainParameters["until"]>): string =>
  Object.entries({ loss, gradientNorm })
    .flatMap(([name, value]) => (value === undefined ? [] : [`${name}${value}`]))
    .join("-")

/** A trial's name: every axis of the grid, those at their usual value only where the grid is about them. */
export function trialLabel(trial: BuildParameters & Partial<TrainParameters>): string {
  const axes = [`layers=${trial.layers}`]
  if (trial.depth !== undefined) axes.push(`depth=${trial.depth}`)
  axes.push(`filters=${trial.filters}`)
  if (trial.kernel !== 3) axes.push(`kernel=${trial.kernel}`)
  if (trial.activation !== undefined && trial.activation !== "relu") axes.push(`activation=${trial.activation}`)
  if (trial.residual === false) axes.push("residual=false")
  if (trial.scale !== undefined && trial.scale !== 1) axes.push(`scale=${trial.scale}`)
  if (trial.gain !== undefined && trial.gain !== 1) axes.push(`gain=${trial.gain}`)
  const { optimizer } = trial
  if (optimizer !== undefined && optimizer.method !== "rmsprop")
    axes.push(`method=${optimizer.method}${"precision" in optimizer ? `-${optimizer.precision}` : ""}`)
  if (trial.loss !== undefined && trial.loss !== "cross-entropy") axes.push(`loss=${trial.loss}`)
  if (trial.teacher !== undefined) axes.push(`teacher=${teacherLabel(trial.teacher)}`)
  if (trial.from !== undefined) axes.push(`from=${fromLabel(trial.from)}`)
  if (trial.until !== undefined) axes.push(`until=${untilText(trial.until)}`)
  axes.push(`seed=${trial.seed}`)
  return `${dataSetLabel(trial.dataset)}/${axes.join(",")}`
}

/** What a student's name says of its teacher. */
export function teacherLabel({ layers, depth, filters, activation, scale = 1, seed, epochs, acting }: Teacher): string {
  const parts = [`${layers}x${depth}`, `filters${filters}`, `seed${seed}`, `epochs${epochs}`]
  if (activation !== "relu") parts.push(activation)
  if (scale !== 1) parts.push(`scale${scale}`)
  return [...parts, ...(acting === undefined ? [] : [`acting${acting}`])].join("-")
}

/** Examples that are trained on, K. */
export const trainingExamples = ({ shape, validation, examples }: DataSetParameters): number =>
  examples ?? (validation === "test" ? shape.count : shape.count - validation)

export const validationExamples = ({ shape, validation }: DataSetParameters): number =>
  validation === "test" ? shape.test : validation

/** Floating point operations of one image's way through the network, counted as direct convolutions. */
export function forwardOperations({ dataset, layers, filters, kernel }: TrainParameters): number {
  const { channels, height, width, classes } = dataset.shape
  const convolutions = kernel * kernel * filters * (channels + layers * filters) * height * width
  return 2 * (convolutions + filters * height * width * classes)
}

/** Floating point operations of a training: forward and backward cost three times forward; each epoch is validated. */
export const trainingOperations = (trial: TrainParameters): number =>
  forwardOperations(trial) * trial.epochs * (3 * trainingExamples(trial.dataset) + validationExamples(trial.dataset))
