/** Bytes of which a part is read at a time: of a file that is open, however large it is, or in memory. */
import { readSync } from "node:fs"
import { Malformed } from "./malformed.ts"

export interface ByteSource {
  readonly size: number // bytes
  /** Those from one place to another; do not change them, they may be part of a larger array. Throws `Malformed`. */
  read(from: number, to: number): Uint8Array
}

const within = (size: number, from: number, to: number): void => {
  if (!(from >= 0 && from <= to && to <= size)) throw new Malformed("it ends in the middle")
}

export const inMemory = (bytes: Uint8Array): ByteSource => ({
  size: bytes.length,
  read(from, to) {
    within(bytes.length, from, to)
    return bytes.subarray(from, to)
  }
})

export const inFile = ({ descriptor, size }: { readonly descriptor: number; readonly size: number }): ByteSource => ({
  size,
  read(from, to) {
    within(size, from, to)
    const bytes = new Uint8Array(to - from)
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(descriptor, bytes, done, bytes.length - done, from + done)
      if (read === 0) throw new Malformed("it ends in the middle")
      done += read
    }
    return bytes
  }
})

/** A part of a source as one. */
export const partOf = (source: ByteSource, start: number, end: number): ByteSource => {
  within(source.size, start, end)
  return {
    size: end - start,
    read(from, to) {
      within(end - start, from, to)
      return source.read(start + from, start + to)
    }
  }
}

const PIECE_BYTES = 1 << 20

/** All of a source in order, piece by piece. */
export function* piecesOf(source: ByteSource): Generator<Uint8Array> {
  for (let from = 0; from < source.size; from += PIECE_BYTES)
    yield source.read(from, Math.min(source.size, from + PIECE_BYTES))
}
