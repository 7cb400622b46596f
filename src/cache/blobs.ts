/**
 * Blobs: files `blobs/ab/cdef…`, named by the SHA-256 of their bytes. A blob is written under a temporary name, synced
 * and renamed, so that under its name there is never a part of it; every read verifies the digest.
 *
 * Plain TypeScript without Effect: worker processes use it too.
 */
import { createHash } from "node:crypto"
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync
} from "node:fs"
import { dirname, join } from "node:path"
import { sha256 } from "../graph/key.ts"
import type { Artifact } from "../graph/trace.ts"
import { ensureFolder, kindAt, setAside } from "./aside.ts"
import { problemOf } from "./errors.ts"
import { whatIsAt } from "./files.ts"
import { isOwn } from "./names.ts"
import { ownName } from "./process.ts"
import { aboveReserve, asDiskFull, needRoom } from "./space.ts"

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

const folder = (root: string, path: string) => {
  if (!made.has(path)) {
    // The folder's own name must be on disk before something in it counts as kept.
    if (ensureFolder(root, path)) syncFolder(dirname(path))
    made.add(path)
  }
  return path
}

/** Does what needs folders of the cache; once more if one that was there has been taken away or replaced meanwhile. */
function inFolders<A>(action: () => A): A {
  try {
    return action()
  } catch (error) {
    if (!["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error
    made.clear()
    return action()
  }
}

/** Writes all bytes, by way of the cache's folder tmp/, or throws; the file is on disk when this returns. */
export function writeDurably(root: string, path: string, bytes: Uint8Array): void {
  const needed = aboveReserve(bytes.length)
  needRoom(root, needed)
  let temporary = ""
  try {
    const file = inFolders(() => {
      temporary = join(folder(root, join(root, "tmp")), `${ownName}-${serial++}`)
      return openSync(temporary, "w")
    })
    try {
      writeAll(file, bytes)
      fdatasyncSync(file)
    } finally {
      closeSync(file)
    }
    putInPlace(root, temporary, path)
  } catch (error) {
    if (temporary !== "") rmSync(temporary, { force: true })
    throw asDiskFull(error, root, needed)
  }
}

/** Gives a file that is written its name, whatever bears it: another file is replaced, a folder moved aside. */
export function putInPlace(root: string, temporary: string, path: string): void {
  if (kindAt(path) === "folder") setAside(root, path)
  renameSync(temporary, path)
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
  try {
    inFolders(() => {
      const shard = folder(root, join(root, "blobs", digest.slice(0, 2)))
      writeDurably(root, blobPath(root, digest), bytes)
      syncFolder(shard)
    })
  } catch (error) {
    throw asDiskFull(error, root, aboveReserve(bytes.length))
  }
  return { digest, size: bytes.length }
}

/** Reads a blob and verifies it. Throws `BlobDamaged`. */
export function readBlob(root: string, digest: string): Uint8Array {
  const path = blobPath(root, digest)
  let bytes: Uint8Array
  try {
    bytes = readWhole(path)
  } catch (error) {
    const gone = (error as NodeJS.ErrnoException).code === "ENOENT" && kindAt(path) === "nothing"
    throw new BlobDamaged(digest, path, gone ? "is gone" : `is damaged (it cannot be read: ${problemOf(error)})`)
  }
  const found = sha256(bytes)
  if (found !== digest)
    throw new BlobDamaged(digest, path, `is damaged (its bytes have the digest ${found.slice(0, 12)}…)`)
  return bytes
}

/** A blob that is open, to be read in parts. */
export interface OpenBlob {
  readonly descriptor: number
  readonly size: number // bytes
}

/** Bytes that are read at a time. */
const PIECE_BYTES = 1 << 20

/** Opens a blob and verifies it, in little memory. Throws `BlobDamaged`. */
export function openBlob(root: string, digest: string): OpenBlob {
  const path = blobPath(root, digest)
  let descriptor: number
  try {
    if (kindAt(path) === "other" || kindAt(path) === "folder") throw new Error(`it is ${whatIsAt(path)}`)
    descriptor = openSync(path, "r")
  } catch (error) {
    const gone = (error as NodeJS.ErrnoException).code === "ENOENT" && kindAt(path) === "nothing"
    throw new BlobDamaged(digest, path, gone ? "is gone" : `is damaged (it cannot be read: ${problemOf(error)})`)
  }
  const { digest: found, size } = digestOf(descriptor)
  if (found === digest) return { descriptor, size }
  closeSync(descriptor)
  throw new BlobDamaged(digest, path, `is damaged (its bytes have the digest ${found.slice(0, 12)}…)`)
}

/** Digest and size of a file that is open. */
export function digestOf(descriptor: number): { readonly digest: string; readonly size: number } {
  const hash = createHash("sha256")
  const piece = new Uint8Array(PIECE_BYTES)
  for (let size = 0; ; ) {
    const read = readSync(descriptor, piece, 0, piece.length, size)
    if (read === 0) return { digest: hash.digest("hex"), size }
    hash.update(piece.subarray(0, read))
    size += read
  }
}

/**
 * Makes a file of the cache's own a blob: it is moved, not copied. Safe against any number of writers of the same blob.
 */
export function adoptBlob(root: string, path: string): Artifact {
  const descriptor = openSync(path, "r")
  let artifact: Artifact
  try {
    artifact = digestOf(descriptor)
    fdatasyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
  inFolders(() => {
    const shard = folder(root, join(root, "blobs", artifact.digest.slice(0, 2)))
    putInPlace(root, path, blobPath(root, artifact.digest))
    syncFolder(shard)
  })
  return artifact
}

/** A blob that comes in pieces. */
export interface IncomingBlob {
  /** Throws `BlobDamaged` where more comes than was announced, `DiskFull` and system errors. */
  write(piece: Uint8Array): void
  /** Gives it its name, on disk. Throws `BlobDamaged` where its bytes are not those of the digest. */
  keep(): void
  /** Ends it; what was not kept goes. */
  close(): void
}

/** Takes in a blob from elsewhere: a file under a temporary name until all has come and is what its digest promises. */
export function receiveBlob(root: string, { digest, size }: Artifact): IncomingBlob {
  const needed = aboveReserve(size)
  needRoom(root, needed)
  const hash = createHash("sha256")
  const { temporary, file } = inFolders(() => {
    const temporary = join(folder(root, join(root, "tmp")), `${ownName}-${serial++}`)
    return { temporary, file: openSync(temporary, "w") }
  })
  let length = 0
  const wrong = (problem: string) => new BlobDamaged(digest, temporary, problem)
  const orFull = <A>(action: () => A): A => {
    try {
      return action()
    } catch (error) {
      throw asDiskFull(error, root, needed)
    }
  }
  return {
    write(piece) {
      length += piece.length
      if (length > size) throw wrong(`is damaged (it has more than its ${size} bytes)`)
      hash.update(piece)
      orFull(() => writeAll(file, piece))
    },
    keep() {
      const found = hash.digest("hex")
      if (found !== digest) throw wrong(`is damaged (its bytes have the digest ${found.slice(0, 12)}…)`)
      orFull(() => {
        fdatasyncSync(file)
        inFolders(() => {
          const shard = folder(root, join(root, "blobs", digest.slice(0, 2)))
          putInPlace(root, temporary, blobPath(root, digest))
          syncFolder(shard)
        })
      })
    },
    close() {
      closeSync(file)
      rmSync(temporary, { force: true })
    }
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
}

/** Node reads no larger file at once. */
const MOST_BYTES = 2 ** 31 - 1

/** The bytes of a file. Throws if it is none: a pipe would be waited for, a device might never end. */
function readWhole(path: string): Uint8Array {
  if (kindAt(path) === "other" || kindAt(path) === "folder") throw new Error(`it is ${whatIsAt(path)}`)
  const file = openSync(path, "r")
  try {
    const { size } = fstatSync(file)
    if (size > MOST_BYTES) throw new Error(`it has ${size.toLocaleString("en-US")} bytes, more than any artifact`)
    return readFileSync(file)
  } finally {
    closeSync(file)
  }
}

/** Moves a bad blob out of the way, so that its node runs again; kept for whoever wants to look at it. */
export function quarantine(root: string, digest: string): void {
  try {
    setAside(root, blobPath(root, digest), digest)
  } catch (error) {
    // It is gone already, or the cache can only be read.
    if (!["ENOENT", "EACCES", "EPERM", "EROFS"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error
  }
}

/** Something under the name of a blob, or of a shard of them, and whether it is of the kind that belongs there. */
export interface Standing {
  readonly place: string // relative to the cache
  readonly digest: string | undefined // of a blob
  readonly isRight: boolean
}

/** All that stands where blobs do, by name and kind only: one folder listing for each of 256 shards. */
export function* lookAtBlobs(root: string): Generator<Standing> {
  for (const shard of entriesOf(join(root, "blobs"))) {
    if (!isOwn.shard(shard.name)) continue
    const place = `blobs/${shard.name}`
    const isRight = shard.isDirectory() || (shard.isSymbolicLink() && kindAt(join(root, place)) === "folder")
    if (!isRight) yield { place, digest: undefined, isRight }
    else
      for (const blob of entriesOf(join(root, place))) {
        if (!isOwn.blob(blob.name)) continue
        const isFile = blob.isFile() || (blob.isSymbolicLink() && kindAt(join(root, place, blob.name)) === "file")
        yield { place: `${place}/${blob.name}`, digest: shard.name + blob.name, isRight: isFile }
      }
  }
}

/** What is in a folder; nothing where it is none, or not to be read. */
function entriesOf(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch {
    return []
  }
}

/** Digests of all blobs that are there. */
export function listBlobs(root: string): Set<string> {
  const found = new Set<string>()
  for (const { digest, isRight } of lookAtBlobs(root)) if (digest !== undefined && isRight) found.add(digest)
  return found
}
