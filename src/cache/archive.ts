/**
 * Archives: results in one file (tar, zstd), to be carried to another machine, where they make the same run a no-op.
 * Every digest is checked on both sides, and nothing of an archive is taken before all of it has been read and found
 * sound. The file ends with the SHA-256 of all before it, in a frame that zstd passes over (RFC 8878, 3.1.2), because
 * Node's decoder does not notice where the last bytes are missing.
 */
import { createHash } from "node:crypto"
import { createWriteStream, mkdirSync, renameSync, rmSync } from "node:fs"
import { dirname, join } from "node:path"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { createZstdCompress } from "node:zlib"
import { endBlocks, entryBlocks } from "../foreign/tar.ts"
import { FORMAT } from "../graph/key.ts"
import { CODES, MANIFEST, type Manifest, readArchive, sealOf, TRACES } from "./archive-reader.ts"
import type { Artifacts } from "./artifacts.ts"
import { blobPath, listBlobs, readBlob } from "./blobs.ts"
import { ArchiveError, problemOf } from "./errors.ts"
import { encodeOutputs, recordOf } from "./index-store.ts"
import { openJournal } from "./journal.ts"
import { keepRecords } from "./local-traces.ts"
import { isStdout, type OutFile, outFile } from "./out-file.ts"
import { ownName } from "./process.ts"
import { type JournalRecord, lineOf } from "./record.ts"
import type { Storage } from "./storage.ts"
import type { Traces } from "./traces.ts"

export interface Archived {
  readonly traces: number
  readonly blobs: number
  readonly bytes: number // before compression
}

/**
 * Writes the results under the keys into one file, with the bytes of the artifacts that are to travel as far as they are
 * here; all others travel as digests. Fails with `ArchiveError`, or `BlobDamaged` where a blob is bad.
 */
export async function exportArchive(
  { folder, store }: Storage["Service"],
  keys: ReadonlyArray<string>,
  path: string,
  travels: (digest: string) => boolean = () => true
): Promise<Archived> {
  const blobs = new Set<string>()
  const codes: Record<string, unknown> = {}
  const there = listBlobs(folder)
  const records = keys
    .flatMap((key) => recordOf(store, key) ?? [])
    .map(({ trace, values: all }): JournalRecord => {
      codes[trace.code] = store.codes.get(trace.code)
      const values = Object.fromEntries(Object.entries(all).filter(([digest]) => travels(digest)))
      const outputs = Object.entries(trace.outputs).map(([name, { digest, size }]) => {
        if (values[digest] !== undefined) return [name, { digest, size }] as const
        if (!travels(digest) || !there.has(digest)) return [name, { digest, size, byDigest: true as const }] as const
        blobs.add(digest)
        return [name, { digest, size }] as const
      })
      return { trace: { ...trace, outputs: Object.fromEntries(outputs) }, values }
    })
  const digests = [...blobs].sort()
  const manifest: Manifest = { format: FORMAT, traces: records.length, blobs: digests }
  let bytes = 0
  const contents = function* () {
    yield* entryBlocks({ name: MANIFEST, bytes: Buffer.from(JSON.stringify(manifest)) })
    yield* entryBlocks({ name: CODES, bytes: Buffer.from(JSON.stringify(codes)) })
    yield* entryBlocks({ name: TRACES, bytes: Buffer.concat(records.map((record) => Buffer.from(lineOf(record)))) })
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

async function* sealed(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const hash = createHash("sha256")
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
  yield sealOf(hash.digest())
}

const isTagged = (error: unknown) => (error as { _tag?: string })._tag !== undefined

/** Records that are taken over at a time. */
const PORTION = 500

/** Takes over what an archive has. Fails with `ArchiveError`, having changed nothing. */
export async function importArchive(
  storage: Storage["Service"],
  traces: Pick<Traces["Service"], "outputs">,
  artifacts: Pick<Artifacts["Service"], "has" | "refresh">,
  path: string
): Promise<Archived> {
  const { folder, store, write } = storage
  const staging = join(folder, "tmp", `${ownName}-import`)
  rmSync(staging, { recursive: true, force: true })
  mkdirSync(staging, { recursive: true })
  try {
    const { blobs, bytes, codes, traces: lines } = await readArchive(path, staging)
    for (const digest of blobs) {
      const target = blobPath(folder, digest)
      mkdirSync(dirname(target), { recursive: true })
      renameSync(join(staging, digest), target)
    }
    artifacts.refresh()
    write(() => {
      for (const [digest, parts] of codes) if (!store.codes.doesExist(digest)) store.codes.put(digest, parts)
    })
    let taken = 0
    let fresh: Array<JournalRecord> = []
    const commit = () => {
      if (fresh.length > 0) keepRecords(storage, fresh)
      taken += fresh.length
      fresh = []
    }
    const journal = openJournal(lines, "r")
    try {
      journal.read(0, (record) => {
        if (isThere(artifacts, traces, record)) return
        if (fresh.push({ ...record, replaces: true }) === PORTION) commit()
      })
      commit()
    } finally {
      journal.close()
    }
    return { traces: taken, blobs: blobs.length, bytes }
  } catch (error) {
    throw isTagged(error) ? error : new ArchiveError({ path, problem: `${problemOf(error)}; nothing was imported` })
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
}

/**
 * True if a record adds nothing: the cache has its small artifacts, and under its key the same result, or another one
 * that this one does not replace, because the bytes of that are here or its own did not come along.
 */
function isThere(
  { has }: Pick<Artifacts["Service"], "has">,
  traces: Pick<Traces["Service"], "outputs">,
  { trace, values }: JournalRecord
): boolean {
  const outputs = traces.outputs(trace.key)
  if (outputs === undefined || !Object.keys(values).every(has)) return false
  const whole = (list: typeof outputs) => Object.values(list).every(({ digest }) => has(digest))
  return encodeOutputs(outputs) === encodeOutputs(trace.outputs) || whole(outputs) || !whole(trace.outputs)
}
