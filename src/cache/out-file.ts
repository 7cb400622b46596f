/**
 * Files that a user names, to be written: under the name stands the earlier file or the whole new one, never a part.
 */
import { randomBytes } from "node:crypto"
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  fdatasyncSync,
  openSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync
} from "node:fs"
import { dirname, join, resolve } from "node:path"
import { asUser } from "./sharing.ts"

export interface OutFile {
  /** Where to write. */
  readonly path: string
  /** True of a pipe or a device: it takes bytes one after another, and nothing can be put in its place. */
  readonly stream: boolean
  /** Puts what was written, and is on disk, into its place. */
  keep(): void
  /** Leaves everything as it was. */
  drop(): void
}

/** The shell's words for what is open already, which may be a file that others write to as well. */
const OPEN = /^\/(dev\/(stdout|stderr|fd\/\d+)|proc\/self\/fd\/\d+)$/

/** Names of the output that a program has anyway. */
export const isStdout = (name: string): boolean =>
  name === "-" || ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].includes(resolve(name))

/** The file that links lead to, whether it is there or not. */
function followed(path: string): string {
  let file = resolve(path)
  for (let links = 0; links < 40; links++) {
    try {
      file = resolve(dirname(file), readlinkSync(file))
    } catch {
      return file
    }
  }
  return file
}

/** A name beside a file for what is not whole yet. */
export const temporaryBeside = (path: string): string =>
  join(dirname(path), `.pipeline-${process.pid}-${randomBytes(4).toString("hex")}.part`)

/** Begins a file under a name, or what a pipe or a device of that name is to get. Throws errors of the file system. */
export function outFile(name: string): OutFile {
  const nothing = { keep: () => {}, drop: () => {} }
  if (OPEN.test(resolve(name))) return { path: name, stream: true, ...nothing }
  const path = followed(name)
  const earlier = statSync(path, { throwIfNoEntry: false })
  if (earlier !== undefined && !earlier.isFile() && !earlier.isDirectory()) return { path, stream: true, ...nothing }
  // What is not to be written is not to be replaced either.
  if (earlier !== undefined) accessSync(path, constants.W_OK)
  const temporary = temporaryBeside(path)
  asUser(() => closeSync(openSync(temporary, "wx")))
  return {
    path: temporary,
    stream: false,
    keep() {
      if (earlier !== undefined) chmodSync(temporary, earlier.mode & 0o7777)
      renameSync(temporary, path)
    },
    drop: () => rmSync(temporary, { force: true })
  }
}

/** Writes bytes to a file that a user names. Throws errors of the file system, leaving the earlier file. */
export function writeOut(name: string, bytes: Uint8Array): void {
  const out = outFile(name)
  try {
    const file = openSync(out.path, "w")
    try {
      for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
      if (!out.stream) fdatasyncSync(file)
    } finally {
      closeSync(file)
    }
    out.keep()
  } catch (error) {
    out.drop()
    throw error
  }
}

/** Puts bytes in place of what has a path, whatever it is but a folder. Throws errors of the file system, leaving all as it was. */
export function replaceFile(path: string, bytes: string | Uint8Array): void {
  const temporary = temporaryBeside(path)
  try {
    asUser(() => writeFileSync(temporary, bytes))
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}
