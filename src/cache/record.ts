/**
 * Records: a trace with its small artifacts, a line each in the journal and in archives. A line is the first 16 hex
 * digits of the SHA-256 of its JSON, a space and the JSON, so that a torn or damaged line is told from a whole one.
 *
 * The checksum says that a line is whole, not who wrote it. So a record counts only if it has the form of one, if its
 * key is that of what it was made of, and if its small artifacts have the bytes that their digests promise: everything
 * that the index, plans, reports and paths are made of has passed here.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import { keyOf, sha256 } from "../graph/key.ts"
import { Trace } from "../graph/trace.ts"

/** A trace and the small artifacts that live in the index, base64, by digest. */
export interface JournalRecord {
  readonly trace: Trace
  readonly values: Readonly<Record<string, string>>
  /** True where the artifacts of an earlier trace under the key are gone, so that this one takes its place. */
  readonly replaces?: boolean
}

const RecordSchema = Schema.Struct({
  trace: Trace,
  values: Schema.Record(Schema.String, Schema.String),
  replaces: Schema.optionalKey(Schema.Boolean)
})

export const NEWLINE = 10

/** No line is longer: a trace over a hundred thousand results has some ten megabytes. */
export const MOST_BYTES = 1 << 28

export const checksum = (text: string) => sha256(text).slice(0, 16)

/** Where in a line the space stands, between checksum and JSON. */
const SPACE_AT = 16
const SPACE = 32

const sealed = (json: string): string => `${checksum(json)} ${json}`

export const lineOf = (record: JournalRecord): string => `${sealed(JSON.stringify(record))}\n`

/** A trace as an entry of the index: sealed like a line. */
export const entryOf = (trace: Trace): string => sealed(JSON.stringify(trace))

/** The JSON in a line or an entry, without its newline; undefined if its checksum is not that of its bytes. */
export function jsonIn(text: string): string | undefined {
  const json = text.slice(SPACE_AT + 1)
  return text[SPACE_AT] === " " && checksum(json) === text.slice(0, SPACE_AT) ? json : undefined
}

const TORN = "a line's checksum is not that of its bytes"

/**
 * Parts bytes into lines, passing over empty ones, and gives the record in each; or what keeps the line from being one.
 * Gigabytes that are no journal take seconds and little memory: a line is held only while it may be a record.
 */
export function makeRecordReader(give: (found: JournalRecord | string) => void) {
  let pieces: Array<Uint8Array> = []
  let length = 0
  let isHopeless = false
  const add = (piece: Uint8Array) => {
    length += piece.length
    if (isHopeless) return
    pieces.push(piece)
    isHopeless = length > MOST_BYTES || (length > SPACE_AT && byteAt(pieces, SPACE_AT) !== SPACE)
    if (isHopeless) pieces = []
  }
  const finish = () => {
    if (length > MOST_BYTES) give(`a line has more than ${MOST_BYTES} bytes`)
    else if (isHopeless) give(TORN)
    else if (length > 0) give(readRecord(Buffer.concat(pieces).toString("utf8")))
    pieces = []
    length = 0
    isHopeless = false
  }
  return {
    push(chunk: Uint8Array) {
      for (let from = 0; from < chunk.length; ) {
        const newline = endOfLine(chunk, from)
        if (newline < 0) return add(chunk.subarray(from))
        const isShort = length === 0 && newline - from <= SPACE_AT
        if (!isShort) {
          add(chunk.subarray(from, newline))
          finish()
        } else if (newline > from) give(TORN)
        from = newline + 1
      }
    },
    end: finish
  }
}

function byteAt(pieces: ReadonlyArray<Uint8Array>, at: number): number | undefined {
  let before = 0
  for (const piece of pieces) {
    if (at < before + piece.length) return piece[at - before]
    before += piece.length
  }
  return undefined
}

/** Where a line ends; -1 if not in this chunk. */
function endOfLine(chunk: Uint8Array, from: number): number {
  // A call of `indexOf` takes longer than to look at so many bytes, and there may be a billion of short lines.
  const near = Math.min(from + 64, chunk.length)
  for (let i = from; i < near; i++) if (chunk[i] === NEWLINE) return i
  return chunk.indexOf(NEWLINE, near)
}

const isRecord = Schema.is(RecordSchema)
const decodeRecord = SchemaParser.decodeUnknownResult(RecordSchema)

/** The record in a line, without its newline; or what keeps the line from being one. */
export function readRecord(line: string): JournalRecord | string {
  const json = jsonIn(line)
  return json === undefined ? TORN : recordIn(json)
}

function recordIn(json: string): JournalRecord | string {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return "a line is not JSON"
  }
  if (!isRecord(value)) return `a record is not one: ${formProblem(value)}`
  const { trace, values } = value
  if (!isConsistent(trace)) return `the key of ${trace.name} is not that of what it was made of`
  const sizes = new Map(Object.values(trace.outputs).map(({ digest, size }) => [digest, size]))
  for (const digest in values) {
    const bytes = Buffer.from(values[digest], "base64")
    if (!sizes.has(digest)) return `a record of ${trace.name} has an artifact that is none of its outputs`
    if (sha256(bytes) !== digest || sizes.get(digest) !== bytes.length)
      return `the artifact ${digest.slice(0, 12)}… of ${trace.name} is damaged`
  }
  return value
}

/** The trace in an entry of the index; or what keeps it from being one. */
export function readTrace(entry: string): Trace | string {
  const json = jsonIn(entry)
  if (json === undefined) return "its checksum is not that of its bytes"
  const record = recordIn(`{"trace":${json},"values":{}}`)
  return typeof record === "string" ? record : record.trace
}

/** True if a trace's key is the key of what the trace says it was made of. */
export const isConsistent = (trace: Trace): boolean =>
  trace.key ===
  keyOf(
    { stage: { name: trace.stage }, encoded: trace.parameters, numericClass: trace.numericClass ?? undefined },
    trace
  )

const standardIssue = SchemaIssue.makeFormatterStandardSchemaV1()

function formProblem(value: unknown): string {
  const decoded = decodeRecord(value)
  if (Result.isSuccess(decoded)) return "it is of another form" // never: what `isRecord` refuses is refused here too
  const [{ path = [], message }] = standardIssue(decoded.failure).issues
  const where = path.map((part) => (typeof part === "object" ? String(part.key) : String(part))).join(".")
  return `${where === "" ? "" : `${where}: `}${message}`.slice(0, 300)
}
