/**
 * What stands in a file `ac/KEY` of a shared cache, as lines of text:
 *
 *     CHECKSUM {"trace":…,"values":…}          the record, in the journal's form (record.ts)
 *     code {"src/…":"DIGEST",…}                what the trace's code consists of, for `show` and `why`
 *     signed ed25519:PUBLIC SIGNATURE          over the lines before; may be missing
 */
import * as Schema from "effect/Schema"
import type { Trace } from "../../graph/trace.ts"
import { type JournalRecord, lineOf, readRecord } from "../record.ts"
import { isSignedBy, type Signer } from "./signing.ts"

/** Parts of a code digest: names, and digests or versions. */
export type Parts = Readonly<Record<string, string>>

export interface Entry {
  readonly record: JournalRecord
  readonly code: Parts
}

const isParts = Schema.is(Schema.Record(Schema.String, Schema.String))

const CODE = "code "
const SIGNED = "signed "

export function writeEntry({ record: { trace, values }, code }: Entry, signer: Signer | undefined): Buffer {
  const lines = Buffer.from(`${lineOf({ trace, values })}${CODE}${JSON.stringify(code)}\n`)
  if (signer === undefined) return lines
  return Buffer.concat([lines, Buffer.from(`${SIGNED}${signer.publicKey} ${signer.sign(lines)}\n`)])
}

/** The entry of a key, or what keeps it from being one. `trusted`: one of these must have signed it, if there are any. */
export function readEntry(bytes: Buffer, key: string, trusted: ReadonlyArray<string>): Entry | string {
  const [line, codeLine = "", signedLine = ""] = bytes.toString("utf8").split("\n")
  const unsigned = trusted.length === 0 ? undefined : signatureProblem(bytes, signedLine, trusted)
  if (unsigned !== undefined) return unsigned
  const record = readRecord(line)
  if (typeof record === "string") return record
  const { trace, values } = record
  if (trace.key !== key) return `it has the trace of another key, ${trace.key.slice(0, 12)}…`
  const code = codeLine.startsWith(CODE) ? partsIn(codeLine.slice(CODE.length)) : undefined
  if (code === undefined) return "it does not say what its code consists of"
  return { record: { trace, values }, code }
}

function signatureProblem(bytes: Buffer, line: string, trusted: ReadonlyArray<string>): string | undefined {
  if (!line.startsWith(SIGNED)) return "it is not signed"
  const [publicKey, signature = ""] = line.slice(SIGNED.length).split(" ")
  if (!trusted.includes(publicKey)) return "it is signed with a key that is not among the trusted ones"
  const signed = bytes.subarray(0, bytes.indexOf(`\n${SIGNED}`) + 1)
  return isSignedBy(publicKey, signed, signature) ? undefined : "its signature is wrong"
}

function partsIn(json: string): Parts | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return isParts(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** A trace as it travels: of what does not go along, the digest alone is known there. */
export const travellingTrace = (trace: Trace, goesAlong: (digest: string) => boolean): Trace => ({
  ...trace,
  outputs: Object.fromEntries(
    Object.entries(trace.outputs).map(([name, { digest, size }]) => [
      name,
      goesAlong(digest) ? { digest, size } : { digest, size, byDigest: true }
    ])
  )
})
