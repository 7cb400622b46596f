/** Which image files a set has, with their labels: a folder for each class, or a table of paths and labels. */
import { posix } from "node:path"
import { inMemory } from "../../foreign/source.ts"
import { DataError } from "../errors.ts"
import { fail, rowsOf } from "./delimited.ts"
import type { Label } from "./labels.ts"

export interface Listed {
  readonly path: string // in the project
  readonly label: Label
}

/** Extensions of images that people have; BMP files are told of, not left out. */
export const EXTENSIONS = ["png", "jpg", "jpeg", "webp", "tif", "tiff", "gif", "bmp"]

const WHOLE = /^[-+]?\d{1,15}$/

/** Names that are whole numbers are labels that are. */
export const labelOf = (name: string): Label => (WHOLE.test(name.trim()) ? Number(name) : name)

/** Files in the folders of a folder, each of which is a class; those deeper down belong to it too. Throws `DataError`. */
export function inFolders(folder: string, paths: Iterable<string>): ReadonlyArray<Listed> {
  const root = folder === "." ? "" : `${folder}/`
  const found: Array<Listed> = []
  for (const path of paths) {
    if (!path.startsWith(root)) continue
    const [name, ...rest] = path.slice(root.length).split("/")
    if (rest.length === 0) {
      const advice = "put it into the folder of its class, or take it out"
      throw new DataError({ file: path, expected: "a folder for each class", found: "an image beside them", advice })
    }
    found.push({ path, label: labelOf(name) })
  }
  if (found.length > 0) return found
  const expected = `images (${EXTENSIONS.join(", ")}) in a folder for each class`
  throw new DataError({ file: folder, expected, found: "none", advice: "put them there, or correct the path" })
}

export interface TableRules {
  /** Columns by name, or by place from 0 where no names stand above. */
  readonly path?: string | number | undefined
  readonly label?: string | number | undefined
  /** The rows that are meant: those with this value in this column. */
  readonly where?: { readonly column: string | number; readonly value: string } | undefined
}

interface Entry {
  readonly line: number
  readonly get: (column: string | number) => string | undefined
}

/**
 * The rows of a table: CSV, TSV (also `.txt`) or JSON Lines, by its name. Paths are relative to `folder`, and only files
 * that are there (`paths`) are named. Throws `DataError`.
 */
export function inTable(
  bytes: Uint8Array,
  file: string,
  folder: string,
  paths: ReadonlySet<string>,
  { path = "path", label = "label", where }: TableRules
): ReadonlyArray<Listed> {
  const byPlace = typeof path === "number" && typeof label === "number"
  const found: Array<Listed> = []
  const lines = new Map<string, number>()
  for (const { line, get } of entriesOf(bytes, file, byPlace)) {
    const cell = (column: string | number): string =>
      get(column) ?? fail(file, line, `a column ${typeof column === "number" ? column + 1 : `'${column}'`}`, "none")
    if (where !== undefined && cell(where.column) !== where.value) continue
    const [name, called] = [cell(path), cell(label)]
    const place = posix.normalize(folder === "." ? name : `${folder}/${name}`)
    if (name.startsWith("/") || (folder !== "." && !place.startsWith(`${folder}/`)) || place.startsWith("../"))
      fail(file, line, `the path of a file in ${folder}`, `'${name.slice(0, 100)}', which leads out of it`)
    if (!paths.has(place)) fail(file, line, `an image at ${place.slice(0, 200)}`, "none")
    const before = lines.get(place)
    if (before !== undefined) fail(file, line, "each image once", `${place.slice(0, 200)} again, as on line ${before}`)
    lines.set(place, line)
    found.push({ path: place, label: labelOf(called) })
  }
  if (found.length > 0) return found
  const meant = where === undefined ? "rows" : `rows with ${where.value} in the column ${where.column}`
  throw new DataError({
    file,
    expected: meant,
    found: "none",
    advice: "correct the table, or what the data set says of it"
  })
}

function* entriesOf(bytes: Uint8Array, file: string, byPlace: boolean): Generator<Entry> {
  if (/\.(jsonl|ndjson)$/.test(file)) {
    let line = 0
    for (const text of Buffer.from(bytes).toString("utf8").split("\n")) {
      line++
      if (text.trim() !== "") yield { line, get: memberOf(text, file, line) }
    }
    return
  }
  let names: ReadonlyArray<string> | undefined
  for (const { line, cells } of rowsOf(inMemory(bytes), file, /\.csv$/.test(file) ? "," : "\t")) {
    if (!byPlace && names === undefined) names = cells
    else
      yield {
        line,
        get: (column) => (typeof column === "number" ? cells[column] : cells[names?.indexOf(column) ?? -1])
      }
  }
}

function memberOf(text: string, file: string, line: number): Entry["get"] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    value = undefined
  }
  if (typeof value !== "object" || value === null) fail(file, line, "an object in JSON", text.slice(0, 60))
  const members = new Map(Object.entries(value))
  return (column) => {
    const member: unknown = members.get(String(column))
    return typeof member === "string" || typeof member === "number" ? String(member) : undefined
  }
}
