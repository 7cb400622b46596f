/** Settings of what becomes of a study's data set on the way, whichever study; at the values given here, nothing does. */
import type * as Schema from "effect/Schema"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { preparationSettings } from "../stages/preparation.ts"
import type { DataSetParameters } from "../stages/schemas.ts"
import { prepared, sizeText, stepsOf, UNPREPARED } from "../stages/steps.ts"

export { preparationSettings }
export type PreparationSettings = Schema.Schema.Type<Schema.Struct<typeof preparationSettings>>

export const asItIs: PreparationSettings = UNPREPARED

/** A data set with the steps that the settings say; other settings of the study are none of them. */
export const preparedBy = (
  { parameters }: ImageDataSet,
  { grey, size, labelNoise, labelNoiseKind, standardize }: PreparationSettings
): DataSetParameters => prepared(parameters, { grey, size, labelNoise, labelNoiseKind, standardize })

/** The report's lines on it, of steps that some data set of the study takes. */
export function preparationAssumptions(datasets: ReadonlyArray<DataSetParameters>) {
  const texts = datasets.map((dataset) => {
    const { grey, size, labelNoise, labelNoiseKind = "symmetric", standardize } = stepsOf(dataset)
    const kind = labelNoiseKind === "symmetric" ? "one of the other classes, each as likely" : "the next class"
    return {
      images: [
        ...(grey ? ["made grey"] : []),
        ...(size === undefined ? [] : [`stretched to ${sizeText(size)}`]),
        ...(standardize ? ["standardized by channel"] : [])
      ],
      labels: labelNoise === undefined ? undefined : `${100 * labelNoise} % are wrong on purpose: ${kind}`
    }
  })
  const line = (name: string, values: ReadonlyArray<string>, why: string) =>
    values.length === 0 ? [] : [{ name, value: [...new Set(values)].join("; "), why }]
  const asked = "not as in the paper: asked for by a setting"
  return [
    ...line(
      "images",
      texts.flatMap(({ images }) => (images.length === 0 ? [] : [images.join(", then ")])),
      asked
    ),
    ...line(
      "training labels",
      texts.flatMap(({ labels }) => labels ?? []),
      `${asked}; which examples, and what they become, depends on each example alone, and other images keep their labels`
    )
  ]
}
