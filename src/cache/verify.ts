/**
 * Verification: reads everything that the cache has and compares it with what its name or checksum promises. A bad blob
 * is moved aside, so that the next run makes it again; an index that contradicts the journal is made again from it, and
 * a journal with damaged lines is completed from the index.
 */

import { join } from "node:path"
import { sha256 } from "../graph/key.ts"
import { setAside } from "./aside.ts"
import { BlobDamaged, lookAtBlobs, quarantine, readBlob } from "./blobs.ts"
import { whatIsAt } from "./files.ts"
import {
  catchUp,
  decodeOutputs,
  encodeOutputs,
  type IndexStore,
  putRecord,
  recordOf,
  traceAt,
  traceIdentity
} from "./index-store.ts"
import { readTrace } from "./record.ts"
import type { Storage } from "./storage.ts"

export interface Problem {
  readonly kind: "blob" | "missing" | "index" | "journal"
  readonly message: string
  /** Names of the nodes whose results it concerns. */
  readonly nodes: ReadonlyArray<string>
}

export interface Verified {
  readonly blobs: number
  readonly bytes: number
  readonly traces: number
  readonly problems: ReadonlyArray<Problem>
}

/** Reads everything. What is bad is mended, or moved aside, where the cache can be written. */
export function verify(storage: Storage["Service"], readOnly: boolean): Verified {
  const { folder, store, journal } = storage
  const problems: Array<Problem> = []

  const recorded = new Set<string>()
  const { damaged, problem } = journal.read(0, ({ trace }) => recorded.add(trace.key))
  store.root.resetReadTxn() // the index as it is now, not older than the journal
  const bad = badEntries(store, recorded)
  if (damaged > 0) {
    const message = `${damaged} damaged ${damaged === 1 ? "line" : "lines"} in the journal`
    problems.push({ kind: "journal", message: `${message}; written again from the index (${problem})`, nodes: [] })
  }
  if (bad.length > 0) {
    const message = `the index contradicts the journal in ${bad.length} entries (${bad[0]}); it is made again from the journal`
    problems.push({ kind: "index", message, nodes: [] })
  }
  if (!readOnly && damaged > 0) mendJournal(storage, recorded)
  if (!readOnly && bad.length > 0) rebuildIndex(storage)

  const blobPlaces = [...lookAtBlobs(folder)]
  const there = new Set(blobPlaces.flatMap(({ digest, isRight }) => (isRight && digest !== undefined ? [digest] : [])))
  const users = new Map<string, Array<string>>()
  let traces = 0
  for (const { key, value } of store.outputs.getRange()) {
    traces++
    const trace = traceAt(store, key)
    const name = trace?.name ?? key
    for (const [output, { digest }] of Object.entries(decodeOutputs(value))) {
      // What came here by digest alone is not missed.
      if (trace?.outputs[output]?.byDigest === true && !there.has(digest)) continue
      const list = users.get(digest)
      if (list === undefined) users.set(digest, [name])
      else list.push(name)
    }
  }

  let blobs = 0
  let bytes = 0
  for (const { place, digest, isRight } of blobPlaces) {
    if (!isRight) {
      const what = `${place} is ${whatIsAt(join(folder, place))} where a ${digest ? "file" : "folder"} belongs`
      if (!readOnly) setAside(folder, join(folder, place), digest)
      const nodes = digest === undefined ? [] : (users.get(digest) ?? [])
      problems.push({ kind: "blob", message: `${what}${readOnly ? "" : "; moved to damaged/"}`, nodes })
    }
    if (!isRight || digest === undefined) continue
    try {
      bytes += readBlob(folder, digest).length
      blobs++
    } catch (error) {
      if (!(error instanceof BlobDamaged)) throw error
      if (!readOnly) quarantine(folder, digest)
      const message = `${error.message}${readOnly ? "" : "; moved to damaged/"}`
      problems.push({ kind: "blob", message, nodes: users.get(digest) ?? [] })
    }
  }
  for (const [digest, nodes] of users) {
    if (there.has(digest) || store.values.doesExist(digest)) continue
    problems.push({ kind: "missing", message: `artifact ${digest.slice(0, 12)}… is not there`, nodes })
  }
  return { blobs, bytes, traces, problems }
}

/** Entries of the index that are not what their checksums or the journal say. */
function badEntries(store: IndexStore, recorded: ReadonlySet<string>): ReadonlyArray<string> {
  const bad: Array<string> = []
  const seen = new Set<string>()
  for (const { key, value } of store.traces.getRange()) {
    seen.add(key)
    const trace = readTrace(value)
    if (typeof trace === "string") bad.push(`trace ${key.slice(0, 12)}… is damaged: ${trace}`)
    else {
      if (store.outputs.get(key) !== encodeOutputs(trace.outputs)) bad.push(`outputs of ${trace.name} differ`)
      if (trace.key !== key) bad.push(`the trace of ${trace.name} is under another key`)
      if (!store.names.doesExist(trace.name, key)) bad.push(`the name ${trace.name} is not known`)
      if (!store.identities.doesExist(traceIdentity(trace), key))
        bad.push(`the parameters of ${trace.name} are not known`)
    }
  }
  for (const key of store.outputs.getKeys()) if (!seen.has(key)) bad.push(`outputs ${key.slice(0, 12)}… have no trace`)
  for (const key of recorded) if (!seen.has(key)) bad.push(`trace ${key.slice(0, 12)}… is missing`)
  for (const { key, value } of store.values.getRange()) {
    if (sha256(value) !== key) bad.push(`the small artifact ${key.slice(0, 12)}… is damaged`)
  }
  return bad
}

/** Empties what is made of the journal and reads it again. */
function rebuildIndex({ store, journal, write }: Storage["Service"]): void {
  write(() => {
    const made = [
      store.traces,
      store.outputs,
      store.names,
      store.identities,
      store.values,
      store.observations,
      store.paces
    ]
    for (const database of made) database.clearSync()
    const { end } = journal.read(0, (record) => putRecord(store, record))
    store.meta.put("journal", end)
  })
}

/** Drops damaged lines, and writes again what the index still has of them. */
function mendJournal({ store, journal, write }: Storage["Service"], recorded: ReadonlySet<string>): void {
  write(() => {
    catchUp(store, journal)
    journal.compact(() => true)
    const lost = [...store.traces.getKeys()].filter((key) => !recorded.has(key))
    store.meta.put("journal", journal.append(lost.flatMap((key) => recordOf(store, key) ?? [])))
  })
}
