/** What tables of image files and Parquet files of them are, as a data set would declare them. */
import { existsSync, readdirSync, statSync } from "node:fs"
import { basename, dirname, join, posix } from "node:path"
import glob from "fast-glob"
import { inMemory } from "../../foreign/source.ts"
import { asPattern } from "../../graph/paths.ts"
import { DataError } from "../errors.ts"
import { rowsOf } from "./delimited.ts"
import type { Label } from "./labels.ts"
import { EXTENSIONS, inTable, type Listed } from "./listing.ts"
import { classesText, type Looked } from "./looked.ts"
import { openParquet, parquetColumns } from "./parquet.ts"
import type { ImageFile } from "./pictures.ts"
import type { Reading } from "./reading.ts"

/** Of a large set so many pictures are looked at, spread over it. */
const LOOKED_AT = 1000

const fail = (file: string, expected: string, found: string, advice: string): never => {
  throw new DataError({ file, expected, found, advice })
}

export const isTest = (name: string) => /test|t10k/i.test(name)

/** Some of many, spread over them. */
export const someOf = <A>(all: ReadonlyArray<A>): ReadonlyArray<A> => {
  const step = Math.max(1, Math.ceil(all.length / LOOKED_AT))
  return all.filter((_, i) => i % step === 0)
}

/** The sizes that occur, and whether all are grey. */
export async function sizesOf(files: Iterable<ImageFile>) {
  // What it decodes with may not be installed where no pictures are.
  const { measure } = await import("./decode.ts")
  const sizes = new Map<string, readonly [number, number]>()
  let isGrey = true
  for (const { bytes, file } of files) {
    const found = await measure(bytes(), file)
    sizes.set(`${found.width}×${found.height}`, [found.width, found.height])
    isGrey &&= found.isGrey
  }
  return { sizes: [...sizes.values()], isGrey }
}

type Sizes = Awaited<ReturnType<typeof sizesOf>>

/** What a declaration says of pictures of these sizes. */
export function declared({ sizes, isGrey }: Sizes) {
  const [width, height] = sizes.length === 1 ? sizes[0] : [32, 32]
  return {
    size: sizes.length === 1 ? {} : { size: "crop" },
    shape: { channels: isGrey ? 1 : 3, height, width },
    said: sizes.length === 1 ? `all ${width}×${height}` : "of several sizes: their middle, 32×32, is taken"
  }
}

const classesIn = (labels: ReadonlyArray<Label>): number => new Set(labels).size

const IMAGE = /^(image|img|picture|file|photo)s?$/i
const LABEL = /^(label|class|target|category|y|fine_label)s?$/i
const SPLIT = /^(split|set|subset|partition)$/i

/** Parquet files, one or a folder of them: those called after a test set are one. */
export async function lookAtParquet({ project, open }: Reading, path: string): Promise<Looked> {
  const isFolder = statSync(join(project, path)).isDirectory()
  const files = isFolder ? glob.globSync(`${asPattern(path)}/**/*.parquet`, { cwd: project }).sort() : [path]
  const columns = await parquetColumns(open(files[0]), files[0])
  const image = columns.find((name) => IMAGE.test(name))
  const label = columns.find((name) => LABEL.test(name))
  if (image === undefined || label === undefined) {
    const advice = "declare which is which: pipeline/datasets/example-parquet.ts"
    return fail(files[0], "columns `image` and `label`", columns.join(", ").slice(0, 200), advice)
  }
  const test = files.length === 1 ? [] : files.filter((file) => isTest(basename(file)))
  const train = files.filter((file) => !test.includes(file))
  if (train.length === 0) return fail(path, "files of a training set", files.join(", "), "correct the path")
  const opened = (file: string) => openParquet(open(file), file, { image, label })
  const labels = new Set<Label>()
  const count = async (some: ReadonlyArray<string>) => {
    let found = 0
    for (const file of some) {
      const all = (await opened(file)).labels()
      found += all.length
      for (const one of all) labels.add(one)
    }
    return found
  }
  const numbers = { count: await count(train), test: await count(test) }
  if (numbers.count === 0) return fail(train[0], "rows", "none", "correct the path")
  const pictures = (await opened(train[0])).pictures()
  const { size, shape, said } = declared(await sizesOf(pictures.take(LOOKED_AT)))
  const classes = labels.size
  const total = numbers.count + numbers.test
  return {
    source: {
      kind: "parquet",
      train,
      ...(test.length > 0 && { test }),
      ...(image !== "image" && { image }),
      ...(label !== "label" && { label }),
      ...size
    },
    shape: { count: numbers.count, ...(test.length > 0 && { test: numbers.test }), ...shape, classes },
    said: `${total} pictures in ${files.length === 1 ? "a Parquet file" : `${files.length} Parquet files`}, in ${classesText(classes)}, ${said}`
  }
}

/** No table of image files is larger; of another one the first rows tell what it is. */
const TABLE_BYTES = 256 << 20
const FIRST_BYTES = 64 << 20

/** A table that names image files, if it is one: which column has them, and where they lie. */
export async function lookAtPathTable(files: Reading, path: string): Promise<Looked | undefined> {
  const { project } = files
  const start = files.open(path)
  // A table of pixels may be larger than memory; its first rows tell.
  const bytes = start.size > TABLE_BYTES ? start.read(0, FIRST_BYTES) : start.read(0, start.size)
  const rows = firstRows(path, bytes)
  const names = rows[0] ?? []
  const here = dirname(path)
  const folders = [here, ...subfolders(join(project, here)).map((name) => posix.join(here, name))]
  for (const [row, cells] of rows.entries()) {
    for (const [column, cell] of cells.entries()) {
      if (!EXTENSIONS.includes(cell.slice(cell.lastIndexOf(".") + 1).toLowerCase())) continue
      const folder = folders.find((folder) => existsSync(join(project, folder, cell)))
      if (folder !== undefined) return ofTable(files, path, bytes, { folder, column, names, isNamed: row === 1 })
    }
  }
  return undefined
}

const isLines = (path: string) => /\.(jsonl|ndjson)$/i.test(path)

/** The first two rows; of JSON Lines the members' names, then their values. */
function firstRows(path: string, bytes: Uint8Array): ReadonlyArray<ReadonlyArray<string>> {
  if (isLines(path)) {
    const [line] = Buffer.from(bytes.subarray(0, 1 << 16))
      .toString("utf8")
      .split("\n")
    try {
      const members = Object.entries(Object(JSON.parse(line)))
      return [members.map(([name]) => name), members.map(([, value]) => String(value))]
    } catch {
      return []
    }
  }
  const found: Array<ReadonlyArray<string>> = []
  for (const { cells } of rowsOf(inMemory(bytes), path, /\.csv$/i.test(path) ? "," : "\t")) {
    found.push(cells)
    if (found.length === 2) break
  }
  return found
}

const subfolders = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))

interface Found {
  readonly folder: string
  readonly column: number
  readonly names: ReadonlyArray<string>
  /** Whether names stand above the columns. */
  readonly isNamed: boolean
}

async function ofTable(
  { project, bytes: read }: Reading,
  path: string,
  bytes: Uint8Array,
  found: Found
): Promise<Looked> {
  const { folder, column, names, isNamed } = found
  const other = names.findIndex((name) => isNamed && LABEL.test(name))
  const labelled = other >= 0 ? other : column + 1 < names.length ? column + 1 : column - 1
  if (labelled < 0) return fail(path, "a column of labels beside that of the files", "none", "add one")
  const called = (place: number) => (isNamed ? names[place] : place)
  const rules = { path: called(column), label: called(labelled) }
  const images = new Set(glob.globSync(`${asPattern(folder)}/**/*`, { cwd: project, onlyFiles: true }))
  const split = isNamed ? names.find((name) => SPLIT.test(name)) : undefined
  const part = (where: { readonly column: string; readonly value: string } | undefined) => ({
    declared: { table: path, folder, ...rules, ...(where && { where }) },
    files: inTable(bytes, path, folder, images, { ...rules, where })
  })
  const parts =
    split === undefined
      ? [{ value: "", ...part(undefined) }]
      : valuesOf(path, bytes, names.indexOf(split), split).map((value) => ({
          value,
          ...part({ column: split, value })
        }))
  const test = parts.length === 1 ? [] : parts.filter(({ value }) => isTest(value))
  const train = parts.filter((one) => !test.includes(one))
  const files = (some: typeof parts): ReadonlyArray<Listed> => some.flatMap((one) => one.files)
  const all = files(parts)
  const some = someOf(all).map((one) => ({ file: one.path, bytes: () => read(one.path) }))
  const { size, shape, said } = declared(await sizesOf(some))
  const classes = classesIn(all.map(({ label }) => label))
  const members = (some: typeof parts) => some.map((one) => one.declared)
  return {
    source: { kind: "images", train: members(train), ...(test.length > 0 && { test: members(test) }), ...size },
    shape: { count: files(train).length, ...(test.length > 0 && { test: files(test).length }), ...shape, classes },
    said: `a table of ${all.length} image files in ${classesText(classes)}, ${said}`
  }
}

/** What stands in a column, each once. */
function valuesOf(path: string, bytes: Uint8Array, place: number, name: string): ReadonlyArray<string> {
  const values = new Set<string>()
  if (isLines(path)) {
    for (const line of Buffer.from(bytes).toString("utf8").split("\n"))
      if (line.trim() !== "") values.add(String(Object(JSON.parse(line))[name]))
  } else {
    let isFirst = true
    for (const { cells } of rowsOf(inMemory(bytes), path, /\.csv$/i.test(path) ? "," : "\t")) {
      if (!isFirst) values.add(cells[place] ?? "")
      isFirst = false
    }
  }
  return [...values].sort()
}
