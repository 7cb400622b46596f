/**
 * Free space, looked at before writing: LMDB on a full disk fails in ways that no `catch` sees (its lock file is a
 * memory map: SIGBUS), and an error that comes first can say how much is needed. Plain TypeScript: workers use it.
 */
import { statfsSync } from "node:fs"

/** Kept free beyond what a run writes, so that the index can always take up what is finished, and `cache gc` can run. */
export const RESERVE_BYTES = 4 << 20
/** What opening a cache and small changes of the index need. */
export const SMALL_BYTES = 1 << 20

/** Rounded apart, so that what is needed never reads like what is free. */
const atLeast = (bytes: number) => `${(Math.ceil(bytes / 1e5) / 10).toFixed(1)} MB`
const atMost = (bytes: number) => `${(Math.floor(bytes / 1e5) / 10).toFixed(1)} MB`

/** The disk that the cache is on has too little space for what is to be written. */
export class DiskFull extends Error {
  readonly _tag = "DiskFull"
  readonly path: string
  readonly needed: number // bytes
  readonly free: number // bytes
  constructor(path: string, needed: number, free: number) {
    super(
      `no space is left on the disk: ${atLeast(needed)} are needed at ${path}, ${atMost(free)} are free. Nothing that was finished is lost; make room and run again.`
    )
    this.path = path
    this.needed = needed
    this.free = free
  }
}

/** Throws `DiskFull` unless so many bytes are free where a folder is. */
export function needSpace(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize < bytes) throw new DiskFull(folder, bytes, bavail * bsize)
}

/** What a write throws, as `DiskFull` where the disk (or the user's share of it) ran full in spite of the look before. */
export function asDiskFull(error: unknown, folder: string, bytes: number): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  if (code !== "ENOSPC" && code !== "EDQUOT") return error
  const { bavail, bsize } = statfsSync(folder)
  return new DiskFull(folder, bytes, bavail * bsize)
}
