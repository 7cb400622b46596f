/**
 * Wrong labels, on purpose: training labels of which a share is another class. What becomes of an example depends on its
 * number in the data set and the seed alone, not on which others there are: labels that are wrong at 10 % are wrong in the
 * same way at 20 %, and in every subset. The true labels stay beside them, so that what a network memorizes can be told
 * from what it learns.
 */
import type { Input } from "../graph/compute.ts"
import { random } from "../network/philox.ts"
import { DataError } from "./errors.ts"
import type { Labels } from "./examples.ts"
import { openSafetensors, readSafetensors } from "./safetensors.ts"
import type { PlannedSet } from "./stored.ts"

export interface LabelNoise {
  /** Probability that a label is wrong, 0 … 1. */
  readonly share: number
  /** symmetric: one of the other classes, each as likely; pair-flip: the next class, the first after the last. */
  readonly kind: "symmetric" | "pair-flip"
}

/** labels: [n]; numbers: [n], the number of each example in its data set. Throws `RangeError` for a single class. */
export function noisyLabels(
  labels: Labels,
  numbers: Uint32Array,
  classes: number,
  { share, kind }: LabelNoise,
  seed: number
): Labels {
  if (classes < 2) throw new RangeError("label noise needs several classes: with one, no label can be wrong")
  const noisy = labels.slice()
  for (const [i, number] of numbers.entries()) {
    const { uniform, below } = random(seed, `label-noise/example=${number}`)
    if (uniform() >= share) continue
    noisy[i] = (labels[i] + 1 + (kind === "symmetric" ? below(classes - 1) : 0)) % classes
  }
  return noisy
}

const TRUE_LABELS = "labels.true"

/** Noisy labels of a set that is to be written, with its true ones beside them. */
export const besideTrueLabels = (labels: Labels, trueLabels: Labels): PlannedSet => ({
  labels,
  more: { [TRUE_LABELS]: { shape: [trueLabels.length], data: trueLabels } }
})

/** The true labels of an input with noisy ones, in memory or in its file. Throws `DataError`. */
export function trueLabelsOf(input: Input): Labels {
  const { tensors } =
    input.file === undefined
      ? readSafetensors(input.bytes(), input.node)
      : openSafetensors(input.file(), input.node, (name) => name === "images")
  const data = tensors[TRUE_LABELS]?.data
  const { labels } = tensors
  if ((data instanceof Uint8Array || data instanceof Uint16Array) && data.length === labels?.data.length) return data
  throw new DataError({
    file: input.node,
    expected: `true labels (${TRUE_LABELS}), one beside each label`,
    found: Object.keys(tensors).join(", "),
    advice: "this is not a file of images with label noise"
  })
}
