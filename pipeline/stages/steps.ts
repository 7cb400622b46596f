/**
 * Steps on the way from a data set to what trials see: what `preprocess` does with images and training labels. A step
 * that is not taken is left out, so a data set without any has the keys that it always had. Plain functions, which compute
 * modules use too.
 */
import type { Size, Steps } from "./preparation.ts"
import type { DataSetParameters } from "./schemas.ts"

/** What a study asks for. A step at its value 'as before' is none. */
export interface Wanted {
  /** Colour becomes grey. */
  readonly grey?: boolean
  /** Height and width that images are stretched to; null: as they are. */
  readonly size?: Size | null
  /** Share of the training labels that are wrong, 0 … 1. */
  readonly labelNoise?: number
  /** What wrong labels are: one of the other classes, each as likely (symmetric), or the next one (pair-flip). */
  readonly labelNoiseKind?: "symmetric" | "pair-flip"
  /** Pixels less the mean of their channel, over its deviation, both of the training images. */
  readonly standardize?: boolean
  /** Number of training images, a part that has each class's share of them; null: all. */
  readonly examples?: number | null
}

/** Steps as before: none. */
export const UNPREPARED = {
  grey: false,
  size: null,
  labelNoise: 0,
  labelNoiseKind: "symmetric",
  standardize: false
} as const

const sidesOf = (size: Size) => (typeof size === "number" ? { height: size, width: size } : size)

/** A data set as trials see it after these steps; what is not named stays. */
export function prepared(dataset: DataSetParameters, wanted: Wanted): DataSetParameters {
  const { labelNoise: known, labelNoiseKind: kind, standardize: standard = false, ...rest } = dataset
  const { shape } = dataset
  const {
    labelNoise = known ?? 0,
    labelNoiseKind = kind ?? "symmetric",
    examples = dataset.examples,
    standardize = standard
  } = wanted
  const grey = wanted.grey === true && shape.channels !== 1
  const sides = wanted.size == null ? undefined : sidesOf(wanted.size)
  const isOther = sides !== undefined && (sides.height !== shape.height || sides.width !== shape.width)
  const size = sides?.height === sides?.width ? sides?.height : sides
  return {
    ...rest,
    shape: { ...shape, ...(grey && { channels: 1 }), ...(isOther && sides) },
    examples: examples === trainingImages(dataset) ? null : examples,
    ...(grey && { grey: true as const }),
    ...(isOther && size !== undefined && { size }),
    ...(labelNoise !== 0 && { labelNoise }),
    ...(labelNoise !== 0 && labelNoiseKind === "pair-flip" && { labelNoiseKind }),
    ...(standardize && { standardize })
  }
}

/** Training images that there are. */
const trainingImages = ({ shape, validation }: DataSetParameters): number =>
  validation === "test" ? shape.count : shape.count - validation

/** The steps of a data set. */
export const stepsOf = ({ grey, size, labelNoise, labelNoiseKind, standardize }: Steps): Steps => ({
  ...(grey !== undefined && { grey }),
  ...(size !== undefined && { size }),
  ...(labelNoise !== undefined && { labelNoise }),
  ...(labelNoiseKind !== undefined && { labelNoiseKind }),
  ...(standardize !== undefined && { standardize })
})

/** Whether `preprocess` changes anything; images are standardized on their way into a network. */
export const hasSteps = ({ standardize: _, ...dataset }: Steps): boolean => Object.keys(stepsOf(dataset)).length > 0

/** The data set as it is where labels have no part. */
export const withRightLabels = ({
  labelNoise: _,
  labelNoiseKind: __,
  ...dataset
}: DataSetParameters): DataSetParameters => dataset

/** The data set as images are kept. */
export const unstandardized = ({ standardize: _, ...dataset }: DataSetParameters): DataSetParameters => dataset

/** "14", or "14x20" (height × width). */
export const sizeText = (size: Size): string =>
  typeof size === "number" ? String(size) : `${size.height}x${size.width}`

/** What a name says of the steps: `size=7`, `labelNoise=0.2`, … */
export const stepLabels = (dataset: Steps): ReadonlyArray<string> =>
  Object.entries(stepsOf(dataset)).map(([step, value]) => `${step}=${step === "size" ? sizeText(value) : value}`)

/** Where a data set stands on the axes of its steps, whether it takes them or not. */
export function stepAxes({ shape, ...dataset }: Steps & Pick<DataSetParameters, "shape">) {
  const { height, width } = shape
  const { labelNoise = 0, labelNoiseKind = "symmetric" } = dataset
  return {
    grey: dataset.grey ?? false,
    size: height === width ? height : sizeText({ height, width }),
    labelNoise,
    ...(labelNoise > 0 && { labelNoiseKind }),
    standardize: dataset.standardize ?? false
  }
}
