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

export function lineOf(record: JournalRecord): string {
  const json = JSON.stringify(record)
  return `${checksum(json)} ${json}\n`
}

/** Parts bytes into lines, passing over empty ones; gives `undefined` for a line that is too long to be a record. */
export function makeLineReader(give: (line: string | undefined) => void) {
  let pieces: Array<Uint8Array> = []
  let length = 0
  const add = (piece: Uint8Array) => {
    length += piece.length
    if (length <= MOST_BYTES) pieces.push(piece)
    else pieces = []
  }
  const finish = () => {
    if (length > 0) give(length > MOST_BYTES ? undefined : Buffer.concat(pieces).toString("utf8"))
    pieces = []
    length = 0
  }
  return {
    push(chunk: Uint8Array) {
      let from = 0
      for (let newline = chunk.indexOf(NEWLINE); newline >= 0; newline = chunk.indexOf(NEWLINE, from)) {
        add(chunk.subarray(from, newline))
        finish()
        from = newline + 1
      }
      add(chunk.subarray(from))
    },
    end: finish
  }
}

const isRecord = Schema.is(RecordSchema)
const decodeRecord = SchemaParser.decodeUnknownResult(RecordSchema)

/** The record in a line, without its newline; or what keeps the line from being one. */
export function readRecord(line: string): JournalRecord | string {
  const json = line.slice(17)
  if (line[16] !== " " || checksum(json) !== line.slice(0, 16)) return "a line's checksum is not that of its bytes"
  return recordIn(json)
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

/** The trace in an entry of the index: a checksum and its JSON, as in a line; or what keeps it from being one. */
export function readTrace(entry: string): Trace | string {
  const json = entry.slice(17)
  if (checksum(json) !== entry.slice(0, 16)) return "its checksum is not that of its bytes"
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
