/**
 * Lines: how the journal, archives and the index frame what they keep. A line is the first 16 hex digits of the SHA-256 of
 * its JSON, a space and the JSON, so that a torn or damaged line is told from a whole one. What the JSON may say is
 * record.ts's matter.
 */
import { sha256 } from "../graph/key.ts"

export const NEWLINE = 10

/** No line is longer: a trace over a hundred thousand results has some ten megabytes. */
const MOST_BYTES = 1 << 28

const checksum = (text: string) => sha256(text).slice(0, 16)

/** Where in a line the space stands, between checksum and JSON. */
const SPACE_AT = 16
const SPACE = 32

/** JSON as a line, without its newline. */
export const sealed = (json: string): string => `${checksum(json)} ${json}`

/** The JSON in a line or an entry, without its newline; undefined if its checksum is not that of its bytes. */
export function jsonIn(text: string): string | undefined {
  const json = text.slice(SPACE_AT + 1)
  return text[SPACE_AT] === " " && checksum(json) === text.slice(0, SPACE_AT) ? json : undefined
}

export const TORN = "a line's checksum is not that of its bytes"

/** A line, without its newline; or what keeps it from being one. */
export type Found = { readonly line: string } | { readonly problem: string }

/**
 * Parts bytes into lines, passing over empty ones. Gigabytes that are no journal take seconds and little memory: a line is
 * held only while it may be one.
 */
export function makeLineReader(give: (found: Found) => void) {
  let pieces: Array<Uint8Array> = []
  let length = 0
  let isHopeless = false
  const add = (piece: Uint8Array) => {
    length += piece.length
    if (isHopeless) return
    pieces.push(piece)
    isHopeless = length > MOST_BYTES || (length > SPACE_AT && byteAt(pieces, SPACE_AT) !== SPACE)
    if (isHopeless) pieces = []
  }
  const finish = () => {
    if (length > MOST_BYTES) give({ problem: `a line has more than ${MOST_BYTES} bytes` })
    else if (isHopeless) give({ problem: TORN })
    else if (length > 0) give({ line: Buffer.concat(pieces).toString("utf8") })
    pieces = []
    length = 0
    isHopeless = false
  }
  return {
    push(chunk: Uint8Array) {
      for (let from = 0; from < chunk.length; ) {
        const newline = endOfLine(chunk, from)
        if (newline < 0) return add(chunk.subarray(from))
        const isShort = length === 0 && newline - from <= SPACE_AT
        if (!isShort) {
          add(chunk.subarray(from, newline))
          finish()
        } else if (newline > from) give({ problem: TORN })
        from = newline + 1
      }
    },
    end: finish
  }
}

function byteAt(pieces: ReadonlyArray<Uint8Array>, at: number): number | undefined {
  let before = 0
  for (const piece of pieces) {
    if (at < before + piece.length) return piece[at - before]
    before += piece.length
  }
  return undefined
}

/** Where a line ends; -1 if not in this chunk. */
function endOfLine(chunk: Uint8Array, from: number): number {
  // A call of `indexOf` takes longer than to look at so many bytes, and there may be a billion of short lines.
  const near = Math.min(from + 64, chunk.length)
  for (let i = from; i < near; i++) if (chunk[i] === NEWLINE) return i
  return chunk.indexOf(NEWLINE, near)
}
