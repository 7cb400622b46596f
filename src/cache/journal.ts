/**
 * The journal: what the cache knows, one line a trace (record.ts), only ever appended to. It is the truth; the LMDB index
 * is made of it and can be made again.
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
import { NEWLINE } from "./line.ts"
import { type JournalRecord, lineOf, makeRecordReader } from "./record.ts"
import { aboveReserve, asDiskFull, needRoom } from "./space.ts"

export interface Journal {
  readonly path: string
  size(): number
  /** Appends records and returns the new size; they are on disk when this returns. Throws, leaving no half line. */
  append(records: ReadonlyArray<JournalRecord>): number
  /** Whole records from an offset on. */
  read(offset: number, take: (record: JournalRecord) => void): JournalRead
  /** Puts a journal of those records that are to be kept in this one's place, in one step, and returns its size. */
  compact(keep: (record: JournalRecord) => boolean): number
  close(): void
}

export interface JournalRead {
  readonly end: number
  /** Lines that are no record: torn, altered, or not of the form that a record has. */
  readonly damaged: number
  /** What is wrong with the first of them. */
  readonly problem: string | undefined
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
    return length === 0 || (readSync(file, last, 0, 1, length - 1) === 1 && last[0] === NEWLINE)
  }

  const read: Journal["read"] = (offset, take) => {
    const end = size()
    let damaged = 0
    let problem: string | undefined
    const reader = makeRecordReader((found) => {
      if (typeof found !== "string") return take(found)
      damaged++
      problem ??= found
    })
    for (let position = offset; position < end; ) {
      const chunk = Buffer.allocUnsafe(Math.min(1 << 22, end - position))
      const count = readSync(file, chunk, 0, chunk.length, position)
      if (count === 0) break
      position += count
      reader.push(chunk.subarray(0, count))
    }
    reader.end()
    return { end, damaged, problem }
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
      const needed = aboveReserve(3 * bytes.length)
      needRoom(dirname(path), needed)
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
