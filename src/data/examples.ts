/**
 * Labelled images, and how they are kept: a safetensors file with `images` [n, C, H, W] uint8 and `labels` [n], the
 * number of classes in its metadata, and `targets` [n, M] float32 where there are others than the labels. One file may hold several sets under prefixes: `train.images`, `test.images`.
 */
import type { ImageShape } from "../network/network.ts"
import { DataError } from "./errors.ts"
import { readSafetensors, type StoredTensor, writeSafetensors } from "./safetensors.ts"

export type Labels = Uint8Array | Uint16Array

/** What engines take as examples, with the size of the images and the number of classes. */
export interface ImageSet extends ImageShape {
  readonly count: number
  readonly images: Uint8Array // [count, C, H, W]
  readonly labels: Labels // [count], each < classes
  readonly targets?: Float32Array // [count, M], what losses other than cross-entropy aim at
}

/**
 * Checks and joins images [n, C, H, W] and labels [n]. `file` names the images in errors, `labelFile` the labels, where
 * they are another. Throws `DataError`.
 */
export function imageSet(
  shape: ImageShape,
  images: Uint8Array,
  labels: Labels,
  file: string,
  labelFile = file
): ImageSet {
  const { channels, height, width, classes } = shape
  const pixels = channels * height * width
  const advice = "images and labels must belong together"
  if (images.length !== labels.length * pixels) {
    const expected = `${labels.length} images of ${channels}×${height}×${width}, one for each label`
    throw new DataError({ file, expected, found: `${images.length / pixels} images`, advice })
  }
  const wrong = labels.findIndex((label) => label >= classes)
  if (wrong >= 0) {
    const expected = `labels below ${classes}, the number of classes`
    throw new DataError({ file: labelFile, expected, found: `label ${labels[wrong]} at example ${wrong}`, advice })
  }
  return { channels, height, width, classes, count: labels.length, images, labels }
}

/** The chosen examples, in the order of `indices`. */
export function select(set: ImageSet, indices: Uint32Array): ImageSet {
  const { channels, height, width, classes, targets } = set
  const count = indices.length
  const labels = new (set.labels instanceof Uint16Array ? Uint16Array : Uint8Array)(count)
  for (const [to, from] of indices.entries()) labels[to] = set.labels[from]
  const images = new Uint8Array(count * channels * height * width)
  copyRows(set.images, images, indices)
  if (targets === undefined) return { ...set, count, images, labels }
  const chosen = new Float32Array(count * classes)
  copyRows(targets, chosen, indices)
  return { ...set, count, images, labels, targets: chosen }
}

/** Fills `to` with the rows of these numbers, as many as fill it. */
function copyRows<D extends Uint8Array | Float32Array>(from: D, to: D, indices: Uint32Array): void {
  const width = to.length / indices.length
  for (const [row, index] of indices.entries()) to.set(from.subarray(index * width, (index + 1) * width), row * width)
}

/** The bytes of a file of sets by name; the name "" has no prefix. */
export function writeImageSets(sets: Readonly<Record<string, ImageSet>>): Uint8Array<ArrayBuffer> {
  const tensors: Record<string, StoredTensor> = {}
  let classes = 0
  for (const [name, set] of Object.entries(sets)) {
    const prefix = name === "" ? "" : `${name}.`
    const { count, channels, height, width } = set
    tensors[`${prefix}images`] = { shape: [count, channels, height, width], data: set.images }
    tensors[`${prefix}labels`] = { shape: [count], data: set.labels }
    if (set.targets !== undefined) tensors[`${prefix}targets`] = { shape: [count, set.classes], data: set.targets }
    classes = set.classes
  }
  return writeSafetensors(tensors, { classes: String(classes) })
}

/** The sets of a file by name, without copying their images. Throws `DataError`. */
export function readImageSets(bytes: Uint8Array, file: string): Readonly<Record<string, ImageSet>> {
  const { tensors, metadata } = readSafetensors(bytes, file)
  const sets: Record<string, ImageSet> = {}
  for (const [tensor, images] of Object.entries(tensors)) {
    const name = /^(?:(.+)\.)?images$/.exec(tensor)
    if (name === null) continue
    const labels = tensors[tensor.replace(/images$/, "labels")]
    const [count, channels, height, width] = images.shape
    const classes = Number(metadata.classes)
    const areImages = images.shape.length === 4 && channels * height * width > 0
    const areLabels = labels?.shape.length === 1 && labels.shape[0] === count
    const { data } = labels ?? {}
    if (
      !(images.data instanceof Uint8Array && areImages) ||
      !((data instanceof Uint8Array || data instanceof Uint16Array) && areLabels) ||
      !(Number.isSafeInteger(classes) && classes > 0)
    ) {
      const expected = "images [n, C, H, W] of type U8, labels [n] and the number of classes"
      const found = `${Object.entries(tensors).map(([key, { shape }]) => `${key} [${shape}]`)}`
      throw new DataError({ file, expected, found, advice: "this is no file of labelled images" })
    }
    const shape = { channels, height, width, classes }
    const set = imageSet(shape, images.data, data, file)
    const targets = tensors[tensor.replace(/images$/, "targets")]
    sets[name[1] ?? ""] = targets === undefined ? set : { ...set, targets: checkTargets(set, targets, file) }
  }
  return sets
}

/** The targets of a set. Throws `DataError` where they do not fit it. */
function checkTargets({ count, classes }: ImageSet, { shape, data }: StoredTensor, file: string): Float32Array {
  const advice = "images, labels and targets must belong together"
  if (!(data instanceof Float32Array) || shape.length !== 2 || shape[0] !== count || shape[1] !== classes) {
    const expected = `targets [${count}, ${classes}] of type F32, a number for each example and class`
    throw new DataError({ file, expected, found: `targets [${shape}]`, advice })
  }
  const wrong = data.findIndex((target) => !Number.isFinite(target))
  if (wrong >= 0) {
    const found = `${data[wrong]} at example ${Math.floor(wrong / classes)}`
    throw new DataError({ file, expected: "targets that are finite numbers", found, advice })
  }
  return data
}

/** The one set of a file that holds one, without prefix. Throws `DataError`. */
export function readImageSet(bytes: Uint8Array, file: string): ImageSet {
  const sets = readImageSets(bytes, file)
  if (sets[""] !== undefined) return sets[""]
  const found = `sets named ${Object.keys(sets).join(", ") || "nothing"}`
  throw new DataError({ file, expected: "one set of labelled images", found, advice: "choose one of them first" })
}
