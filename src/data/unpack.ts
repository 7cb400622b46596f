/** What an archive holds: tar (POSIX ustar), gzip, both, or the file itself; told by its first bytes. */
import { gunzipSync } from "node:zlib"
import { DataError } from "./errors.ts"

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

const BLOCK = 512

const isTar = (bytes: Uint8Array): boolean =>
  bytes.length >= BLOCK && Buffer.from(bytes.buffer, bytes.byteOffset + 257, 5).toString("latin1") === "ustar"

/** Plain files of a tar file by the last part of their names. */
function untar(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const field = (from: number, length: number) =>
    Buffer.from(bytes.buffer, bytes.byteOffset + from, length)
      .toString("latin1")
      .replace(/[\0 ].*$/s, "")
  const files = new Map<string, Uint8Array>()
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0; ) {
    const size = Number.parseInt(field(at + 124, 12), 8)
    const type = bytes[at + 156]
    if (type === 0 || type === 0x30) {
      const name = field(at, 100)
      files.set(name.slice(name.lastIndexOf("/") + 1), bytes.subarray(at + BLOCK, at + BLOCK + size))
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return files
}

/** The files in an archive by name; one that is none, or a gzipped file, is itself under `name`. Throws `DataError`. */
export function unpack(given: Uint8Array, name: string): ReadonlyMap<string, Uint8Array> {
  let bytes = given
  if (isGzip(given)) {
    try {
      bytes = gunzipSync(given)
    } catch (error) {
      const found = `a damaged one (${(error as Error).message})`
      throw new DataError({ file: name, expected: "a whole gzip file", found, advice: "fetch the file again" })
    }
  }
  return isTar(bytes) ? untar(bytes) : new Map([[name.replace(/\.gz$/, ""), bytes]])
}
