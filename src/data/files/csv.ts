/** Tables with an image a row: a column has the label, the others the pixels, as in Kaggle's files of MNIST. */
import type { ByteSource } from "../../foreign/source.ts"
import { DataError } from "../errors.ts"
import { product } from "./array.ts"
import { fail, type Row, rowsOf } from "./delimited.ts"
import type { Label, LabelList } from "./labels.ts"
import { type ImageSize, type PixelRules, pixelsOf } from "./pixels.ts"

const NUMBER = /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,4})?\s*$/
const WHOLE = /^\s*[-+]?\d{1,15}\s*$/

export interface TableRules extends PixelRules {
  /** Rows that it should have. */
  readonly count: number
  /** The name of the column with the labels, or its place from 0; `label`, or the first one, if left out. */
  readonly label?: string | number | undefined
}

export interface PixelTable {
  /** Of each row: the first reading of the table. Throws `DataError`. */
  labels(): LabelList
  /** Images [k, C, H, W] in order, some at a time: the second. Throws `DataError`. */
  images(): Generator<{ readonly first: number; readonly pixels: Uint8Array }>
}

interface PixelRow extends Row {
  readonly place: number // of the label
}

/** Pixels that are handed over at a time. */
const PIXELS_AT_ONCE = 1 << 20

/**
 * A table whose first row names its columns, or is of numbers like the others. Values are black at 0 and white at 255 if
 * the rules do not say otherwise. It is read twice, since all labels are wanted before the first image.
 */
export function openPixelTable(source: ByteSource, file: string, size: ImageSize, rules: TableRules): PixelTable {
  return {
    labels() {
      const labels: Array<Label> = []
      for (const { cells, place } of pixelRows(source, file, size, rules))
        labels.push(WHOLE.test(cells[place]) ? Number(cells[place]) : cells[place])
      return { file, labels }
    },
    images: () => imagesIn(pixelRows(source, file, size, rules), file, size, rules)
  }
}

/** The rows that are images, as many as there should be. */
function* pixelRows(
  source: ByteSource,
  file: string,
  { channels, height, width }: ImageSize,
  { count, label }: TableRules
): Generator<PixelRow> {
  const pixels = product([channels, height, width])
  let place: number | undefined
  let found = 0
  for (const row of rowsOf(source, file, ",")) {
    const { line, cells } = row
    if (place === undefined) {
      const named = cells.some((cell) => !NUMBER.test(cell))
      place = typeof label === "number" ? label : columnOf(cells, named, label, file)
      if (isHeader(cells, place)) continue
    }
    if (cells.length !== pixels + 1 || place >= cells.length)
      fail(file, line, `a label and ${pixels} pixels, ${pixels + 1} columns`, `${cells.length} columns`)
    if (++found > count) fail(file, line, `${count} images`, "more of them")
    yield { ...row, place }
  }
  if (found === count) return
  const advice = "correct the shape that the data set declares, or the file"
  throw new DataError({ file, expected: `${count} images`, found: `${found}`, advice })
}

function* imagesIn(rows: Iterable<PixelRow>, file: string, size: ImageSize, rules: TableRules) {
  const pixels = product([size.channels, size.height, size.width])
  const values = new Float64Array(Math.max(1, Math.floor(PIXELS_AT_ONCE / pixels)) * pixels)
  let first = 0
  let filled = 0
  const flush = () => {
    const shape = [filled / pixels, pixels]
    const some = { shape, file, type: "float64", values: values.subarray(0, filled) } as const
    const piece = { first, pixels: pixelsOf(some, size, { range: [0, 255], ...rules }, first) }
    first += shape[0]
    filled = 0
    return piece
  }
  for (const { line, cells, place } of rows) {
    for (const [column, cell] of cells.entries()) {
      if (column === place) continue
      if (!NUMBER.test(cell))
        fail(file, line, "pixels that are numbers", `'${cell.slice(0, 40)}' in column ${column + 1}`)
      values[filled++] = Number(cell)
    }
    if (filled === values.length) yield flush()
  }
  if (filled > 0) yield flush()
}

/** Whether a row of names stands over the table: another cell than the label's is no number. */
const isHeader = (cells: ReadonlyArray<string>, place: number): boolean =>
  cells.some((cell, column) => column !== place && !NUMBER.test(cell))

function columnOf(cells: ReadonlyArray<string>, named: boolean, label: string | undefined, file: string): number {
  if (!named && label === undefined) return 0
  const wanted = label ?? "label"
  const place = cells.indexOf(wanted)
  if (place >= 0) return place
  const found = named ? cells.slice(0, 8).join(", ").slice(0, 200) : "a table without names"
  return fail(file, 1, `a column named '${wanted}'`, found)
}
