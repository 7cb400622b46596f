/** Arrays of files that are in memory. */
import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { FileArray, OpenArray } from "../../src/data/files/array.ts"
import { type ArrayPlace, type Limits, openArray } from "../../src/data/files/file.ts"
import { inMemory } from "../../src/foreign/source.ts"

/** Calls `read` with files for what is unpacked, which are removed then. */
export async function unpackingUpTo<A>(atMost: number, read: (limits: Limits) => Promise<A>): Promise<A> {
  let folder: string | undefined
  const opened: Array<number> = []
  const newFile = () => {
    folder ??= mkdtempSync(join(tmpdir(), "pipeline-arrays-"))
    opened.push(openSync(join(folder, String(opened.length)), "w+"))
    return opened[opened.length - 1]
  }
  try {
    return await read({ atMost, newFile })
  } finally {
    for (const one of opened) closeSync(one)
    if (folder !== undefined) rmSync(folder, { recursive: true })
  }
}

/** Opens an array and gives what `use` makes of it. */
export const withArray = <A>(
  bytes: Uint8Array,
  place: ArrayPlace,
  atMost: number,
  use: (array: OpenArray) => A
): Promise<A> => unpackingUpTo(atMost, async (limits) => use(await openArray(inMemory(bytes), place, limits)))

/** All of it. */
export const wholeOf = (array: OpenArray): FileArray => array.rows(0, array.shape[0] ?? 1)
