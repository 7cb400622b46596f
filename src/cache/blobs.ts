/**
 * Blobs: files `blobs/ab/cdef…`, named by the SHA-256 of their bytes. A blob is written under a temporary name, synced
 * and renamed, so that under its name there is never a part of it; every read verifies the digest.
 *
 * Plain TypeScript without Effect: worker processes use it too.
 */
import {
  closeSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync
} from "node:fs"
import { dirname, join } from "node:path"
import { sha256 } from "../graph/key.ts"
import type { Artifact } from "../graph/trace.ts"
import { isBeingWritten, ownName } from "./process.ts"
import { asDiskFull, needSpace, RESERVE_BYTES } from "./space.ts"

/** Up to this size an artifact is kept in the index itself rather than as a file of its own. */
export const INLINE_BYTES = 8192

/** A blob that is gone or does not have the bytes its name promises. */
export class BlobDamaged extends Error {
  readonly _tag = "BlobDamaged"
  readonly digest: string
  readonly path: string
  readonly problem: string
  constructor(digest: string, path: string, problem: string) {
    super(`artifact ${digest.slice(0, 12)}… ${problem}: ${path}`)
    this.digest = digest
    this.path = path
    this.problem = problem
  }
}

export const blobPath = (root: string, digest: string) => join(root, "blobs", digest.slice(0, 2), digest.slice(2))

let serial = 0
const made = new Set<string>()

const folder = (path: string) => {
  if (!made.has(path)) {
    // The folder's own name must be on disk before something in it counts as kept.
    if (mkdirSync(path, { recursive: true }) !== undefined) syncFolder(dirname(path))
    made.add(path)
  }
  return path
}

/** Writes all bytes, by way of the cache's folder tmp/, or throws; the file is on disk when this returns. */
export function writeDurably(root: string, path: string, bytes: Uint8Array): void {
  needSpace(root, bytes.length + RESERVE_BYTES)
  const temporary = join(folder(join(root, "tmp")), `${ownName}-${serial++}`)
  try {
    const file = openSync(temporary, "w")
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
      fdatasyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw asDiskFull(error, root, bytes.length + RESERVE_BYTES)
  }
}

/** Removes what processes that are dead by now had begun to write. */
export function removeUnfinished(root: string): void {
  const tmp = folder(join(root, "tmp"))
  for (const name of readdirSync(tmp)) {
    const writer = name.slice(0, name.lastIndexOf("-"))
    if (!isBeingWritten(root, writer, join(tmp, name))) rmSync(join(tmp, name), { recursive: true, force: true })
  }
}

function syncFolder(path: string) {
  const fd = openSync(path, "r")
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Stores bytes as a blob; safe against any number of writers of the same blob. */
export function writeBlob(root: string, bytes: Uint8Array, digest = sha256(bytes)): Artifact {
  const path = blobPath(root, digest)
  const shard = folder(join(root, "blobs", digest.slice(0, 2)))
  writeDurably(root, path, bytes)
  syncFolder(shard)
  return { digest, size: bytes.length }
}

/** Reads a blob and verifies it. Throws `BlobDamaged`. */
export function readBlob(root: string, digest: string): Uint8Array {
  const path = blobPath(root, digest)
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (error) {
    const gone = (error as NodeJS.ErrnoException).code === "ENOENT"
    throw new BlobDamaged(digest, path, gone ? "is gone" : `cannot be read (${(error as Error).message})`)
  }
  const found = sha256(bytes)
  if (found !== digest)
    throw new BlobDamaged(digest, path, `is damaged (its bytes have the digest ${found.slice(0, 12)}…)`)
  return bytes
}

/** Moves a bad blob out of the way, so that its node runs again; kept for whoever wants to look at it. */
export function quarantine(root: string, digest: string): void {
  try {
    renameSync(blobPath(root, digest), join(folder(join(root, "damaged")), digest))
  } catch (error) {
    // It is gone already, or the cache can only be read.
    if (!["ENOENT", "EACCES", "EPERM", "EROFS"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error
  }
}

/** Digests of all blobs that are there, by name only: one folder listing for each of 256 shards. */
export function listBlobs(root: string): Set<string> {
  const found = new Set<string>()
  let shards: ReadonlyArray<string>
  try {
    shards = readdirSync(join(root, "blobs"))
  } catch {
    return found
  }
  for (const shard of shards) {
    if (shard.length !== 2) continue
    for (const rest of readdirSync(join(root, "blobs", shard))) found.add(shard + rest)
  }
  return found
}
