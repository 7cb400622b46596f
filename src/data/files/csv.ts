/** Tables with an image a row: a column has the label, the others the pixels, as in Kaggle's files of MNIST. */
import { DataError } from "../errors.ts"
import { product } from "./array.ts"
import { fail, rowsOf } from "./delimited.ts"
import type { Label, LabelList } from "./labels.ts"
import { type ImageSize, type PixelRules, pixelsOf } from "./pixels.ts"

const NUMBER = /^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,4})?\s*$/
const WHOLE = /^\s*[-+]?\d{1,15}\s*$/

export interface PixelTable {
  readonly images: Uint8Array // [n, C, H, W]
  readonly labels: LabelList
}

/**
 * Images [n, C, H, W] and labels of a table whose first row names its columns, or is of numbers like the others. `label`:
 * the name of the column with the labels, or its place from 0; `label`, or the first one, if left out. `count`: rows that
 * it should have. Values are black at 0 and white at 255 if `rules` do not say otherwise. Throws `DataError`.
 */
export function readPixelTable(
  bytes: Uint8Array,
  file: string,
  size: ImageSize,
  { count, label, ...rules }: PixelRules & { readonly count: number; readonly label?: string | number | undefined }
): PixelTable {
  const pixels = product([size.channels, size.height, size.width])
  const values = new Float64Array(count * pixels)
  const labels: Array<Label> = []
  let place: number | undefined
  for (const { line, cells } of rowsOf(bytes, file, ",")) {
    if (place === undefined) {
      const named = cells.some((cell) => !NUMBER.test(cell))
      place = typeof label === "number" ? label : columnOf(cells, named, label, file)
      if (isHeader(cells, place)) continue
    }
    if (cells.length !== pixels + 1 || place >= cells.length)
      fail(file, line, `a label and ${pixels} pixels, ${pixels + 1} columns`, `${cells.length} columns`)
    if (labels.length === count) fail(file, line, `${count} images`, "more of them")
    let to = labels.length * pixels
    for (const [column, cell] of cells.entries()) {
      if (column === place) continue
      if (!NUMBER.test(cell))
        fail(file, line, "pixels that are numbers", `'${cell.slice(0, 40)}' in column ${column + 1}`)
      values[to++] = Number(cell)
    }
    labels.push(WHOLE.test(cells[place]) ? Number(cells[place]) : cells[place])
  }
  if (labels.length < count) {
    const advice = "correct the shape that the data set declares, or the file"
    throw new DataError({ file, expected: `${count} images`, found: `${labels.length}`, advice })
  }
  const array = { shape: [count, pixels], file, type: "float64", values } as const
  return { images: pixelsOf(array, size, { range: [0, 255], ...rules }), labels: { file, labels } }
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
