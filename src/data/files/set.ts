/** Images and labels of a user's files, joined to one file of labelled images that also says what its classes are called. */

import type { Input } from "../../graph/compute.ts"
import { DataError } from "../errors.ts"
import { type ImageSet, imageSet, writeImageSets } from "../examples.ts"
import { list, parse, text } from "../json.ts"

import { openSafetensors, readSafetensors, writeSafetensors } from "../safetensors.ts"
import { classesOf, type LabelList } from "./labels.ts"
import type { ImageSize } from "./pixels.ts"

/** A part of a split: images [n, C, H, W] and the labels of as many. */
export interface Part {
  readonly images: Uint8Array
  readonly file: string
  readonly labels: LabelList
}

export interface Splits {
  readonly train: ReadonlyArray<Part>
  readonly test: ReadonlyArray<Part>
}

/** Sets by name (`train` and `test`, or one without a name) and the names of the classes. Throws `DataError`. */
export function join(
  { train, test }: Splits,
  size: ImageSize,
  classes: number,
  declared: ReadonlyArray<string> | undefined
): { readonly sets: Readonly<Record<string, ImageSet>>; readonly names: ReadonlyArray<string> } {
  const all = [...train, ...test]
  const { labels, names } = classesOf(
    all.map((part) => part.labels),
    classes,
    declared
  )
  const sets = all.map(({ images, file }, i) =>
    imageSet({ ...size, classes }, images, labels[i], file, all[i].labels.file)
  )
  const training = joined(sets.slice(0, train.length))
  return {
    sets: test.length === 0 ? { "": training } : { train: training, test: joined(sets.slice(train.length)) },
    names
  }
}

function joined(sets: ReadonlyArray<ImageSet>): ImageSet {
  if (sets.length === 1) return sets[0]
  const count = sets.reduce((sum, set) => sum + set.count, 0)
  const labels = new (sets[0].labels instanceof Uint16Array ? Uint16Array : Uint8Array)(count)
  let at = 0
  for (const set of sets) {
    labels.set(set.labels, at)
    at += set.count
  }
  return { ...sets[0], count, labels, images: Buffer.concat(sets.map(({ images }) => images)) }
}

/** The bytes of a file of sets, with the classes' names in its metadata (`names`, a list in JSON). */
export function writeNamedSets(sets: Readonly<Record<string, ImageSet>>, names: ReadonlyArray<string>): Uint8Array {
  const { tensors, metadata } = readSafetensors(writeImageSets(sets), "sets")
  return writeSafetensors(tensors, { ...metadata, names: JSON.stringify(names) })
}

const namesIn = ({ names }: Readonly<Record<string, string>>): ReadonlyArray<string> | undefined =>
  names === undefined ? undefined : parse(names, list(text))

/** What the classes are called in the files that they come from; undefined where that was not kept. Throws `DataError`. */
export const classNames = (bytes: Uint8Array, file: string): ReadonlyArray<string> | undefined =>
  namesIn(readSafetensors(bytes, file).metadata)

/** The same of an input, in memory or in its file. */
export const classNamesOf = (input: Input): ReadonlyArray<string> | undefined =>
  input.file === undefined
    ? classNames(input.bytes(), input.node)
    : namesIn(openSafetensors(input.file(), input.node, () => true).metadata)

/** Throws `DataError` where the declared numbers of examples differ from those that were found. */
export function checkCount(found: number, expected: number, file: string, what: string): void {
  if (found === expected) return
  const advice = "correct the shape that the data set declares, or the files"
  throw new DataError({ file, expected: `${expected} ${what}`, found: String(found), advice })
}
