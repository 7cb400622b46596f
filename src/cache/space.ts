/**
 * Room on the disk, looked at before writing: LMDB on a full disk fails in ways that no `catch` sees (its lock file is a
 * memory map: SIGBUS), and an error that comes first can say how much is needed. Plain TypeScript: workers use it.
 */
import { statfsSync } from "node:fs"
import { constants } from "node:os"
import { dirname } from "node:path"

/** Bytes, and files or folders that are made: a disk may run out of either. */
export interface Room {
  readonly bytes: number
  readonly files: number
}

/** What opening a cache and small changes of the index need. */
export const SMALL: Room = { bytes: 1 << 20, files: 16 }

/** Kept free beyond what a run writes, so that the index can always take up what is finished, and `cache gc` can run. */
const RESERVE: Room = { bytes: 4 << 20, files: 48 }

/** So many bytes, and the reserve. */
export const aboveReserve = (bytes: number): Room => ({ bytes: bytes + RESERVE.bytes, files: RESERVE.files })

/**
 * What there is too little of: space; files (a file system with a fixed number of inodes has none left); the user's
 * share (quota); the size that a file may have (`ulimit -f`, FAT); or `unseen`, where the system says that it is full
 * and nothing that can be looked at shows it.
 */
export type Shortage = "space" | "files" | "quota" | "size" | "unseen"

/** Rounded apart, so that what is needed never reads like what is free. */
const atLeast = (bytes: number) => `${(Math.ceil(bytes / 1e5) / 10).toFixed(1)} MB`
const atMost = (bytes: number) => `${(Math.floor(bytes / 1e5) / 10).toFixed(1)} MB`

const WORDS: Readonly<Record<Shortage, (path: string, needed: number, free: number) => string>> = {
  space: (path, needed, free) =>
    `no space is left on the disk: ${atLeast(needed)} are needed at ${path}, ${atMost(free)} are free`,
  files: (path, needed, free) =>
    `no more files can be made on the disk, its inodes are used up: ${needed} are needed at ${path}, ${free} are free`,
  quota: (path, needed) => `the disk quota is used up: ${atLeast(needed)} are needed at ${path}`,
  size: (path, needed) =>
    `a file may not become as large as is needed (a limit of the file system or \`ulimit -f\`): ${atLeast(needed)} are written at ${path}`,
  unseen: (path, needed) => `no space is left on the disk: ${atLeast(needed)} could not be written at ${path}`
}

/** The disk that something is to be written to has too little room for it. */
export class DiskFull extends Error {
  readonly _tag = "DiskFull"
  readonly path: string
  readonly needed: number // bytes, or files
  readonly free: number // bytes, or files
  readonly shortage: Shortage
  constructor(path: string, needed: number, free: number, shortage: Shortage = "space") {
    super(`${WORDS[shortage](path, needed, free)}. Nothing that was finished is lost; make room and run again.`)
    this.path = path
    this.needed = needed
    this.free = free
    this.shortage = shortage
  }
}

/** Room on the disk of a folder, or of the one above that is there. No files: the file system has no fixed number. */
function roomAt(folder: string): { readonly bytes: number; readonly files: number | undefined } {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(folder)
    return { bytes: bavail * bsize, files: files > 0 ? ffree : undefined }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT" || dirname(folder) === folder) throw error
    return roomAt(dirname(folder))
  }
}

function shortageOf(folder: string, need: Room): DiskFull | undefined {
  const free = roomAt(folder)
  if (free.bytes < need.bytes) return new DiskFull(folder, need.bytes, free.bytes)
  if (free.files !== undefined && free.files < need.files) return new DiskFull(folder, need.files, free.files, "files")
  return undefined
}

/** Throws `DiskFull` unless there is so much room where a folder is. */
export function needRoom(folder: string, need: Room): void {
  const shortage = shortageOf(folder, need)
  if (shortage !== undefined) throw shortage
}

/** LMDB gives the system's numbers, Node its names. */
const isCode = (error: unknown, name: "ENOSPC" | "EDQUOT" | "EFBIG") => {
  const { code } = error as { readonly code?: unknown }
  return code === name || code === constants.errno[name]
}

/** What a write throws, as `DiskFull` where the disk (or the user's share of it) ran full in spite of the look before. */
export function asDiskFull(error: unknown, folder: string, need: Room): unknown {
  if (typeof error !== "object" || error === null) return error
  if (isCode(error, "EDQUOT")) return new DiskFull(folder, need.bytes, 0, "quota")
  if (isCode(error, "EFBIG")) return new DiskFull(folder, need.bytes, 0, "size")
  if (!isCode(error, "ENOSPC")) return error
  return shortageOf(folder, { ...need, files: 1 }) ?? new DiskFull(folder, need.bytes, 0, "unseen")
}
