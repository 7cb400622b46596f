/** What an archive holds: zip, tar, gzip, both, or the file itself; told by its first bytes. */
import { gunzip, isGzip } from "../foreign/gzip.ts"
import { Malformed } from "../foreign/malformed.ts"
import { inMemory } from "../foreign/source.ts"
import { isTar, readTar } from "../foreign/tar.ts"
import { isZip, unzipEntry, zipEntries } from "../foreign/zip.ts"

/**
 * Those files of an archive that are wanted, by the last part of their names; one that is none, or a gzipped file, is
 * itself under `name`. `atMost`: bytes of all that is in it, or of each that is wanted of a zip file. Throws `Malformed`.
 */
export async function unpack(
  given: Uint8Array,
  name: string,
  wanted: ReadonlyArray<string>,
  atMost: number
): Promise<ReadonlyMap<string, Uint8Array>> {
  if (isZip(given)) return unzip(given, wanted, atMost)
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

/** As `unpack`; files in it may be gzipped on their own. */
function unzip(bytes: Uint8Array, wanted: ReadonlyArray<string>, atMost: number): ReadonlyMap<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  const source = inMemory(bytes)
  for (const entry of zipEntries(source)) {
    const file = entry.name.slice(entry.name.lastIndexOf("/") + 1)
    const name = wanted.find((one) => file === one || file === `${one}.gz`)
    if (name === undefined) continue
    if (files.has(name)) throw new Malformed(`it holds two files ${name}`)
    const content = unzipEntry(source, entry, atMost)
    files.set(name, isGzip(content) ? gunzip(content, atMost) : content)
  }
  return files
}
