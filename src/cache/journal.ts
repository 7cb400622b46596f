/**
 * The journal: what the cache knows, one line a trace, only ever appended to. It is the truth; the LMDB index is made
 * of it and can be made again. A line is the first 16 hex digits of the SHA-256 of its JSON, a space and the JSON, so
 * that a torn or damaged line is told from a whole one.
 */
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync
} from "node:fs"
import { dirname } from "node:path"
import { sha256 } from "../graph/key.ts"
import type { Trace } from "../graph/trace.ts"
import { asDiskFull, needSpace, RESERVE_BYTES } from "./space.ts"

/** A trace and the small artifacts that live in the index, base64, by digest. */
export interface JournalRecord {
  readonly trace: Trace
  readonly values: Readonly<Record<string, string>>
  /** True where the artifacts of an earlier trace under the key are gone, so that this one takes its place. */
  readonly replaces?: boolean
}

export interface Journal {
  readonly path: string
  size(): number
  /** Appends records and returns the new size; they are on disk when this returns. Throws, leaving no half line. */
  append(records: ReadonlyArray<JournalRecord>): number
  /** Whole records from an offset on; `damaged` counts lines that are none. */
  read(offset: number, take: (record: JournalRecord) => void): { readonly end: number; readonly damaged: number }
  /** Puts a journal of those records that are to be kept in this one's place, in one step, and returns its size. */
  compact(keep: (record: JournalRecord) => boolean): number
  close(): void
}

export const checksum = (text: string) => sha256(text).slice(0, 16)

const lineOf = (record: JournalRecord) => {
  const json = JSON.stringify(record)
  return `${checksum(json)} ${json}\n`
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
}

export function openJournal(path: string, mode: "r" | "a+"): Journal {
  let file = openSync(path, mode)
  let inode = fstatSync(file).ino
  /** Another process may have put a compacted journal in the place of the one that is open here. */
  const current = () => {
    if (statSync(path, { throwIfNoEntry: false })?.ino !== inode) {
      closeSync(file)
      file = openSync(path, mode)
      inode = fstatSync(file).ino
    }
    return file
  }
  const size = () => fstatSync(current()).size

  const endsInNewline = (length: number) => {
    const last = Buffer.alloc(1)
    return length === 0 || (readSync(file, last, 0, 1, length - 1) === 1 && last[0] === 10)
  }

  const read: Journal["read"] = (offset, take) => {
    const end = size()
    let damaged = 0
    let rest: Buffer = Buffer.alloc(0)
    let position = offset
    const line = (bytes: Buffer) => {
      if (bytes.length === 0) return
      const text = bytes.toString("utf8")
      const json = text.slice(17)
      if (text[16] !== " " || checksum(json) !== text.slice(0, 16)) damaged++
      else take(JSON.parse(json) as JournalRecord)
    }
    while (position < end) {
      const chunk = Buffer.alloc(Math.min(1 << 22, end - position))
      const count = readSync(file, chunk, 0, chunk.length, position)
      if (count === 0) break
      position += count
      let bytes = Buffer.concat([rest, chunk.subarray(0, count)])
      for (let newline = bytes.indexOf(10); newline >= 0; newline = bytes.indexOf(10)) {
        line(bytes.subarray(0, newline))
        bytes = bytes.subarray(newline + 1)
      }
      rest = bytes
    }
    line(rest)
    return { end, damaged }
  }

  return {
    path,
    size,
    append(records) {
      const before = size()
      let text = endsInNewline(before) ? "" : "\n"
      for (const record of records) text += lineOf(record)
      const bytes = Buffer.from(text)
      // The index takes as much again, and new pages for what it changes.
      const needed = 3 * bytes.length + RESERVE_BYTES
      needSpace(dirname(path), needed)
      try {
        writeAll(file, bytes)
        fdatasyncSync(file)
      } catch (error) {
        ftruncateSync(file, before)
        throw asDiskFull(error, dirname(path), needed)
      }
      return before + bytes.length
    },
    read,
    compact(keep) {
      const temporary = `${path}.new`
      const fresh = openSync(temporary, "w")
      let bytes = 0
      try {
        let text = ""
        const flush = () => {
          const chunk = Buffer.from(text)
          writeAll(fresh, chunk)
          bytes += chunk.length
          text = ""
        }
        read(0, (record) => {
          if (!keep(record)) return
          text += lineOf(record)
          if (text.length > 1 << 20) flush()
        })
        flush()
        fdatasyncSync(fresh)
        renameSync(temporary, path)
        return bytes
      } catch (error) {
        rmSync(temporary, { force: true })
        throw error
      } finally {
        closeSync(fresh)
      }
    },
    close: () => closeSync(file)
  }
}
