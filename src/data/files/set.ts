/** Images and labels of files of any kind, put into one file of labelled images that also says what its classes are called. */

import type { Input } from "../../graph/compute.ts"
import { DataError } from "../errors.ts"
import { type ImageSet, type Labels, writeImageSets } from "../examples.ts"
import { list, parse, text } from "../json.ts"
import { openSafetensors, readSafetensors, writeSafetensors } from "../safetensors.ts"
import { openSetsFile } from "../stored.ts"
import { classesOf, type LabelList } from "./labels.ts"
import type { ImageSize } from "./pixels.ts"

/** The labels of the parts of each set; without a test set there is one set, which has no name. */
export interface SplitLabels {
  readonly train: ReadonlyArray<LabelList>
  readonly test: ReadonlyArray<LabelList>
}

/** A file of sets in which all stands but the images. */
export interface NamedSets {
  /** Writes images [k, C, H, W] of a set, from its image `first` on. */
  put(split: keyof SplitLabels, first: number, images: Uint8Array): void
  /** All that was put is on disk when this returns. */
  sync(): void
  close(): void
}

/** `names`: the labels in the order of the classes, where they are declared. Throws `DataError`. */
export function openNamedSets(
  path: string,
  size: ImageSize,
  { train, test }: SplitLabels,
  { classes, names: declared }: { readonly classes: number; readonly names?: ReadonlyArray<string> | undefined }
): NamedSets {
  const { labels, names } = classesOf([...train, ...test], classes, declared)
  const training = joined(labels.slice(0, train.length))
  const hasTest = test.length > 0
  const sets = hasTest
    ? { train: { labels: training }, test: { labels: joined(labels.slice(train.length)) } }
    : { "": { labels: training } }
  const shape = { channels: size.channels, height: size.height, width: size.width, classes }
  const file = openSetsFile(path, shape, sets, { names: JSON.stringify(names) })
  return { ...file, put: (split, first, images) => file.put(hasTest ? split : "", first, images) }
}

function joined(parts: ReadonlyArray<Labels>): Labels {
  const count = parts.reduce((sum, part) => sum + part.length, 0)
  const labels = new (parts[0] instanceof Uint16Array ? Uint16Array : Uint8Array)(count)
  let at = 0
  for (const part of parts) {
    labels.set(part, at)
    at += part.length
  }
  return labels
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
