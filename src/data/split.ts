/** Splits of a data set, by a seed of its own: one split serves all trials. */

import { random } from "../network/philox.ts"
import type { Labels } from "./examples.ts"

export interface Split {
  readonly train: Uint32Array<ArrayBuffer> // indices of examples, ascending
  readonly validation: Uint32Array<ArrayBuffer>
}

/**
 * `validation` examples carved out so that each class keeps its share (the largest remainders, first the lower class,
 * take what rounding leaves); which of a class is drawn at random, for each purpose on its own.
 */
export function stratifiedSplit(
  labels: Labels,
  validation: number,
  seed: number,
  purpose: "split" | "subset" = "split"
): Split {
  if (!(Number.isInteger(validation) && validation > 0 && validation < labels.length)) {
    throw new RangeError(
      `a split of ${labels.length} examples: expected a number of validation examples from 1 to ${labels.length - 1}, found ${validation}`
    )
  }
  const members: Array<Array<number>> = []
  for (const [i, label] of labels.entries()) (members[label] ??= []).push(i)
  // A class may have no examples.
  const classes = members.flatMap((list, label) => {
    const share = (list.length * validation) / labels.length
    return [{ label, list, quota: Math.floor(share), remainder: share - Math.floor(share) }]
  })
  let left = validation - classes.reduce((sum, { quota }) => sum + quota, 0)
  for (const each of [...classes].sort((a, b) => b.remainder - a.remainder || a.label - b.label)) {
    if (left-- > 0) each.quota++
  }
  const chosen = new Uint8Array(labels.length)
  for (const { label, list, quota } of classes) {
    const order = random(seed, `${purpose}/class=${label}`).permutation(list.length)
    for (const place of order.subarray(0, quota)) chosen[list[place]] = 1
  }
  const indices = Uint32Array.from(labels, (_, i) => i)
  return { train: indices.filter((i) => chosen[i] === 0), validation: indices.filter((i) => chosen[i] === 1) }
}

/** Which of a data set's training examples are used for what. */
export interface Use {
  /** The official test set, or a number of training examples that are split off. */
  readonly validation: "test" | number
  /** Number of training examples that are drawn of the rest; null: all. */
  readonly examples: number | null
  readonly splitSeed: number
}

/** Numbers of the examples in the data set, ascending; none for validation where the official test set validates. */
export function numbersOf(
  labels: Labels,
  { validation, examples, splitSeed }: Use
): Partial<Split> & Pick<Split, "train"> {
  const split =
    validation === "test"
      ? { train: Uint32Array.from(labels, (_, i) => i) }
      : stratifiedSplit(labels, validation, splitSeed, "split")
  if (examples === null) return split
  const drawn = stratifiedSplit(
    Uint16Array.from(split.train, (i) => labels[i]),
    examples,
    splitSeed,
    "subset"
  ).validation
  return { ...split, train: drawn.map((i) => split.train[i]) }
}
