/**
 * Files as they are found: their digests, read in pieces whatever their size, what stands where none is, and how to open
 * one where anything may stand. Plain TypeScript: workers use it.
 */
import { createHash } from "node:crypto"
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
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

/** More than any note has. */
const NOTE_BYTES = 1 << 20

/** The text of a small file; undefined if there is none, or something else, which might be waited for. */
export function readNote(path: string): string | undefined {
  try {
    const found = statSync(path)
    return found.isFile() && found.size <= NOTE_BYTES ? readFileSync(path, "utf8") : undefined
  } catch {
    return undefined
  }
}

/**
 * Makes a folder, and those above it. Node's own way (`recursive`) never ends where the system says of a folder that it is
 * not there, and of one in it as well, as `/proc` does.
 */
export function makeFolders(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return
  const above = dirname(path)
  if (above !== path) makeFolders(above)
  try {
    mkdirSync(path)
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) throw error
  }
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

/** Windows has neither. */
const { O_NONBLOCK = 0, O_NOFOLLOW = 0 } = constants

/**
 * Opens a file that must be a plain one of that name, no link. Never waits: to open a pipe (FIFO) would, for ever.
 * Throws system errors, and an error that says what is there instead.
 */
export function openPlain(path: string, flags: number): number {
  const file = openSync(path, flags | O_NONBLOCK | O_NOFOLLOW)
  if (fstatSync(file).isFile()) return file
  closeSync(file)
  throw new Error(`it is ${whatIsAt(path)}, not a file`)
}
