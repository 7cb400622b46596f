/** Files of a project that somebody wants to look into, each open while it is looked at. */
import { closeSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type ByteSource, inFile } from "../../foreign/source.ts"
import { DataError } from "../errors.ts"
import type { Limits } from "./file.ts"

export interface Reading {
  readonly project: string
  /** A file by its path in the project. Throws `DataError`. */
  readonly open: (path: string) => ByteSource
  /** The same whole, for what is small. Throws `DataError`. */
  readonly bytes: (path: string) => Uint8Array
  readonly limits: Limits
}

/** What is packed is unpacked to no more than this. */
const MOST_BYTES = 2 ** 40

/** Calls `look`; all that it opens is closed then, and what was unpacked removed. */
export async function reading<A>(project: string, look: (files: Reading) => Promise<A>): Promise<A> {
  const opened: Array<number> = []
  const keep = (descriptor: number) => {
    opened.push(descriptor)
    return descriptor
  }
  let folder: string | undefined
  const newFile = () => {
    folder ??= mkdtempSync(join(tmpdir(), "pipeline-unpacked-"))
    return keep(openSync(join(folder, String(opened.length)), "w+"))
  }
  const attempt = <B>(path: string, read: (place: string) => B): B => {
    const fail = (found: string): never => {
      const advice = "correct the path, or what may read it"
      throw new DataError({ file: path, expected: "a file that can be read", found, advice })
    }
    const place = join(project, path)
    try {
      if (!statSync(place).isFile()) fail("something else in its place")
      return read(place)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code === undefined) throw error
      return fail(message.split(",")[0])
    }
  }
  try {
    return await look({
      project,
      open: (path) =>
        attempt(path, (place) => {
          const descriptor = keep(openSync(place, "r"))
          return inFile({ descriptor, size: fstatSync(descriptor).size })
        }),
      bytes: (path) => attempt(path, (place) => readFileSync(place)),
      limits: { atMost: MOST_BYTES, newFile }
    })
  } finally {
    for (const descriptor of opened) closeSync(descriptor)
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  }
}
