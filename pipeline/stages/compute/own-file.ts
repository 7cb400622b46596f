/** The files that a data set names, and a place for what is made of them. */
import { closeSync, openSync } from "node:fs"
import { join } from "node:path"
import { DataError } from "../../../src/data/errors.ts"
import type { Limits } from "../../../src/data/files/file.ts"
import { type ByteSource, inFile, inMemory } from "../../../src/foreign/source.ts"
import type { ComputeContext, ReadFile } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../fetch-parameters.ts"

type Context = Pick<ComputeContext<FetchParameters>, "parameters" | "files" | "absent">

/** Throws `DataError` where it is not there. */
function declared({ parameters, files, absent }: Context, path: string, what: string): ReadFile {
  const file = Object.hasOwn(files, path) ? files[path] : undefined
  if (file !== undefined) return file
  const advice = `put it there, or correct the path in the data set '${parameters.dataset.name}'`
  throw new DataError({ file: path, expected: what, found: absent?.[path] ?? "nothing", advice })
}

/** The bytes of a file, at most so many. Throws `DataError` where it is not there. */
export const bytesOfFile = (context: Context, path: string, what: string, atMost?: number): Uint8Array =>
  declared(context, path, what)(atMost)

/** The same to be read in parts. */
export function openFile(context: Context, path: string, what: string, atMost?: number): ByteSource {
  const file = declared(context, path, what)
  return file.open === undefined ? inMemory(file(atMost)) : inFile(file.open(atMost))
}

/** Calls `read` with a way to unpack into files of the node's own, at most so many bytes each; they are closed then. */
export async function unpacking<A>(
  context: ComputeContext<FetchParameters>,
  read: (limits: (atMost: number) => Limits) => Promise<A>
): Promise<A> {
  const opened: Array<number> = []
  const newFile = () => {
    const descriptor = openSync(join(context.scratch("key"), `unpacked-${opened.length}`), "w+")
    opened.push(descriptor)
    return descriptor
  }
  try {
    return await read((atMost) => ({ atMost, newFile }))
  } finally {
    for (const descriptor of opened) closeSync(descriptor)
  }
}
