/** Parquet files in the layout of Hugging Face: a column of image files (`{ bytes, path }`, or bytes), one of labels. */
import { type FileMetaData, parquetMetadata, parquetReadObjects } from "hyparquet"
import { DataError } from "../errors.ts"
import type { Label } from "./labels.ts"
import type { ImageFile } from "./pictures.ts"

export interface Columns {
  readonly image: string
  readonly label: string
}

/** Rows of one group, with what they hold. */
export interface RowGroup {
  readonly files: ReadonlyArray<ImageFile>
  readonly labels: ReadonlyArray<Label>
}

/** Image files and labels of a row group, unpacked, have no more. */
const MOST_BYTES = 0x7fffffff

const fail = (file: string, expected: string, found: string): never => {
  const advice = "write or fetch the file again, or correct what the data set says of it"
  throw new DataError({ file, expected, found, advice })
}

const firstLine = (error: unknown) => String((error as Error).message).split("\n")[0]

/** The names of a file's columns. Throws `DataError`. */
export function parquetColumns(bytes: Uint8Array, file: string): ReadonlyArray<string> {
  return columnsOf(metadataOf(Uint8Array.from(bytes).buffer, file))
}

function metadataOf(buffer: ArrayBuffer, file: string): FileMetaData {
  try {
    return parquetMetadata(buffer)
  } catch (error) {
    return fail(file, "a Parquet file", `what cannot be read (${firstLine(error)})`)
  }
}

/** Those at the top: the schema lists what a column holds after it. */
function columnsOf({ schema }: FileMetaData): ReadonlyArray<string> {
  const names: Array<string> = []
  let within = 0
  for (const { name, num_children: children = 0 } of schema.slice(1)) {
    if (within === 0) names.push(name)
    else within--
    within += children
  }
  return names
}

/** How many rows the file has, and a reader of its row groups, one after another. Rejects with `DataError`. */
export function openParquet(bytes: Uint8Array, file: string, { image, label }: Columns) {
  const buffer = Uint8Array.from(bytes).buffer
  const metadata = metadataOf(buffer, file)
  const top = columnsOf(metadata)
  for (const column of [image, label])
    if (!top.includes(column)) fail(file, `a column '${column}'`, top.join(", ").slice(0, 200))
  const counts = metadata.row_groups.map(({ num_rows: rows }) => Number(rows))
  const rows = counts.reduce((a, b) => a + b, 0)
  async function* groups(): AsyncGenerator<RowGroup> {
    let rowStart = 0
    for (const [i, count] of counts.entries()) {
      const size = metadata.row_groups[i].columns.reduce(
        (sum, { meta_data: meta }) => sum + Number(meta?.total_uncompressed_size ?? 0),
        0
      )
      if (size > MOST_BYTES) fail(file, `row groups of at most ${MOST_BYTES} bytes`, `${size} bytes`)
      yield groupOf(await rowsFrom(rowStart, rowStart + count), rowStart, count)
      rowStart += count
    }
  }
  const rowsFrom = (rowStart: number, rowEnd: number) =>
    parquetReadObjects({ file: buffer, metadata, columns: [image, label], rowStart, rowEnd, utf8: false }).catch(
      (error: unknown) => fail(file, "whole columns", `what cannot be read (${firstLine(error)})`)
    )
  const groupOf = (found: ReadonlyArray<Readonly<Record<string, unknown>>>, start: number, count: number): RowGroup => {
    if (found.length !== count) fail(file, `${count} rows in a row group`, `${found.length}`)
    const files = found.map((row, i) => ({ bytes: imageIn(row[image], i + start), file: `${file}, row ${i + start}` }))
    return { files, labels: found.map((row, i) => labelIn(row[label], i + start)) }
  }
  const imageIn = (value: unknown, row: number): Uint8Array => {
    const bytes = value instanceof Uint8Array ? value : new Map(Object.entries(value ?? {})).get("bytes")
    return bytes instanceof Uint8Array
      ? bytes
      : fail(`${file}, row ${row}`, `an image file in '${image}'`, typeof value)
  }
  const labelIn = (value: unknown, row: number): Label => {
    if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8")
    if (typeof value === "string") return value
    const whole = typeof value === "bigint" || typeof value === "number" ? Number(value) : Number.NaN
    if (Number.isSafeInteger(whole)) return whole
    return fail(`${file}, row ${row}`, `a whole number or a text in '${label}'`, String(value).slice(0, 60))
  }
  return { rows, groups }
}
