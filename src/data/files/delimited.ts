/**
 * Tables of text, comma- or tab-separated (RFC 4180: cells in double quotes may hold separators, line ends, and quotes
 * written twice), row by row: a table may be larger than memory.
 */
import type { ByteSource } from "../../foreign/source.ts"
import { DataError } from "../errors.ts"

export interface Row {
  readonly line: number // where it starts, from 1
  readonly cells: ReadonlyArray<string>
}

const QUOTE = 0x22
const LINE_END = 0x0a
/** No row of a table of images is longer; what is, is another file. */
const ROW_BYTES = 64 << 20

/** Bytes that are read at a time, more where a row is longer. */
const WINDOW_BYTES = 1 << 20

/** Rows that are not empty. `file` names the table in errors. Throws `DataError`. */
export function* rowsOf(source: ByteSource, file: string, separator: "," | "\t"): Generator<Row> {
  for (const { line, bytes } of linesOf(source, file)) {
    const text = bytes.toString("utf8").replace(/\r$/, "")
    if (text === "") continue
    yield { line, cells: bytes.includes(QUOTE) ? quotedCells(text, separator) : text.split(separator) }
  }
}

/** Rows as they stand, with the line on which each starts. */
export function* linesOf(
  source: ByteSource,
  file: string
): Generator<{ readonly line: number; readonly bytes: Buffer }> {
  const { size } = source
  const mark = source.read(0, Math.min(3, size))
  let from = mark[0] === 0xef && mark[1] === 0xbb && mark[2] === 0xbf ? 3 : 0 // the mark of UTF-8
  let window: Uint8Array = new Uint8Array()
  let windowAt = from
  let line = 1
  while (from < size) {
    const end = endOf(window, from - windowAt)
    const until = windowAt + window.length
    if (until < size && !end.isWhole) {
      // The row goes on behind what was read.
      const found = until - from
      if (found > ROW_BYTES) tooLong(file, line, end)
      window = source.read(from, Math.min(size, from + Math.max(WINDOW_BYTES, 2 * found)))
      windowAt = from
      continue
    }
    if (end.isQuoted || end.to - (from - windowAt) > ROW_BYTES) tooLong(file, line, end)
    const { buffer, byteOffset } = window
    const start = from - windowAt
    yield { line, bytes: Buffer.from(buffer, byteOffset + start, end.to - start) }
    line += end.lines + 1
    from = windowAt + end.to + 1
  }
}

interface End {
  readonly to: number // of the row, its line end left out
  readonly lines: number // line ends within quotes
  readonly isQuoted: boolean // where it ends, so that it goes on
  readonly isWhole: boolean // its line end is there
}

function endOf(bytes: Uint8Array, from: number): End {
  let isQuoted = false
  let lines = 0
  for (let to = from; to < bytes.length; to++) {
    if (bytes[to] === QUOTE) isQuoted = !isQuoted
    if (bytes[to] !== LINE_END) continue
    if (!isQuoted) return { to, lines, isQuoted, isWhole: true }
    lines++
  }
  return { to: bytes.length, lines, isQuoted, isWhole: false }
}

function tooLong(file: string, line: number, { isQuoted }: End): never {
  if (isQuoted) return fail(file, line, "a quote that is closed", "one that is not")
  return fail(file, line, `a row of at most ${ROW_BYTES} bytes`, "a longer one")
}

function quotedCells(text: string, separator: string): ReadonlyArray<string> {
  const cells: Array<string> = []
  let cell = ""
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') {
      if (quoted && text[i + 1] === '"') cell += text[i++]
      else quoted = !quoted
    } else if (text[i] === separator && !quoted) {
      cells.push(cell)
      cell = ""
    } else cell += text[i]
  }
  cells.push(cell)
  return cells
}

export function fail(file: string, line: number, expected: string, found: string): never {
  const advice = "correct the table, or what the data set says of it"
  throw new DataError({ file: `${file}, line ${line}`, expected, found, advice })
}
