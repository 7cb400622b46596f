/**
 * Backup: the cache as it is at one moment, in another folder that can be used as a cache itself. Blobs never change
 * once they are there, so on the same file system they are linked and cost nothing.
 */
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync
} from "node:fs"
import { dirname, join } from "node:path"
import { blobPath, listBlobs } from "./blobs.ts"
import { ArchiveError, problemOf } from "./errors.ts"
import { mark } from "./folder.ts"
import { temporaryBeside } from "./out-file.ts"
import type { Storage } from "./storage.ts"

export interface Backup {
  readonly blobs: number
  /** True if the blobs are links to the cache's own, false if they are copies. */
  readonly linked: boolean
}

/** Writes a snapshot to a folder that is not there yet, or empty. Fails with `ArchiveError`, leaving none. */
export async function backUp(
  { folder, store, journal, write }: Storage["Service"],
  hold: (digests: Iterable<string>) => void,
  target: string
): Promise<Backup> {
  const fail = (problem: string) => new ArchiveError({ path: target, problem })
  const place = existsSync(target) ? realpathSync(target) : target
  if (existsSync(place) && !statSync(place).isDirectory()) throw fail("is a file; name a folder that is not there yet")
  if (existsSync(place) && readdirSync(place).length > 0) throw fail("is there already; name a folder that is not")
  const temporary = temporaryBeside(place)
  try {
    mkdirSync(join(temporary, "index"), { recursive: true })
    mark(temporary)
    // From the derived to the original: a journal may be ahead of its index, and blobs of both.
    hold(listBlobs(folder))
    await store.root.backup(join(temporary, "index"), false)
    let copied = false
    write(() => {
      copyFileSync(journal.path, join(temporary, "journal"))
      copied = true
    })
    if (!copied) copyFileSync(journal.path, join(temporary, "journal"))
    const digests = listBlobs(folder)
    let linked = true
    for (const digest of digests) {
      const [from, to] = [blobPath(folder, digest), blobPath(temporary, digest)]
      mkdirSync(dirname(to), { recursive: true })
      linked = linkOrCopy(from, to) && linked
    }
    if (existsSync(place)) rmdirSync(place)
    renameSync(temporary, place)
    return { blobs: digests.size, linked }
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true })
    throw fail(`cannot be written: ${problemOf(error)}`)
  }
}

/** Gives true if it could be linked. */
function linkOrCopy(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== "EXDEV" && code !== "EPERM" && code !== "ENOTSUP" && code !== "EMLINK") throw error
    copyFileSync(from, to)
    return false
  }
}
