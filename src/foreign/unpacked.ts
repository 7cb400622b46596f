/** What is compressed, unpacked into a file within limits, in little memory: from there it is read in any order. */
import { writeSync } from "node:fs"
import { pipeline } from "node:stream/promises"
import { crc32, createGunzip, createInflate, createInflateRaw } from "node:zlib"
import { Malformed } from "./malformed.ts"
import { type ByteSource, inFile, piecesOf } from "./source.ts"

/** Opens a new, empty file for what is unpacked; whoever gives it closes it. */
export type NewFile = () => number

const STREAMS = { gzip: createGunzip, deflate: createInflate, "deflate-raw": createInflateRaw } as const

/** `atMost`: bytes unpacked; a few kilobytes can hold gigabytes. Rejects with `Malformed`. */
export async function unpackInto(
  descriptor: number,
  packed: ByteSource,
  format: keyof typeof STREAMS,
  atMost: number
): Promise<{ readonly source: ByteSource; readonly crc: number }> {
  let size = 0
  let crc = 0
  try {
    await pipeline(piecesOf(packed), STREAMS[format](), async (pieces: AsyncIterable<Uint8Array>) => {
      for await (const piece of pieces) {
        if (size + piece.length > atMost)
          throw new Malformed(`it unpacks to more than ${atMost.toLocaleString("en-US")} bytes`)
        for (let done = 0; done < piece.length; ) done += writeSync(descriptor, piece, done)
        size += piece.length
        crc = crc32(piece, crc)
      }
    })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // zlib tells of damage by codes such as Z_DATA_ERROR; what else goes wrong is no fault of the bytes.
    throw code?.startsWith("Z_") ? new Malformed(`it is damaged (${message})`) : error
  }
  return { source: inFile({ descriptor, size }), crc }
}
