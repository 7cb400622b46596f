/** The declared steps of `preprocess` as schemas: members of a data set that are left out where a step is not taken. */
import * as Schema from "effect/Schema"

/** Both sides of an image, or each of them. */
export type Size = number | { readonly height: number; readonly width: number }

/** Steps of a data set, in the order in which they are taken. */
export interface Steps {
  readonly grey?: true
  readonly size?: Size
  readonly labelNoise?: number
  readonly labelNoiseKind?: "pair-flip"
  readonly standardize?: true
}

const Side = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 }))

const SizeSetting = Schema.Union([Side, Schema.Struct({ height: Side, width: Side })]).annotate({
  expected: 'a number of pixels, or {"height":…,"width":…}'
})

const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
const More = Share.check(Schema.isGreaterThan(0))

/** In the order in which they are taken. */
export const steps = {
  /** Colour becomes grey (src/data/grey.ts). */
  grey: Schema.optionalKey(Schema.Literal(true)),
  /** Height and width that images are stretched to (src/data/files/resize.ts). */
  size: Schema.optionalKey(SizeSetting),
  /** Share of the training labels that are wrong (src/data/label-noise.ts). */
  labelNoise: Schema.optionalKey(More),
  /** What they become: one of the other classes by chance if left out, or the next class. */
  labelNoiseKind: Schema.optionalKey(Schema.Literal("pair-flip")),
  /** Pixels less the mean of their channel, over its deviation, both of the training images (statistics.ts). */
  standardize: Schema.optionalKey(Schema.Literal(true))
}

interface Prepared extends Steps {
  readonly shape: {
    readonly channels: number
    readonly height: number
    readonly width: number
    readonly classes: number
  }
}

/** What cannot be, and where the shape does not say what the steps make of images. */
export const stepsProblem = Schema.makeFilter(({ shape, size, grey, labelNoise, labelNoiseKind }: Prepared) => {
  const say = (member: keyof Steps, issue: string) => ({ path: [member], issue })
  const [height, width] = typeof size === "number" ? [size, size] : [size?.height, size?.width]
  if (size !== undefined && (shape.height !== height || shape.width !== width))
    return say("size", `expected \`shape\` to be of that size too, not ${shape.height}×${shape.width}: ${HELP}`)
  if (grey === true && shape.channels !== 1)
    return say("grey", `expected \`shape\` to be of 1 channel, not ${shape.channels}: ${HELP}`)
  if (labelNoise !== undefined && shape.classes === 1)
    return say("labelNoise", "expected several classes: with one, no label can be wrong")
  return labelNoiseKind !== undefined && labelNoise === undefined
    ? say("labelNoiseKind", "expected `labelNoise`, the share of wrong labels, beside it")
    : undefined
})

const HELP = "`prepared(dataset, { … })` (pipeline/stages/steps.ts) says both"

/** The same as settings of a study, which `--set` changes. */
export const preparationSettings = {
  /** Colour becomes grey. */
  grey: Schema.Boolean,
  /** Height and width that images are stretched to, `14` or `{"height":14,"width":20}`; null: as they are. */
  size: Schema.NullOr(SizeSetting),
  /** Share of the training labels that are wrong, 0 … 1. */
  labelNoise: Share,
  /** What wrong labels are: one of the other classes, or the next one. */
  labelNoiseKind: Schema.Literals(["symmetric", "pair-flip"]),
  /** Pixels less the mean of their channel, over its deviation. */
  standardize: Schema.Boolean
}
