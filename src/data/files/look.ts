/** What a folder or a file of images is: its format, shape and classes, as a data set would declare them. */
import { existsSync, statSync } from "node:fs"
import { basename, join } from "node:path"
import glob from "fast-glob"
import { Malformed } from "../../foreign/malformed.ts"
import type { ByteSource } from "../../foreign/source.ts"
import { isZip } from "../../foreign/zip.ts"
import { asPattern } from "../../graph/paths.ts"
import { DataError } from "../errors.ts"
import { type OpenArray, piecesOf } from "./array.ts"
import { rowsOf } from "./delimited.ts"
import { type ArrayPlace, openArray, startOf, unpackedFile } from "./file.ts"
import { EXTENSIONS, inFolders } from "./listing.ts"
import { declared, isTest, lookAtParquet, lookAtPathTable, sizesOf, someOf } from "./look-pictures.ts"
import { classesText, type Looked } from "./looked.ts"
import { npzNames } from "./npy.ts"
import { type Reading, reading } from "./reading.ts"

const fail = (file: string, expected: string, found: string, advice: string): never => {
  throw new DataError({ file, expected, found, advice })
}

/** `path` is relative to the project. Rejects with `DataError`. */
export const lookAt = (project: string, path: string): Promise<Looked> =>
  reading(project, (files) => lookIn(files, path))

async function lookIn(files: Reading, path: string): Promise<Looked> {
  const { project, open, limits } = files
  const stat = statSync(join(project, path), { throwIfNoEntry: false })
  if (stat === undefined) return fail(path, "a folder or a file", "nothing", "correct the path")
  if (stat.isDirectory()) return holdsParquet(project, path) ? lookAtParquet(files, path) : lookAtFolder(files, path)
  if (/\.parquet$/i.test(path)) return lookAtParquet(files, path)
  if (/\.(csv|tsv|txt|jsonl|ndjson)$/i.test(path)) {
    const looked = await lookAtPathTable(files, path)
    if (looked !== undefined) return looked
    if (!/\.csv$/i.test(path)) {
      const advice =
        "give paths relative to the table's folder, or to one beside it, or declare them: example-images.ts"
      return fail(path, "a table with a column of image files", "none of them that is there", advice)
    }
  }
  if (/\.csv(\.gz)?$/i.test(path)) return lookAtTable(await unpackedFile(open(path), path, limits), path)
  return isZip(startOf(open(path))) ? lookAtArchive(files, path) : lookAtArrays(files, path)
}

const SPLIT = /^(train|training|val|valid|validation|test|testing)$/i

const holdsParquet = (project: string, path: string): boolean =>
  glob.globSync(`${asPattern(path)}/**/*.parquet`, { cwd: project }).length > 0

async function lookAtFolder(reading: Reading, path: string): Promise<Looked> {
  const { project, bytes } = reading
  const pattern = `${asPattern(path)}/**/*.{${EXTENSIONS.join(",")}}`
  const files = glob.globSync(pattern, { cwd: project, caseSensitiveMatch: false }).sort()
  const others = files.length > 0 ? [] : imagesIn(project, path)
  if (others.length === 1) return lookIn(reading, others[0])
  if (others.length > 1) {
    const found = `${others.length} files of arrays or tables (${others.slice(0, 5).join(", ")})`
    return fail(path, "pictures in a folder for each class, or one file of images", found, "name one of them")
  }
  const parts = [...new Set(files.map((file) => file.slice(path.length + 1).split("/")[0]))]
  const isSplit =
    parts.length > 0 && parts.every((part) => SPLIT.test(part)) && parts.some((part) => /^train/i.test(part))
  const folders = isSplit ? parts.map((part) => `${path}/${part}`) : [path]
  const test = folders.filter((folder) => isSplit && isTest(basename(folder)))
  const train = folders.filter((folder) => !test.includes(folder))
  const of = (some: ReadonlyArray<string>) => some.flatMap((folder) => inFolders(folder, files))
  const [training, testing] = [of(train), of(test)]
  const classes = new Set([...training, ...testing].map(({ label }) => label)).size
  const some = someOf(files).map((file) => ({ file, bytes: () => bytes(file) }))
  const { size, shape, said } = declared(await sizesOf(some))
  return {
    source: { kind: "images", train, ...(test.length > 0 && { test }), ...size },
    shape: {
      count: training.length,
      ...(test.length > 0 && { test: testing.length }),
      ...shape,
      classes
    },
    said: `${files.length} image files in ${classesText(classes)}, ${said}`
  }
}

/** Files in a folder that hold images themselves: archives, tables, arrays that are called so. */
const imagesIn = (project: string, path: string): ReadonlyArray<string> =>
  glob
    .globSync(`${asPattern(path)}/*`, { cwd: project })
    .filter((file) => {
      const name = basename(file)
      if (/\.(npz|csv)(\.gz)?$/i.test(name)) return true
      return IMAGES.test(name.replace(/\.(npy|idx|gz)/gi, "")) && /\.(npy|idx)|ubyte/i.test(name)
    })
    .sort()

/** Names of arrays of images, with those that the labels of each may have. */
const IMAGES = /(^|[_-])(images?|x|data)($|[_\-.0-9])/i
const LABELS: ReadonlyArray<string> = ["labels", "label", "y", "targets", "target"]
const labelNames = (name: string) =>
  LABELS.flatMap((label) => [
    name.replace(IMAGES, (_, before: string, __, after: string) => `${before}${label}${after}`),
    name.replace(IMAGES, (_, before: string, __, after: string) => `${before}${label.toUpperCase()}${after}`)
  ])

async function lookAtArchive(files: Reading, path: string): Promise<Looked> {
  let names: ReadonlyArray<string>
  try {
    names = npzNames(files.open(path))
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return fail(path, "a whole zip file", `that ${error.message}`, "write or fetch the file again")
  }
  const pairs = names.flatMap((images) => {
    const labels = IMAGES.test(images) ? labelNames(images).find((name) => names.includes(name)) : undefined
    return labels === undefined
      ? []
      : [{ images: { file: path, array: images }, labels: { file: path, array: labels } }]
  })
  if (pairs.length === 0) {
    const expected = "arrays of images and of labels, as `x_train` and `y_train`, or `images` and `labels`"
    return fail(
      path,
      expected,
      names.join(", ").slice(0, 200),
      "declare which is which: pipeline/datasets/example-arrays.ts"
    )
  }
  return ofPairs(pairs, files)
}

async function lookAtArrays(files: Reading, path: string): Promise<Looked> {
  const { project, open, limits } = files
  const folder = path.slice(0, path.length - basename(path).length)
  const name = basename(path)
  const labels = labelNames(name)
    .flatMap((label) => [label, label.replace("idx3", "idx1")])
    .find((label) => label !== name && existsSync(join(project, folder, label)))
  if (labels !== undefined) return ofPairs([{ images: { file: path }, labels: { file: folder + labels } }], files)
  await openArray(open(path), { file: path }, limits)
  const advice = "declare where they are: pipeline/datasets/example-arrays.ts"
  return fail(path, "the labels beside the images, under their name with `labels` for `images`", "none", advice)
}

type Pair = { readonly images: ArrayPlace; readonly labels: ArrayPlace }

const placeText = ({ file, array }: ArrayPlace) => (array === undefined ? file : { file, array })

async function ofPairs(pairs: ReadonlyArray<Pair>, { open, limits }: Reading): Promise<Looked> {
  const read = (place: ArrayPlace) => openArray(open(place.file), place, limits)
  const found: Array<{ readonly images: OpenArray; readonly labels: OpenArray; readonly pair: Pair }> = []
  for (const pair of pairs) found.push({ images: await read(pair.images), labels: await read(pair.labels), pair })
  const nameOf = ({ pair }: (typeof found)[number]) => pair.images.array ?? basename(pair.images.file)
  const test = found.length === 1 ? [] : found.filter((one) => isTest(nameOf(one)))
  const train = found.filter((one) => !test.includes(one))
  const { images } = (train[0] ?? found[0])!
  const [channels, height, width] = sidesOf(images)
  const count = (some: typeof found) => some.reduce((sum, one) => sum + (one.images.shape[0] ?? 0), 0)
  const classes = classesIn(found.map(({ labels }) => labels))
  const part = ({ pair }: (typeof found)[number]) => ({
    images: placeText(pair.images),
    labels: placeText(pair.labels)
  })
  const range = rangeOf(images)
  return {
    source: {
      kind: "arrays",
      train: train.map(part),
      ...(test.length > 0 && { test: test.map(part) }),
      ...(range && { range })
    },
    shape: { count: count(train), ...(test.length > 0 && { test: count(test) }), channels, height, width, classes },
    said: `${count(found)} images of type ${images.type} in ${found.length === 1 ? "an array" : `${found.length} arrays`}, in ${classesText(classes)}`
  }
}

function sidesOf({ shape, file }: OpenArray): readonly [number, number, number] {
  const [, ...sides] = shape
  if (sides.length === 1) return squares(sides[0], file)
  if (sides.length === 2) return [1, sides[0], sides[1]]
  if (sides.length !== 3)
    return fail(
      file,
      "images (n, H, W), (n, H, W, C) or (n, C, H, W)",
      `the shape (${shape.join(", ")})`,
      "correct the path"
    )
  // Colours are the few: the last side, unless the first is shorter.
  return sides[0] < sides[2] ? [sides[0], sides[1], sides[2]] : [sides[2], sides[0], sides[1]]
}

/** Square pictures, grey or colour, of so many pixels. */
function squares(pixels: number, file: string): readonly [number, number, number] {
  for (const channels of [1, 3]) {
    const side = Math.sqrt(pixels / channels)
    if (Number.isInteger(side) && side > 0) return [channels, side, side]
  }
  const advice = "declare their height and width by hand: pipeline/datasets/example-csv.ts, example-arrays.ts"
  return fail(file, "square pictures, grey or colour", `${pixels} pixels each`, advice)
}

function classesIn(arrays: ReadonlyArray<OpenArray>): number {
  const hot = arrays.every(({ type, shape }) => type !== "text" && shape.length === 2 && shape[1] > 1)
  if (hot) return arrays[0].shape[1]
  const labels = new Set<unknown>()
  for (const array of arrays)
    for (const { rows } of piecesOf(array)) for (const value of rows.values) labels.add(String(value))
  return labels.size
}

/** Black and white, where the values are others than their type says. */
function rangeOf(array: OpenArray): readonly [number, number] | undefined {
  const { type } = array
  if (type === "text" || type === "uint8" || type === "bool") return undefined
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { rows } of piecesOf(array)) {
    for (const value of rows.values) {
      low = Math.min(low, Number(value))
      high = Math.max(high, Number(value))
    }
  }
  const isFloat = type.startsWith("float")
  if (low >= 0 && high <= (isFloat ? 1 : type === "int8" ? 127 : 255)) return type === "uint16" ? [0, 255] : undefined
  if (type === "uint16") return undefined
  if (low >= 0 && high <= 255) return [0, 255]
  return low >= -1 && high <= 1 ? [-1, 1] : [low, high]
}

function lookAtTable(bytes: ByteSource, path: string): Looked {
  const labels = new Set<string>()
  let [count, columns, place] = [0, 0, 0]
  let label: string | undefined
  for (const { cells } of rowsOf(bytes, path, ",")) {
    if (columns === 0) {
      columns = cells.length
      const named = cells.findIndex((cell) => /^(label|class|target|y)$/i.test(cell))
      if (named >= 0) [place, label] = [named, cells[named]]
      if (cells.some((cell) => !Number.isFinite(Number(cell)))) continue
    }
    labels.add(cells[place] ?? "")
    count++
  }
  const [channels, height, width] = squares(columns - 1, path)
  return {
    source: { kind: "csv", train: path, ...(label !== undefined && label !== "label" && { label }) },
    shape: { count, channels, height, width, classes: labels.size },
    said: `a table of ${count} images in ${classesText(labels.size)}`
  }
}
