/**
 * Labelled images, and how they are kept: a safetensors file with `images` [n, C, H, W] uint8 and `labels` [n], the
 * number of classes in its metadata, and `targets` [n, M] float32 where there are others than the labels. One file may hold several sets under prefixes: `train.images`, `test.images`.
 */
import type { Input, InputFile } from "../graph/compute.ts"
import type { ImageShape } from "../network/network.ts"
import { DataError } from "./errors.ts"
import { copyImage, type Images } from "./images.ts"
import { openSafetensors, readSafetensors, type StoredTensor, writeSafetensors } from "./safetensors.ts"

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
  checkLabels(labels, classes, labelFile)
  return { channels, height, width, classes, count: labels.length, images, labels }
}

function checkLabels(labels: Labels, classes: number, file: string): void {
  const wrong = labels.findIndex((label) => label >= classes)
  if (wrong < 0) return
  const expected = `labels below ${classes}, the number of classes`
  const advice = "images and labels must belong together"
  throw new DataError({ file, expected, found: `label ${labels[wrong]} at example ${wrong}`, advice })
}

/** The chosen examples, in the order of `indices`, in memory. */
export function select(set: StoredSet, indices: Uint32Array): ImageSet {
  const { channels, height, width, classes, targets } = set
  const count = indices.length
  const pixels = channels * height * width
  const images = new Uint8Array(count * pixels)
  for (const [row, index] of indices.entries()) copyImage(set.images, index, pixels, images, row * pixels)
  const labels = selectLabels(set.labels, indices)
  if (targets === undefined) return { ...set, count, images, labels }
  const chosen = new Float32Array(count * classes)
  copyRows(targets, chosen, indices)
  return { ...set, count, images, labels, targets: chosen }
}

export function selectLabels(from: Labels, indices: Uint32Array): Labels {
  const labels = new (from instanceof Uint16Array ? Uint16Array : Uint8Array)(indices.length)
  for (const [to, index] of indices.entries()) labels[to] = from[index]
  return labels
}

/** Fills `to` with the rows of these numbers, as many as fill it. */
function copyRows(from: Float32Array, to: Float32Array, indices: Uint32Array): void {
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
  const images = Object.entries(tensors).flatMap(([name, { shape, data }]) =>
    IMAGES.test(name) ? [{ name, shape, images: data instanceof Uint8Array ? data : undefined }] : []
  )
  return setsOf(images, tensors, metadata, file)
}

/** Images that lie in a file, with all else in memory. */
export interface StoredSet extends Omit<ImageSet, "images"> {
  readonly images: Images
}

/** The sets of a file that is open, by name: their images stay there. Throws `DataError`. */
export function openImageSets(open: InputFile, file: string): Readonly<Record<string, StoredSet>> {
  const { tensors, places, metadata } = openSafetensors(open, file, (name) => IMAGES.test(name))
  const images = Object.entries(places).map(([name, { shape, start, type }]) => ({
    name,
    shape,
    images: type === "U8" ? { descriptor: open.descriptor, start } : undefined
  }))
  return setsOf(images, tensors, metadata, file)
}

/** The sets of an input, in memory or in its file. Throws `DataError`. */
export const imageSetsOf = (input: Input): Readonly<Record<string, StoredSet>> =>
  input.file === undefined ? readImageSets(input.bytes(), input.node) : openImageSets(input.file(), input.node)

/** Names of tensors of images, with that of the set. */
const IMAGES = /^(?:(.+)\.)?images$/

function setsOf<I extends Images>(
  found: ReadonlyArray<{
    readonly name: string
    readonly shape: ReadonlyArray<number>
    readonly images: I | undefined // of bytes
  }>,
  tensors: Readonly<Record<string, StoredTensor>>,
  metadata: Readonly<Record<string, string>>,
  file: string
): Readonly<Record<string, Omit<ImageSet, "images"> & { readonly images: I }>> {
  const sets: Record<string, Omit<ImageSet, "images"> & { readonly images: I }> = {}
  for (const { name, shape, images } of found) {
    const labels = tensors[name.replace(/images$/, "labels")]
    const [count, channels, height, width] = shape
    const classes = Number(metadata.classes)
    const areImages = shape.length === 4 && channels * height * width > 0
    const areLabels = labels?.shape.length === 1 && labels.shape[0] === count
    const { data } = labels ?? {}
    if (
      !(images !== undefined && areImages) ||
      !((data instanceof Uint8Array || data instanceof Uint16Array) && areLabels) ||
      !(Number.isSafeInteger(classes) && classes > 0)
    ) {
      const expected = "images [n, C, H, W] of type U8, labels [n] and the number of classes"
      const all = [...found, ...Object.entries(tensors).map(([name, { shape }]) => ({ name, shape }))]
      const listed = [...new Map(all.map((one) => [one.name, one.shape]))].map(([key, shape]) => `${key} [${shape}]`)
      throw new DataError({ file, expected, found: `${listed}`, advice: "this is not a file of labelled images" })
    }
    checkLabels(data, classes, file)
    const set = { channels, height, width, classes, count, images, labels: data }
    const targets = tensors[name.replace(/images$/, "targets")]
    sets[IMAGES.exec(name)?.[1] ?? ""] =
      targets === undefined ? set : { ...set, targets: checkTargets(set, targets, file) }
  }
  return sets
}

/** The targets of a set. Throws `DataError` where they do not fit it. */
function checkTargets(
  { count, classes }: Omit<ImageSet, "images">,
  { shape, data }: StoredTensor,
  file: string
): Float32Array {
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
export const readImageSet = (bytes: Uint8Array, file: string): ImageSet => theOne(readImageSets(bytes, file), file)

/** The one set of an input that holds one, in memory or in its file. Throws `DataError`. */
export const imageSetOf = (input: Input): StoredSet => theOne(imageSetsOf(input), input.node)

function theOne<S extends StoredSet>(sets: Readonly<Record<string, S>>, file: string): S {
  if (sets[""] !== undefined) return sets[""]
  const found = `sets named ${Object.keys(sets).join(", ") || "nothing"}`
  throw new DataError({ file, expected: "one set of labelled images", found, advice: "choose one of them first" })
}
