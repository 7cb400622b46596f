/**
 * Tables of text, comma- or tab-separated (RFC 4180: cells in double quotes may hold separators, line ends, and quotes
 * written twice), row by row: a table may be larger than a text can be.
 */
import { DataError } from "../errors.ts"

export interface Row {
  readonly line: number // where it starts, from 1
  readonly cells: ReadonlyArray<string>
}

const QUOTE = 0x22
const LINE_END = 0x0a
/** No row of a table of images is longer; what is, is another file. */
const ROW_BYTES = 64 << 20

/** Rows that are not empty. `file` names the table in errors. Throws `DataError`. */
export function* rowsOf(bytes: Uint8Array, file: string, separator: "," | "\t"): Generator<Row> {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0 // the mark of UTF-8
  let from = start
  let line = 1
  while (from < bytes.length) {
    const first = line
    let quoted = false
    let quotes = false
    let to = from
    for (; to < bytes.length && (quoted || bytes[to] !== LINE_END); to++) {
      if (bytes[to] === LINE_END) line++
      if (bytes[to] !== QUOTE) continue
      quoted = !quoted
      quotes = true
    }
    line++
    if (quoted) fail(file, first, "a quote that is closed", "one that is not")
    if (to - from > ROW_BYTES) fail(file, first, `a row of at most ${ROW_BYTES} bytes`, `${to - from} bytes`)
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from)
      .toString("utf8")
      .replace(/\r$/, "")
    from = to + 1
    if (text === "") continue
    yield { line: first, cells: quotes ? quotedCells(text, separator) : text.split(separator) }
  }
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
