/**
 * Zip files (PKWARE APPNOTE 6.3, with ZIP64), as far as archives of data need them: entries that are stored or deflated.
 * What the directory says is checked before it is believed, and what is unpacked against its size and CRC-32.
 */
import { crc32, inflateRawSync } from "node:zlib"
import { Malformed } from "./malformed.ts"
import { type ByteSource, partOf, piecesOf } from "./source.ts"
import { type NewFile, unpackInto } from "./unpacked.ts"

export interface ZipEntry {
  readonly name: string
  readonly method: number // 0: stored, 8: deflated
  readonly encrypted: boolean
  readonly crc: number
  readonly packed: number // bytes in the archive
  readonly size: number // bytes unpacked, as declared
  readonly start: number // of its local header
}

const END = 0x06054b50
const END_64 = 0x06064b50
const LOCATOR_64 = 0x07064b50
const ENTRY = 0x02014b50
const LOCAL = 0x04034b50
const UNKNOWN = 0xffffffff
const END_BYTES = 22
const ENTRY_BYTES = 46
const LOCAL_BYTES = 30
const LOCATOR_BYTES = 20
const END_64_BYTES = 56
/** After the end record comes a comment of at most so many bytes. */
const COMMENT_BYTES = 0xffff
/** A directory with more bytes or entries is no archive of arrays or of a data set. */
const DIRECTORY_BYTES = 1 << 28
const MOST_ENTRIES = 10_000_000

export const isZip = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5)

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** A 64-bit number that can be a place in a file; one that cannot is beyond all files. */
const number64 = (view: DataView, at: number): number => {
  const value = view.getBigUint64(at, true)
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value)
}

/** Where the directory begins, and how many entries it has. */
function directoryOf(source: ByteSource): { readonly start: number; readonly count: number } {
  const from = Math.max(0, source.size - END_BYTES - COMMENT_BYTES - LOCATOR_BYTES)
  const view = viewOf(source.read(from, source.size))
  const first = Math.max(0, view.byteLength - END_BYTES - COMMENT_BYTES)
  let end = view.byteLength - END_BYTES
  while (end >= first && view.getUint32(end, true) !== END) end--
  if (end < first) throw new Malformed("not a zip file, or cut off: the directory at its end is missing")
  const locator = end - LOCATOR_BYTES
  if (locator >= 0 && view.getUint32(locator, true) === LOCATOR_64) {
    const place = number64(view, locator + 8)
    if (place + END_64_BYTES > from + locator) throw new Malformed("its ZIP64 directory is damaged")
    const wide = viewOf(source.read(place, place + END_64_BYTES))
    if (wide.getUint32(0, true) !== END_64) throw new Malformed("its ZIP64 directory is damaged")
    return { start: number64(wide, 48), count: number64(wide, 32) }
  }
  return { start: view.getUint32(end + 16, true), count: view.getUint16(end + 10, true) }
}

/** The sizes and the place that stand in the ZIP64 part of an entry, in the order in which they are missing before. */
function wide(view: DataView, from: number, to: number, values: ReadonlyArray<number>): ReadonlyArray<number> {
  if (!values.includes(UNKNOWN)) return values
  for (let at = from; at + 4 <= to; ) {
    const length = view.getUint16(at + 2, true)
    let place = at + 4
    if (view.getUint16(at, true) === 1) {
      return values.map((value) => {
        if (value !== UNKNOWN) return value
        if (place + 8 > Math.min(to, at + 4 + length)) throw new Malformed("its ZIP64 sizes are damaged")
        place += 8
        return number64(view, place - 8)
      })
    }
    at = place + length
  }
  return values
}

/** What the directory lists, in its order. Throws `Malformed`. */
export function zipEntries(source: ByteSource): ReadonlyArray<ZipEntry> {
  const { start, count } = directoryOf(source)
  if (count > MOST_ENTRIES) throw new Malformed(`its directory has ${count} entries`)
  if (source.size - start > DIRECTORY_BYTES) throw new Malformed(`its directory has ${source.size - start} bytes`)
  const bytes = source.read(Math.min(start, source.size), source.size)
  const view = viewOf(bytes)
  const entries: Array<ZipEntry> = []
  for (let at = 0, i = 0; i < count; i++) {
    if (at + ENTRY_BYTES > bytes.length || view.getUint32(at, true) !== ENTRY)
      throw new Malformed(`its directory is damaged at entry ${i} of ${count}`)
    const name = at + ENTRY_BYTES
    const extra = name + view.getUint16(at + 28, true)
    const comment = extra + view.getUint16(at + 30, true)
    if (comment > bytes.length) throw new Malformed(`its directory is damaged at entry ${i} of ${count}`)
    const [size, packed, place] = wide(
      view,
      extra,
      comment,
      [24, 20, 42].map((offset) => view.getUint32(at + offset, true))
    )
    entries.push({
      name: Buffer.from(bytes.subarray(name, extra)).toString("utf8"),
      method: view.getUint16(at + 10, true),
      encrypted: (view.getUint16(at + 8, true) & 1) === 1,
      crc: view.getUint32(at + 16, true),
      packed,
      size,
      start: place
    })
    at = comment + view.getUint16(at + 32, true)
  }
  return entries
}

/** Where an entry's bytes stand, if it is not more than `atMost` bytes unpacked. Throws `Malformed`. */
function packedOf(
  source: ByteSource,
  { size, packed, method, start, encrypted }: ZipEntry,
  atMost: number
): ByteSource {
  if (encrypted) throw new Malformed("it is encrypted")
  if (size > atMost)
    throw new Malformed(
      `it unpacks to ${size.toLocaleString("en-US")} bytes, at most ${atMost.toLocaleString("en-US")}`
    )
  if (method !== 0 && method !== 8)
    throw new Malformed(`it is compressed by method ${method}; only stored and deflated ones are read`)
  const elsewhere = "the directory names a place where it is not"
  if (start + LOCAL_BYTES > source.size) throw new Malformed(elsewhere)
  const local = viewOf(source.read(start, start + LOCAL_BYTES))
  if (local.getUint32(0, true) !== LOCAL) throw new Malformed(elsewhere)
  const from = start + LOCAL_BYTES + local.getUint16(26, true) + local.getUint16(28, true)
  if (from + packed > source.size) throw new Malformed("it is cut off")
  return partOf(source, from, from + packed)
}

function check({ size, crc }: ZipEntry, foundSize: number, foundCrc: number): void {
  if (foundSize !== size) throw new Malformed(`it has ${foundSize} bytes, not the ${size} that it declares`)
  if (foundCrc !== crc) throw new Malformed("its bytes are damaged (its CRC-32 differs)")
}

/** What an entry holds, if it is as large as declared and not more than `atMost` bytes. Throws `Malformed`. */
export function unzipEntry(source: ByteSource, entry: ZipEntry, atMost: number): Uint8Array {
  const packed = packedOf(source, entry, atMost)
  const part = packed.read(0, packed.size)
  const data = entry.method === 0 ? part : inflated(part, entry.size)
  check(entry, data.length, crc32(data))
  return data
}

/** The same to be read in parts: where it stands if it is stored, else by way of a file. Rejects with `Malformed`. */
export async function openEntry(
  source: ByteSource,
  entry: ZipEntry,
  atMost: number,
  newFile: NewFile
): Promise<ByteSource> {
  const packed = packedOf(source, entry, atMost)
  if (entry.method === 0) {
    let crc = 0
    for (const piece of piecesOf(packed)) crc = crc32(piece, crc)
    check(entry, packed.size, crc)
    return packed
  }
  const unpacked = await unpackInto(newFile(), packed, "deflate-raw", entry.size)
  check(entry, unpacked.source.size, unpacked.crc)
  return unpacked.source
}

function inflated(part: Uint8Array, size: number): Uint8Array {
  try {
    return inflateRawSync(part, { maxOutputLength: Math.max(1, size) })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new Malformed(
      code === "ERR_BUFFER_TOO_LARGE"
        ? `it unpacks to more than the ${size} bytes that it declares`
        : `it is damaged (${message})`
    )
  }
}
