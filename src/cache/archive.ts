/**
 * Archives: results in one file (tar, zstd), to be carried to another machine, where they make the same run a no-op.
 * Every digest is checked on both sides, and nothing of an archive is taken before all of it has been read and found
 * sound. The file ends with the SHA-256 of all before it, in a frame that zstd passes over (RFC 8878, 3.1.2), because
 * Node's decoder does not notice where the last bytes are missing.
 */
import { createHash } from "node:crypto"
import { createReadStream, createWriteStream, mkdirSync, renameSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { createZstdCompress, createZstdDecompress } from "node:zlib"
import { FORMAT, sha256 } from "../graph/key.ts"
import { blobPath, readBlob, writeDurably } from "./blobs.ts"
import type { Artifacts, Storage, Traces } from "./cache.ts"
import { ArchiveError, problemOf } from "./errors.ts"
import { checksum, type JournalRecord } from "./journal.ts"
import { isStdout, type OutFile, outFile } from "./out-file.ts"
import { endBlocks, entryBlocks, readEntries } from "./tar.ts"
import { isConsistent, recordOf } from "./verify.ts"

/** The first entry of an archive: what follows. */
interface Manifest {
  readonly format: number
  readonly traces: number
  readonly blobs: ReadonlyArray<string>
}

export interface Archived {
  readonly traces: number
  readonly blobs: number
  readonly bytes: number // before compression
}

const MANIFEST = "pipeline-archive.json"
const TRACES = "traces.jsonl"
const CODES = "codes.json"

/** Writes the results under the keys into one file. Fails with `ArchiveError`, or `BlobDamaged` where a blob is bad. */
export async function exportArchive(
  { folder, store }: Storage,
  keys: ReadonlyArray<string>,
  path: string
): Promise<Archived> {
  const records = keys.flatMap((key) => recordOf(store, key) ?? [])
  const blobs = new Set<string>()
  const codes: Record<string, unknown> = {}
  for (const { trace, values } of records) {
    for (const { digest } of Object.values(trace.outputs)) if (values[digest] === undefined) blobs.add(digest)
    codes[trace.code] = store.codes.get(trace.code)
  }
  const digests = [...blobs].sort()
  const manifest: Manifest = { format: FORMAT, traces: records.length, blobs: digests }
  let bytes = 0
  const contents = function* () {
    yield* entryBlocks({ name: MANIFEST, bytes: Buffer.from(JSON.stringify(manifest)) })
    yield* entryBlocks({ name: CODES, bytes: Buffer.from(JSON.stringify(codes)) })
    const lines = records.map((record) => JSON.stringify(record)).map((json) => `${checksum(json)} ${json}\n`)
    yield* entryBlocks({ name: TRACES, bytes: Buffer.from(lines.join("")) })
    for (const digest of digests) {
      const blob = readBlob(folder, digest)
      bytes += blob.length
      yield* entryBlocks({ name: `blobs/${digest}`, bytes: blob })
    }
    yield endBlocks()
  }
  const packed = Readable.from(contents())
  let out: OutFile | undefined
  try {
    if (isStdout(path)) await pipeline(packed, createZstdCompress(), sealed, process.stdout, { end: false })
    else {
      out = outFile(path)
      await pipeline(packed, createZstdCompress(), sealed, createWriteStream(out.path, { flush: !out.stream }))
      out.keep()
    }
  } catch (error) {
    out?.drop()
    throw isTagged(error) ? error : new ArchiveError({ path, problem: `cannot be written: ${problemOf(error)}` })
  }
  return { traces: records.length, blobs: digests.length, bytes }
}

const SEAL_BYTES = 8 + 32

function sealOf(digest: Uint8Array): Buffer {
  const seal = Buffer.alloc(SEAL_BYTES)
  seal.writeUInt32LE(0x184d2a50, 0)
  seal.writeUInt32LE(digest.length, 4)
  seal.set(digest, 8)
  return seal
}

async function* sealed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256")
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
  yield sealOf(hash.digest())
}

/** Number of bytes before the seal. Throws if it does not fit them. */
async function unsealed(path: string): Promise<number> {
  const { size } = statSync(path)
  const end = Math.max(0, size - SEAL_BYTES)
  const hash = createHash("sha256")
  const seal: Array<Uint8Array> = []
  if (end > 0) for await (const chunk of createReadStream(path, { end: end - 1 })) hash.update(chunk as Uint8Array)
  for await (const chunk of createReadStream(path, { start: end })) seal.push(chunk as Uint8Array)
  if (!sealOf(hash.digest()).equals(Buffer.concat(seal)))
    throw new Error("it is damaged, cut short, or no archive of a pipeline's cache")
  return end
}

const isTagged = (error: unknown) => (error as { _tag?: string })._tag !== undefined

/** Takes over what an archive has. Fails with `ArchiveError`, having changed nothing. */
export async function importArchive(
  { folder, store, write }: Storage,
  traces: Traces,
  artifacts: Artifacts,
  path: string
): Promise<Archived> {
  const staging = join(folder, "tmp", `${process.pid}-import`)
  mkdirSync(staging, { recursive: true })
  try {
    const { manifest, records, codes, bytes } = await readArchive(path, folder, staging)
    for (const digest of manifest.blobs) {
      const target = blobPath(folder, digest)
      mkdirSync(join(target, ".."), { recursive: true })
      renameSync(join(staging, digest), target)
    }
    write(() => {
      for (const [digest, parts] of Object.entries(codes)) store.codes.put(digest, parts)
    })
    artifacts.refresh()
    const fresh = records.filter(({ trace }) => !isThere(artifacts, traces, trace.key))
    if (fresh.length > 0) traces.commit(fresh.map((record) => ({ ...record, replaces: true })))
    return { traces: fresh.length, blobs: manifest.blobs.length, bytes }
  } catch (error) {
    throw isTagged(error) ? error : new ArchiveError({ path, problem: `${problemOf(error)}; nothing was imported` })
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/** Reads all of an archive, its blobs into a folder of the cache, and checks everything that can be checked. */
async function readArchive(path: string, folder: string, staging: string) {
  let manifest: Manifest | undefined
  let codes: Readonly<Record<string, unknown>> = {}
  const records: Array<JournalRecord> = []
  const found = new Set<string>()
  let bytes = 0
  const end = await unsealed(path)
  const unpacked = createReadStream(path, { end: end - 1 }).pipe(createZstdDecompress())
  for await (const entry of readEntries(unpacked)) {
    if (entry.name === MANIFEST) manifest = JSON.parse(textOf(entry.bytes)) as Manifest
    else if (manifest === undefined) throw new Error("it is no archive of a pipeline's cache")
    else if (manifest.format !== FORMAT)
      throw new Error(`it is of format ${manifest.format}, this pipeline reads ${FORMAT}`)
    else if (entry.name === CODES) codes = JSON.parse(textOf(entry.bytes)) as Record<string, unknown>
    else if (entry.name === TRACES) {
      for (const line of textOf(entry.bytes).split("\n")) if (line !== "") records.push(recordIn(line))
    } else {
      const digest = entry.name.slice("blobs/".length)
      if (sha256(entry.bytes) !== digest) throw new Error(`the artifact ${digest.slice(0, 12)}… in it is damaged`)
      writeDurably(folder, join(staging, digest), entry.bytes)
      found.add(digest)
      bytes += entry.bytes.length
    }
  }
  if (manifest === undefined) throw new Error("it is no archive of a pipeline's cache")
  const missing = manifest.blobs.filter((digest) => !found.has(digest)).length
  if (missing > 0 || records.length !== manifest.traces) throw new Error("it lacks some of what it says it has")
  return { manifest, records, codes, bytes }
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8")

/** A trace and its small artifacts; all that they promise is checked. */
function recordIn(line: string): JournalRecord {
  const json = line.slice(17)
  if (checksum(json) !== line.slice(0, 16)) throw new Error("a trace in it is damaged")
  const record = JSON.parse(json) as JournalRecord
  const { trace, values } = record
  if (!isConsistent(trace)) throw new Error(`the key of ${trace.name} in it is not that of what it was made of`)
  for (const digest in values) {
    if (sha256(Buffer.from(values[digest], "base64")) !== digest)
      throw new Error(`the artifact ${digest.slice(0, 12)}… in it is damaged`)
  }
  return record
}

/** True if the cache has a result under the key, with its artifacts. */
function isThere(artifacts: Pick<Artifacts, "has">, traces: Traces, key: string): boolean {
  const outputs = traces.outputs(key)
  return outputs !== undefined && Object.values(outputs).every(({ digest }) => artifacts.has(digest))
}
