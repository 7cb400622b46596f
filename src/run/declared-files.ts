/** The files that a task declares, as its compute module reads them: whole or in parts, and as they were when it was planned. */
import { closeSync, fstatSync, openSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { digestOf } from "../cache/blobs.ts"
import type { InputFile, ReadFile } from "../graph/compute.ts"
import { sha256 } from "../graph/key.ts"

/** A declared file is not what it was when the key was made of it, or not what it is declared as. */
class FileChanged extends Error {
  override readonly name = "FileChanged"
  readonly _tag = "FileChanged"
}

const edited = (name: string) =>
  new FileChanged(`the file ${name} was edited while it ran; run again (with --rehash if it was not)`)

/** Node reads no larger file at once. */
const MOST_BYTES = 2 ** 31 - 1

function checkSize(name: string, size: number, most: number): void {
  const text = (bytes: number) => `${bytes.toLocaleString("en-US")} bytes`
  if (size > most)
    throw new FileChanged(
      `the file ${name} has ${text(size)}, too many to be what it is declared as: expected at most ${text(most)}`
    )
}

export interface DeclaredFiles {
  /** By their path relative to the project. */
  readonly readers: Readonly<Record<string, ReadFile>>
  /** What was read in parts must be the same still. Throws `FileChanged`. */
  check(): void
  close(): void
}

/** `files`: digests by path relative to the project, whose folder is `project`. */
export function declaredFiles(files: Readonly<Record<string, string>>, project: string): DeclaredFiles {
  const opened: Array<{ readonly name: string; readonly descriptor: number; readonly changed: number }> = []
  const read = (name: string, most = MOST_BYTES): Uint8Array => {
    const path = join(project, name)
    checkSize(name, statSync(path).size, most)
    const bytes = readFileSync(path)
    if (sha256(bytes) !== files[name]) throw edited(name)
    return bytes
  }
  const open = (name: string, most = Number.POSITIVE_INFINITY): InputFile => {
    const descriptor = openSync(join(project, name), "r")
    const { size, mtimeMs: changed } = fstatSync(descriptor)
    opened.push({ name, descriptor, changed })
    checkSize(name, size, most)
    if (digestOf(descriptor).digest !== files[name]) throw edited(name)
    return { descriptor, size }
  }
  const reader = (name: string | symbol): ReadFile | undefined =>
    typeof name === "string" && Object.hasOwn(files, name)
      ? Object.assign((most?: number) => read(name, most), { open: (most?: number) => open(name, most) })
      : undefined
  return {
    // Each is made when it is asked for: there may be a hundred thousand. A path may be called `constructor`.
    readers: new Proxy<Record<string, ReadFile>>(Object.create(null), {
      get: (_, name) => reader(name),
      has: (_, name) => Object.hasOwn(files, name),
      ownKeys: () => Object.keys(files),
      getOwnPropertyDescriptor: (_, name) =>
        Object.hasOwn(files, name) ? { configurable: true, enumerable: true, value: reader(name) } : undefined
    }),
    check() {
      for (const { name, descriptor, changed } of opened)
        if (fstatSync(descriptor).mtimeMs !== changed) throw edited(name)
    },
    close: () => opened.splice(0).forEach(({ descriptor }) => void closeSync(descriptor))
  }
}
