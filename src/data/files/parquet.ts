/**
 * Parquet files in the layout of Hugging Face: a column of image files (`{ bytes, path }`, or bytes), one of labels. They
 * are read page by page, since a row group may be all of the file.
 */
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib"
import {
  type ColumnMetaData,
  type Compressors,
  type DecodedArray,
  type FileMetaData,
  type PageHeader,
  parquetMetadataAsync,
  parquetSchema,
  type SchemaTree
} from "hyparquet"
import { parquetHeader, readPage } from "hyparquet/src/column.js"
import { convert, DEFAULT_PARSERS } from "hyparquet/src/convert.js"
import { getMaxRepetitionLevel, getTreePath } from "hyparquet/src/schema.js"
import type { ByteSource } from "../../foreign/source.ts"
import { DataError } from "../errors.ts"
import type { Label } from "./labels.ts"
import type { ImageFile } from "./pictures.ts"

export interface Columns {
  readonly image: string
  readonly label: string
}

export interface OpenParquet {
  readonly rows: number
  /** Of each row. Throws `DataError`. */
  labels(): ReadonlyArray<Label>
  /** The image file of each row, in order. Throws `DataError`. */
  pictures(): Generator<ImageFile>
}

/** Bytes of a page, packed or not: writers make pages of about one megabyte, and an image may be larger. */
const PAGE_BYTES = 256 << 20
/** What stands before a page has a few bytes; with the least and the largest value in it, two images more. */
const HEADER_BYTES = [1 << 12, 16 << 20]

type Fail = (expected: string, found: string) => never

const failIn =
  (file: string): Fail =>
  (expected, found) => {
    const advice = "write or fetch the file again, or correct what the data set says of it"
    throw new DataError({ file, expected, found, advice })
  }

const firstLine = (error: unknown) => String((error as Error).message).split("\n")[0]

/** Other ways of packing than the library's own. */
const most = (outputLength: number) => ({ maxOutputLength: Math.max(1, outputLength) })
const compressors: Compressors = {
  GZIP: (bytes, size) => gunzipSync(bytes, most(size)),
  BROTLI: (bytes, size) => brotliDecompressSync(bytes, most(size)),
  ZSTD: (bytes, size) => zstdDecompressSync(bytes, most(size))
}

/** The names of a file's columns. Rejects with `DataError`. */
export async function parquetColumns(source: ByteSource, file: string): Promise<ReadonlyArray<string>> {
  return namesIn((await metadataOf(source, failIn(file))).schema)
}

const namesIn = ({ children }: SchemaTree) => children.map(({ element }) => element.name)

async function metadataOf(source: ByteSource, fail: Fail) {
  const slice = (from: number, to = source.size) => Uint8Array.from(source.read(Math.max(0, from), to)).buffer
  try {
    const metadata = await parquetMetadataAsync({ byteLength: source.size, slice })
    return { metadata, schema: parquetSchema(metadata) }
  } catch (error) {
    return fail("a Parquet file", `what cannot be read (${firstLine(error)})`)
  }
}

/** Rejects with `DataError`. */
export async function openParquet(source: ByteSource, file: string, { image, label }: Columns): Promise<OpenParquet> {
  const fail = failIn(file)
  const { metadata, schema } = await metadataOf(source, fail)
  for (const column of [image, label])
    if (!namesIn(schema).includes(column)) fail(`a column '${column}'`, namesIn(schema).join(", ").slice(0, 200))
  const rows = metadata.row_groups.reduce((sum, { num_rows: count }) => sum + Number(count), 0)
  const values = (column: string, member?: string) =>
    valuesOf(source, metadata, leafOf(schema, column, member, fail), fail)
  return {
    rows,
    labels: () => Array.from(values(label), (value, row) => labelIn(value, label, `${file}, row ${row}`)),
    *pictures() {
      let row = 0
      for (const value of values(image, "bytes")) {
        const name = `${file}, row ${row++}`
        if (!(value instanceof Uint8Array))
          failIn(name)(`an image file in '${image}'`, value == null ? "nothing" : typeof value)
        else yield { file: name, bytes: () => value, kept: value.length }
      }
    }
  }
}

function labelIn(value: unknown, column: string, place: string): Label {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8")
  if (typeof value === "string") return value
  const whole = typeof value === "bigint" || typeof value === "number" ? Number(value) : Number.NaN
  if (Number.isSafeInteger(whole)) return whole
  const found = value == null ? "nothing" : String(value).slice(0, 60)
  return failIn(place)(`a whole number or a text in '${column}'`, found)
}

/** The path to the values of a column: its own, or those of a member where it has some. */
function leafOf(schema: SchemaTree, column: string, member: string | undefined, fail: Fail): ReadonlyArray<SchemaTree> {
  const { children } = schema.children.find(({ element }) => element.name === column)!
  const isSingle = children.length === 0
  if (!isSingle && (member === undefined || !children.some(({ element }) => element.name === member))) {
    const members = children.map(({ element }) => element.name).join(", ")
    fail(`single values in '${column}'${member === undefined ? "" : `, or a member '${member}'`}`, `members ${members}`)
  }
  const path = getTreePath(schema, isSingle ? [column] : [column, member!])
  if (path[path.length - 1].children.length > 0 || getMaxRepetitionLevel(path) > 0)
    fail(`single values in '${column}'`, "lists of them")
  return path
}

/** The values of a column in all row groups, one for each row. */
function* valuesOf(source: ByteSource, metadata: FileMetaData, path: ReadonlyArray<SchemaTree>, fail: Fail) {
  const name = path[path.length - 1].path.join(".")
  for (const { columns, num_rows: count } of metadata.row_groups) {
    const chunk = columns.find(({ meta_data: meta }) => meta?.path_in_schema.join(".") === name)?.meta_data
    if (chunk === undefined) fail(`the column '${name}' in each row group`, "one without it")
    else
      for (const page of pagesOf(source, chunk, path, Number(count), fail))
        for (const value of page) yield single(value)
  }
}

/** Members of a record come in lists, one for each level that may be missing. */
const single = (value: unknown): unknown => (Array.isArray(value) ? single(value[0]) : value)

/** The data pages of a column in a row group, decoded, until each of its rows has a value. */
function* pagesOf(
  source: ByteSource,
  chunk: ColumnMetaData,
  path: ReadonlyArray<SchemaTree>,
  rows: number,
  fail: Fail
): Generator<DecodedArray> {
  const decoder = {
    ...chunk,
    pathInSchema: chunk.path_in_schema,
    element: path[path.length - 1].element,
    schemaPath: [...path],
    parsers: DEFAULT_PARSERS,
    compressors,
    utf8: false
  }
  const read = (header: PageHeader, packed: Uint8Array, dictionary: DecodedArray | undefined) => {
    const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
    const { data } = readPage({ view, offset: 0 }, header, decoder, dictionary, undefined, 0)
    return header.type === "DICTIONARY_PAGE" && data !== undefined ? convert(data, decoder) : data
  }
  const from = Number(chunk.dictionary_page_offset || chunk.data_page_offset)
  const end = from + Number(chunk.total_compressed_size)
  if (!(from >= 0 && from <= end && end <= source.size))
    fail("columns within the file", `one from byte ${from} to ${end} of ${source.size}`)
  let dictionary: DecodedArray | undefined
  for (let at = from, found = 0; found < rows; ) {
    const place = `the page at byte ${at}`
    const damaged = (error: unknown) => fail("whole columns", `what cannot be read (${place}: ${firstLine(error)})`)
    const { header, start } = headerAt(source, at, end, damaged)
    at = start + header.compressed_page_size
    const has = (what: string) => fail("whole columns", `${place} with ${what}`)
    if (valuesIn(header, { left: end - start, rows: rows - found }, has) === 0) continue
    let data: DecodedArray | undefined
    try {
      data = read(header, source.read(start, at), dictionary)
    } catch (error) {
      damaged(error)
    }
    if (header.type === "DICTIONARY_PAGE") dictionary = data
    else if (data !== undefined) {
      found += data.length
      if (found > rows) has("more values than there are rows")
      yield data
    }
  }
}

function headerAt(source: ByteSource, at: number, end: number, damaged: (error: unknown) => never) {
  for (const most of HEADER_BYTES) {
    const bytes = source.read(at, Math.min(end, at + most))
    const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
    try {
      const header = parquetHeader(reader)
      return { header, start: at + reader.offset }
    } catch (error) {
      if (most === HEADER_BYTES.at(-1) || bytes.length < most) return damaged(error)
    }
  }
  return damaged(new RangeError("its header does not end"))
}

/** How many values a page has; what its header says is judged before it is believed. */
function valuesIn(
  header: PageHeader,
  { left, rows }: { readonly left: number; readonly rows: number },
  has: (what: string) => never
): number {
  const { type, compressed_page_size: packed, uncompressed_page_size: size } = header
  const values =
    header.dictionary_page_header?.num_values ?? (header.data_page_header ?? header.data_page_header_v2)?.num_values
  const isUpTo = (most: number, value: unknown) =>
    Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= most
  if (!isUpTo(left, packed)) has(`${packed} bytes, of which ${left} are there`)
  if (!isUpTo(PAGE_BYTES, size)) has(`${size} bytes unpacked, at most ${PAGE_BYTES}`)
  const most = type === "DICTIONARY_PAGE" ? size : rows
  return isUpTo(most, values) ? Number(values) : has(`${values} values, at most ${most}`)
}
