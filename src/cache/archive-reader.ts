/**
 * Reads an archive that anybody may have made. What is in it is judged as it comes, into a folder of its own, with as
 * little memory as a piece takes: first the seal over the whole file; then the traces, by the same schema as the
 * journal's; they say how large each artifact is, and the sum is held against the disk before the first is unpacked;
 * then the artifacts, by their digests. An entry that nobody asked for, twice, or in another order is refused.
 */
import { createHash } from "node:crypto"
import { closeSync, createReadStream, fdatasyncSync, openSync, statSync, writeSync } from "node:fs"
import { join } from "node:path"
import { pipeline } from "node:stream/promises"
import { createZstdDecompress } from "node:zlib"
import * as Schema from "effect/Schema"
import { Malformed } from "../foreign/malformed.ts"
import { readTar, type TarEntry } from "../foreign/tar.ts"
import { FORMAT } from "../graph/key.ts"
import { Digest } from "../graph/trace.ts"
import { whatIsAt } from "./files.ts"
import { makeRecordReader } from "./record.ts"
import { aboveReserve, asDiskFull, needRoom } from "./space.ts"

export const MANIFEST = "pipeline-archive.json"
export const CODES = "codes.json"
export const TRACES = "traces.jsonl"

/** The manifest and the parts of the codes are held in memory; those of twenty thousand results have some megabytes. */
const HELD_BYTES = 1 << 26

/** The first entry of an archive: what follows. */
const Manifest = Schema.Struct({
  format: Schema.Int,
  traces: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)),
  blobs: Schema.Array(Digest)
})
export type Manifest = typeof Manifest.Type

/** Code digest → its parts: names and digests or versions. */
const Codes = Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.String))

export interface ArchiveContents {
  /** Digests of the artifacts; each lies under its digest in the folder. */
  readonly blobs: ReadonlyArray<string>
  readonly bytes: number // of all blobs
  /** A file of the folder with the records, in the journal's form. */
  readonly traces: string
  /** Parts of the codes that the traces name. */
  readonly codes: ReadonlyArray<readonly [digest: string, parts: Readonly<Record<string, string>>]>
}

const SEAL_BYTES = 8 + 32
const NO_ARCHIVE = "it is damaged, cut short, or no archive of a pipeline's cache"

/** A frame that zstd passes over, with the digest of what is before it. */
export function sealOf(digest: Uint8Array): Buffer {
  const seal = Buffer.alloc(SEAL_BYTES)
  seal.writeUInt32LE(0x184d2a50, 0)
  seal.writeUInt32LE(digest.length, 4)
  seal.set(digest, 8)
  return seal
}

/** Number of bytes before the seal. Throws if it does not fit them. */
async function unsealed(path: string): Promise<number> {
  const found = statSync(path)
  if (!found.isFile()) throw new Malformed(`it is ${whatIsAt(path)}`)
  const end = found.size - SEAL_BYTES
  if (end <= 0) throw new Malformed(NO_ARCHIVE)
  const hash = createHash("sha256")
  const seal: Array<Uint8Array> = []
  for await (const chunk of createReadStream(path, { end: end - 1 })) hash.update(chunk as Uint8Array)
  for await (const chunk of createReadStream(path, { start: end, end: found.size - 1 })) seal.push(chunk as Uint8Array)
  if (!sealOf(hash.digest()).equals(Buffer.concat(seal))) throw new Malformed(NO_ARCHIVE)
  return end
}

/** Throws `Malformed`, `DiskFull` and errors of the file system and of zstd. `folder`: where the contents go. */
export async function readArchive(path: string, folder: string): Promise<ArchiveContents> {
  const end = await unsealed(path)
  let contents: ArchiveContents | undefined
  await pipeline(
    createReadStream(path, { end: end - 1 }),
    createZstdDecompress(),
    async (unpacked: AsyncIterable<Uint8Array>) => {
      contents = await readEntries(unpacked, folder)
    }
  )
  if (contents === undefined) throw new Malformed(NO_ARCHIVE)
  return contents
}

async function readEntries(unpacked: AsyncIterable<Uint8Array>, folder: string): Promise<ArchiveContents> {
  const entries = readTar(unpacked, Number.MAX_SAFE_INTEGER)
  /** The next entry, which must be the one of that name. */
  const next = async (name: string): Promise<TarEntry> => {
    const { done, value } = await entries.next()
    if (done) throw new Malformed("it lacks some of what it says it has")
    if (name === MANIFEST && value.name !== name) throw new Malformed("it is no archive of a pipeline's cache")
    if (value.name !== name || !value.isFile)
      throw new Malformed(`it has an entry ${quoted(value.name)} where ${name} is expected`)
    return value
  }
  const manifest = decode(Manifest, await heldBytes(await next(MANIFEST)), MANIFEST)
  if (manifest.format !== FORMAT)
    throw new Malformed(`it is of format ${manifest.format}, this pipeline reads ${FORMAT}`)
  const parts = decode(Codes, await heldBytes(await next(CODES)), CODES)
  const traces = join(folder, TRACES)
  const { keys, named, sizes } = await receiveTraces(await next(TRACES), traces, folder)
  if (keys.size !== manifest.traces) throw new Malformed("it lacks some of what it says it has")
  const bytes = declaredBytes(manifest.blobs, sizes)
  needRoom(folder, aboveReserve(bytes))
  for (const digest of manifest.blobs) {
    const entry = await next(`blobs/${digest}`)
    if (entry.size !== sizes.get(digest))
      throw new Malformed(`the artifact ${digest.slice(0, 12)}… in it has another size than its trace says`)
    if ((await receive(entry, join(folder, digest), folder)) !== digest)
      throw new Malformed(`the artifact ${digest.slice(0, 12)}… in it is damaged`)
  }
  const { done, value } = await entries.next()
  if (!done) throw new Malformed(`it has an entry ${quoted(value.name)} that nobody asked for`)
  const codes = Object.entries(parts).filter(([digest]) => named.has(digest))
  return { blobs: manifest.blobs, bytes, traces, codes }
}

const quoted = (name: string) => JSON.stringify(name.slice(0, 100))

/** Bytes of all artifacts together, by what the traces say of each. */
function declaredBytes(blobs: ReadonlyArray<string>, sizes: ReadonlyMap<string, number>): number {
  let bytes = 0
  const seen = new Set<string>()
  for (const digest of blobs) {
    const size = sizes.get(digest)
    if (size === undefined || seen.has(digest))
      throw new Malformed(`it has the artifact ${digest.slice(0, 12)}… ${size === undefined ? "of no trace" : "twice"}`)
    seen.add(digest)
    bytes += size
  }
  return bytes
}

async function heldBytes({ name, size, bytes }: TarEntry): Promise<Buffer> {
  if (size > HELD_BYTES) throw new Malformed(`its ${name} has ${size.toLocaleString("en-US")} bytes`)
  const pieces: Array<Uint8Array> = []
  for await (const piece of bytes) pieces.push(piece)
  return Buffer.concat(pieces)
}

function decode<A>(schema: Schema.Codec<A>, bytes: Buffer, name: string): A {
  try {
    return Schema.decodeUnknownSync(schema)(JSON.parse(bytes.toString("utf8")))
  } catch (error) {
    throw new Malformed(`its ${name} is not what it should be (${String((error as Error).message).split("\n")[0]})`)
  }
}

/** Writes an entry into a file, which is on disk when this returns, and gives its digest. */
async function receive({ bytes, size }: TarEntry, path: string, folder: string): Promise<string> {
  const hash = createHash("sha256")
  const file = openSync(path, "wx")
  try {
    for await (const piece of bytes) {
      hash.update(piece)
      for (let written = 0; written < piece.length; ) written += writeSync(file, piece, written)
    }
    fdatasyncSync(file)
  } catch (error) {
    throw asDiskFull(error, folder, aboveReserve(size))
  } finally {
    closeSync(file)
  }
  return hash.digest("hex")
}

/** Writes the traces into a file while each is judged. Gives their keys, their codes and the sizes of their artifacts. */
async function receiveTraces(entry: TarEntry, path: string, folder: string) {
  const keys = new Set<string>()
  const named = new Set<string>()
  const sizes = new Map<string, number>()
  const reader = makeRecordReader((record) => {
    if (typeof record === "string") throw new Malformed(`a trace in it is damaged: ${record}`)
    const { key, name, code, outputs } = record.trace
    if (keys.has(key)) throw new Malformed(`the trace of ${name} is in it twice`)
    keys.add(key)
    named.add(code)
    for (const { digest, size } of Object.values(outputs)) {
      if ((sizes.get(digest) ?? size) !== size)
        throw new Malformed(`its traces tell of two sizes of the artifact ${digest.slice(0, 12)}…`)
      sizes.set(digest, size)
    }
  })
  const judged = async function* () {
    for await (const piece of entry.bytes) {
      reader.push(piece)
      yield piece
    }
    reader.end()
  }
  needRoom(folder, aboveReserve(entry.size))
  await receive({ ...entry, bytes: judged() }, path, folder)
  return { keys, named, sizes }
}
