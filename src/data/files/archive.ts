/** Image files in a tar archive, read as they come: nothing of it touches the disk, wherever its paths lead. */
import { createGunzip } from "node:zlib"
import { isGzip } from "../../foreign/gzip.ts"
import { Malformed } from "../../foreign/malformed.ts"
import { readTar } from "../../foreign/tar.ts"
import { DataError } from "../errors.ts"
import { EXTENSIONS } from "./listing.ts"

export interface ArchivedPicture {
  readonly name: string // with the archive's, as errors name it
  readonly label: string // the folder that it lies in
  readonly bytes: Uint8Array
}

/** What all of it may unpack to: no archive of pictures that are packed already is many times its size. */
const mostOf = (archive: Uint8Array) => 16 * archive.length + (1 << 20)

/**
 * The pictures in the folders of a folder of an archive, each of which is a class, in the archive's order. `file` names it
 * in errors. Throws `DataError`.
 */
export async function* picturesIn(archive: Uint8Array, file: string, folder: string): AsyncGenerator<ArchivedPicture> {
  const inside = `${folder}/`
  try {
    for await (const { name, isFile, bytes } of readTar(chunksOf(archive), mostOf(archive))) {
      const path = name.replace(/^(\.\/)+/, "")
      const extension = path.slice(path.lastIndexOf(".") + 1).toLowerCase()
      if (!isFile || !path.startsWith(inside) || !EXTENSIONS.includes(extension)) continue
      const [label, ...rest] = path.slice(inside.length).split("/")
      if (rest.length === 0) continue
      const pieces: Array<Uint8Array> = []
      for await (const piece of bytes) pieces.push(piece)
      yield { name: `${file}:${path}`, label, bytes: Buffer.concat(pieces) }
    }
  } catch (error) {
    if (error instanceof DataError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    // zlib tells of damage by codes such as Z_DATA_ERROR.
    if (!(error instanceof Malformed) && !code?.startsWith("Z_")) throw error
    throw new DataError({
      file,
      expected: "a whole tar file",
      found: `that ${message}`,
      advice: "fetch the file again"
    })
  }
}

function chunksOf(archive: Uint8Array): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  if (!isGzip(archive)) return [archive]
  const unzipped = createGunzip()
  unzipped.end(archive)
  return unzipped
}
