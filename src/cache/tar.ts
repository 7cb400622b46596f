/**
 * Tar files (POSIX ustar), as much of it as archives of the cache need: plain files with short ASCII names, without
 * owners or times, so that the same contents give the same bytes.
 */

const BLOCK = 512

export interface Entry {
  readonly name: string // ASCII, at most 100 characters
  readonly bytes: Uint8Array
}

const padding = (size: number) => (BLOCK - (size % BLOCK)) % BLOCK

/** The checksum of a header is the sum of its bytes with its own eight taken as spaces. */
function checksumOf(header: Uint8Array): number {
  let sum = 8 * 32
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += header[i]
  return sum
}

/** An entry as it stands in a tar file. */
export function* entryBlocks({ name, bytes }: Entry): Generator<Uint8Array> {
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

/** Reads a tar file's entries as they come. Throws if it is none, or ends before its end. */
export async function* readEntries(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Entry> {
  let held: Array<Uint8Array> = []
  let size = 0
  const source = chunks[Symbol.asyncIterator]()
  const take = async (count: number): Promise<Buffer> => {
    while (size < count) {
      const { done, value } = await source.next()
      if (done) throw new Error("it ends in the middle")
      held.push(value)
      size += value.length
    }
    const all = held.length === 1 ? Buffer.from(held[0].buffer, held[0].byteOffset, size) : Buffer.concat(held)
    held = [all.subarray(count)]
    size -= count
    return all.subarray(0, count)
  }
  const text = (header: Buffer, from: number, length: number) =>
    header.toString("latin1", from, from + length).replace(/[\0 ].*$/s, "")
  while (true) {
    const header = await take(BLOCK)
    if (header.every((byte) => byte === 0)) break
    if (Number.parseInt(text(header, 148, 8), 8) !== checksumOf(header))
      throw new Error("it is no tar file, or damaged")
    const length = Number.parseInt(text(header, 124, 12), 8)
    const name = text(header, 0, 100)
    const bytes = await take(length)
    await take(padding(length))
    yield { name, bytes }
  }
  // To the very end, so that whoever decompresses has checked all of it.
  while (!(await source.next()).done);
}
