/**
 * The trace: what is kept under a key. Which artifacts the node gave, and how they came about. As schemas, because
 * traces come from archives and from journals that anybody may have written: none is believed before it fits.
 */
import * as Schema from "effect/Schema"
import { fileNameProblem, hasControl, nodeNameProblem } from "../foreign/names.ts"
import type { Collection } from "./collection.ts"
import { FAILED, MISSING } from "./key.ts"

/** Lower-case hexadecimal SHA-256. */
export const Digest = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))

const MEMBER = new RegExp(`^([0-9a-f]{64}|${FAILED}|${MISSING})$`)

const NodeName = Schema.String.check(Schema.makeFilter(nodeNameProblem))

const lineProblem = (text: string): string | undefined => {
  if (text.length > 2000) return "is longer than 2000 characters"
  return hasControl(text) ? "has a control character" : undefined
}
/** Text of one line. */
export const Line = Schema.String.check(Schema.makeFilter(lineProblem))

/** A record of which every name fits. (A schema of the names alone would pass over those that do not.) */
const recordOf = <S extends Schema.Constraint>(problemOf: (name: string) => string | undefined, value: S) =>
  Schema.Record(Schema.String, value).check(
    Schema.makeFilter((record) => {
      if (Object.getPrototypeOf(record) !== Object.prototype) return "has a name '__proto__'"
      for (const name of Object.keys(record)) {
        const problem = problemOf(name)
        if (problem !== undefined) return `has the name ${JSON.stringify(name.slice(0, 200))}, which ${problem}`
      }
      return undefined
    })
  )
const StageName = Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9-]*$/), Schema.isMaxLength(200))
const Time = Schema.String.check(Schema.isPattern(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/))
const Amount = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
const Parameters = Schema.String.check(Schema.makeFilter((text) => (isObject(text) ? undefined : "is no JSON object")))

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

export const Artifact = Schema.Struct({
  digest: Digest, // SHA-256 of the bytes
  size: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)), // bytes
  /** Its bytes were left behind where the trace came from, so nobody misses them here. */
  byDigest: Schema.optionalKey(Schema.Literal(true))
})
export type Artifact = typeof Artifact.Type

/** How and where a node ran. None of it is in the key: it must not change a bit of an exact result. */
export const Circumstances = Schema.Struct({
  finished: Time, // UTC
  seconds: Amount, // wall time of the compute module
  threads: Schema.optionalKey(Count), // that it might use; 1 if left out
  peakMemory: Schema.optionalKey(Count), // bytes that its process had at most, while it ran; where the system tells
  together: Schema.optionalKey(Count), // nodes that were computed in one with it, of whose time `seconds` is its share
  host: Line,
  cpu: Line,
  platform: Line, // "linux-x64"
  node: Line, // version of Node.js
  /** Library and device, where results may depend on them within their numeric class. */
  device: Schema.optionalKey(recordOf(lineProblem, Line)),
  packages: recordOf(lineProblem, Line), // versions of the packages that computed
  work: Amount, // in the stage's own unit, for predictions
  paceClass: Schema.optionalKey(Line.check(Schema.isMaxLength(300))) // nodes whose seconds are in proportion to their work
})
export type Circumstances = typeof Circumstances.Type

/** Where a trace was taken over from, if not made under its own key. */
export const Adoption = Schema.Struct({
  /** Key and code of the trace under which it ran. */
  key: Digest,
  code: Digest,
  /** Nodes that were run again under the new code and gave the same bytes. */
  sample: Schema.Array(NodeName),
  accepted: Time // UTC
})
export type Adoption = typeof Adoption.Type

/** Records in lists in records: no stage needs as many, and what anybody may have written must not exhaust the stack. */
const DEEPEST = 16

function isMember(value: unknown, depth: number): boolean {
  if (typeof value === "string") return MEMBER.test(value)
  if (typeof value !== "object" || value === null || depth === DEEPEST) return false
  if (Array.isArray(value)) return value.every((one) => isMember(one, depth + 1))
  if (Object.getPrototypeOf(value) !== Object.prototype) return false
  return Object.entries(value).every(([name, one]) => lineProblem(name) === undefined && isMember(one, depth + 1))
}
const isCollection = (value: unknown): value is Collection<string> => Array.isArray(value) && isMember(value, 0)

/** The digests of a collection, in its shape. */
const Members = Schema.declare(isCollection, { expected: "the digests of a collection, or why one is not there" })

export const Trace = Schema.Struct({
  key: Digest,
  name: NodeName, // the node's name when it ran
  stage: StageName,
  code: Digest,
  parameters: Parameters, // canonical JSON
  inputs: recordOf(lineProblem, Schema.Union([Digest, Members])),
  /** Node and output that each single input came from. */
  sources: recordOf(lineProblem, Line),
  /** By path relative to the project. */
  files: Schema.Record(Schema.String, Digest),
  numericClass: Schema.NullOr(Line),
  outputs: recordOf(fileNameProblem, Artifact),
  circumstances: Circumstances,
  /** Where it did not run under this key, but was taken over from another with other code (`pipeline accept`). */
  adopted: Schema.optionalKey(Adoption)
})
export type Trace = typeof Trace.Type
