/**
 * Records: a trace with its small artifacts, a line each (line.ts) in the journal and in archives.
 *
 * A line's checksum says that it is whole, not who wrote it. So a record counts only if it has the form of one, if its
 * key is that of what it was made of, and if its small artifacts have the bytes that their digests promise: everything
 * that the index, plans, reports and paths are made of has passed here.
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"
import { keyOf, sha256 } from "../graph/key.ts"
import { Line, Trace } from "../graph/trace.ts"
import { jsonIn, makeLineReader, sealed, TORN } from "./line.ts"

/** A trace and the small artifacts that live in the index, base64, by digest. */
export interface JournalRecord {
  readonly trace: Trace
  readonly values: Readonly<Record<string, string>>
  /** True where the artifacts of an earlier trace under the key are gone, so that this one takes its place. */
  readonly replaces?: boolean
  /** The remote that it came from, where it was not made here. */
  readonly origin?: string
}

const RecordSchema = Schema.Struct({
  trace: Trace,
  values: Schema.Record(Schema.String, Schema.String),
  replaces: Schema.optionalKey(Schema.Boolean),
  origin: Schema.optionalKey(Line)
})

export const lineOf = (record: JournalRecord): string => `${sealed(JSON.stringify(record))}\n`

/** A trace as an entry of the index: sealed like a line. */
export const entryOf = (trace: Trace): string => sealed(JSON.stringify(trace))

const isRecord = Schema.is(RecordSchema)
const decodeRecord = SchemaParser.decodeUnknownResult(RecordSchema)

/** Reads the records in bytes that come in pieces; or what keeps a line from being one. */
export function makeRecordReader(give: (found: JournalRecord | string) => void) {
  return makeLineReader((found) => give("line" in found ? readRecord(found.line) : found.problem))
}

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
