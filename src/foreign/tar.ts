/**
 * Tar files (POSIX ustar, with pax and GNU headers for long names), read as they come and with as little memory as their
 * pieces take; nothing that a header says is believed before it is checked. Written are plain files with short ASCII
 * names, without owners or times, so that the same contents give the same bytes.
 */
import { Malformed } from "./malformed.ts"

const BLOCK = 512
/** Headers that hold a long name are no longer. */
const NAME_BYTES = 1 << 16
/** What may follow the end: programs fill up their last block with zeros. */
const FILLING_BYTES = 1 << 20

export interface TarEntry {
  readonly name: string
  readonly size: number // bytes
  /** A plain file; otherwise a folder, a link, a device: its bytes mean nothing here. */
  readonly isFile: boolean
  /** To be read, if at all, before the next entry is asked for. */
  readonly bytes: AsyncIterable<Uint8Array>
}

export const isTar = (bytes: Uint8Array): boolean =>
  bytes.length >= BLOCK && Buffer.from(bytes.buffer, bytes.byteOffset + 257, 5).toString("latin1") === "ustar"

const padding = (size: number) => (BLOCK - (size % BLOCK)) % BLOCK

/** The checksum of a header is the sum of its bytes with its own eight taken as spaces. */
function checksumOf(header: Uint8Array): number {
  let sum = 8 * 32
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i]
  return sum
}

/** An entry as it stands in a tar file. */
export function* entryBlocks({ name, bytes }: { readonly name: string; readonly bytes: Uint8Array }) {
  const header = Buffer.alloc(BLOCK)
  header.write(name, 0, "latin1")
  header.write("0000644\0" + "0000000\0" + "0000000\0", 100, "latin1") // mode, user, group
  header.write(`${bytes.length.toString(8).padStart(11, "0")}\0${"0".repeat(11)}\0`, 124, "latin1") // size, time
  header.write("0", 156, "latin1") // a plain file
  header.write("ustar\x0000", 257, "latin1")
  header.write(`${checksumOf(header).toString(8).padStart(6, "0")}\0 `, 148, "latin1")
  yield header
  yield bytes
  yield Buffer.alloc(padding(bytes.length))
}

/** What ends a tar file. */
export const endBlocks = (): Uint8Array => Buffer.alloc(2 * BLOCK)

/** Bytes in order, as many at a time as are asked for. */
function makeSource(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
  const iterator = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
  let rest: Uint8Array = new Uint8Array(0)
  /** Up to `most` bytes; undefined at the end. */
  const piece = async (most: number): Promise<Uint8Array | undefined> => {
    while (rest.length === 0) {
      const { done, value } = await iterator.next()
      if (done) return undefined
      rest = value
    }
    const taken = rest.subarray(0, most)
    rest = rest.subarray(taken.length)
    return taken
  }
  return {
    piece,
    /** Exactly so many bytes; undefined if there are fewer. */
    async exactly(count: number): Promise<Buffer | undefined> {
      const pieces: Array<Uint8Array> = []
      for (let left = count; left > 0; ) {
        const next = await piece(left)
        if (next === undefined) return undefined
        pieces.push(next)
        left -= next.length
      }
      return Buffer.concat(pieces)
    },
    close: async () => void (await iterator.return?.())
  }
}

const CUT = "it ends in the middle"

/** Text up to the first NUL. */
const field = (header: Buffer, from: number, length: number) =>
  header.toString("utf8", from, from + length).replace(/\0.*$/s, "")

/** Octal digits between spaces, zeros and NULs; nothing else is a number of bytes. */
function numberIn(header: Buffer, from: number, length: number): number | undefined {
  const digits = /^ *([0-7]{1,12})[ \0]*$/.exec(header.toString("latin1", from, from + length))?.[1]
  return digits === undefined ? undefined : Number.parseInt(digits, 8)
}

/** The members `path` and `size` of a pax header: lines `LENGTH KEY=VALUE\n`, the length that of the whole line. */
function paxMembers(bytes: Buffer): { readonly path?: string; readonly size?: number } {
  const members: { path?: string; size?: number } = {}
  for (let at = 0; at < bytes.length; ) {
    const length = Number(/^([1-9]\d{0,5}) /.exec(bytes.toString("latin1", at, at + 8))?.[1])
    const line = bytes.toString("utf8", at, at + length)
    if (!(at + length <= bytes.length) || !line.endsWith("\n")) throw new Malformed("one of its pax headers is damaged")
    const [, key, value] = /^\d+ ([^=]*)=(.*)\n$/s.exec(line) ?? []
    if (key === "path") members.path = value
    if (key === "size") {
      if (!/^\d{1,15}$/.test(value)) throw new Malformed(`one of its files has the size '${value}'`)
      members.size = Number(value)
    }
    at += length
  }
  return members
}

/**
 * Reads a tar file's entries as they come. `atMost`: bytes of all of them together; what they declare is summed before
 * it is read. Throws `Malformed`.
 */
export async function* readTar(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  atMost: number
): AsyncGenerator<TarEntry> {
  const source = makeSource(chunks)
  let declared = 0
  let next: { readonly path?: string; readonly size?: number } = {}
  try {
    while (true) {
      const header = await source.exactly(BLOCK)
      if (header === undefined) throw new Malformed(CUT)
      if (header.every((byte) => byte === 0)) break
      if (numberIn(header, 148, 8) !== checksumOf(header)) throw new Malformed("not a tar file, or damaged")
      const size = next.size ?? numberIn(header, 124, 12)
      if (size === undefined) throw new Malformed("one of its files has no size, or one that cannot be")
      declared += size
      if (declared > atMost) throw new Malformed(`it unpacks to more than ${atMost.toLocaleString("en-US")} bytes`)
      const type = String.fromCharCode(header[156])
      if ("xgLK".includes(type)) {
        if (size > NAME_BYTES) throw new Malformed("one of its headers is too long")
        const long = await source.exactly(size + padding(size))
        if (long === undefined) throw new Malformed(CUT)
        if (type === "x") next = { ...next, ...paxMembers(long.subarray(0, size)) }
        if (type === "L") next = { ...next, path: field(long, 0, size) }
        continue
      }
      const prefix = field(header, 345, 155)
      const name = next.path ?? `${prefix === "" ? "" : `${prefix}/`}${field(header, 0, 100)}`
      next = {}
      let left = size
      const bytes = async function* () {
        while (left > 0) {
          const piece = await source.piece(left)
          if (piece === undefined) throw new Malformed(CUT)
          left -= piece.length
          yield piece
        }
      }
      yield { name, size, isFile: type === "0" || type === "\0", bytes: bytes() }
      for await (const _ of bytes());
      if ((await source.exactly(padding(size))) === undefined) throw new Malformed(CUT)
    }
    // To the very end, so that whoever decompresses has checked all of it.
    let filling = 0
    for (let piece = await source.piece(BLOCK); piece !== undefined; piece = await source.piece(BLOCK)) {
      filling += piece.length
      if (filling > FILLING_BYTES || piece.some((byte) => byte !== 0)) throw new Malformed("it goes on after its end")
    }
  } finally {
    await source.close()
  }
}
