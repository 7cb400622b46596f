/** What an archive holds: tar, gzip, both, or the file itself; told by its first bytes. */
import { gunzip, isGzip } from "../foreign/gzip.ts"
import { Malformed } from "../foreign/malformed.ts"
import { isTar, readTar } from "../foreign/tar.ts"

/**
 * Those files of an archive that are wanted, by the last part of their names; one that is none, or a gzipped file, is
 * itself under `name`. `atMost`: bytes of all that is in it. Throws `Malformed`.
 */
export async function unpack(
  given: Uint8Array,
  name: string,
  wanted: ReadonlyArray<string>,
  atMost: number
): Promise<ReadonlyMap<string, Uint8Array>> {
  const bytes = isGzip(given) ? gunzip(given, atMost) : given
  if (!isTar(bytes)) return new Map([[name.replace(/\.gz$/, ""), bytes]])
  const files = new Map<string, Uint8Array>()
  for await (const entry of readTar([bytes], atMost)) {
    const file = entry.name.slice(entry.name.lastIndexOf("/") + 1)
    if (!entry.isFile || !wanted.includes(file)) continue
    if (files.has(file)) throw new Malformed(`it holds two files ${file}`)
    const pieces: Array<Uint8Array> = []
    for await (const piece of entry.bytes) pieces.push(piece)
    files.set(file, pieces.length === 1 ? pieces[0] : Buffer.concat(pieces))
  }
  return files
}
