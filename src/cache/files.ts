/** Files as they are found: their digests, read in pieces whatever their size, and what stands where none is. */
import { createHash } from "node:crypto"
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  statSync
} from "node:fs"
import { dirname } from "node:path"
import { FileUnreadable, problemOf } from "./errors.ts"

const PIECE = 1 << 22
let buffer: Buffer | undefined

/** SHA-256 of a file's bytes. `name` is what it is called in errors. Throws `FileUnreadable`. */
export function digestOfFile(path: string, name: string): string {
  buffer ??= Buffer.allocUnsafe(PIECE)
  const hash = createHash("sha256")
  try {
    const file = openSync(path, "r")
    try {
      for (let count = 1; count > 0; ) {
        count = readSync(file, buffer, 0, PIECE, null)
        hash.update(buffer.subarray(0, count))
      }
    } finally {
      closeSync(file)
    }
  } catch (error) {
    throw new FileUnreadable({ path: name, problem: problemOf(error) })
  }
  return hash.digest("hex")
}

/** Why a file or folder cannot be made: Node says of a folder on a read-only file system that it does not exist. */
export function whyUnwritable(path: string, error: unknown): string {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") return problemOf(error)
  let above = dirname(path)
  while (above !== dirname(above) && !existsSync(above)) above = dirname(above)
  try {
    accessSync(above, constants.W_OK)
    return problemOf(error)
  } catch (reason) {
    return problemOf(reason)
  }
}

/** What is at a path, in words: "nothing", "a folder", "a link to 'x', which is not there", … */
export function whatIsAt(path: string): string {
  try {
    return kindOf(path)
  } catch (error) {
    return `nothing that can be looked at (${problemOf(error)})`
  }
}

function kindOf(path: string): string {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return "nothing"
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return `a link to '${readlinkSync(path)}', which is not there`
  if (found.isDirectory()) return "a folder"
  if (found.isFIFO()) return "a pipe (FIFO)"
  if (found.isSocket()) return "a socket"
  if (found.isFile()) return "a file"
  return "a device"
}
