/**
 * MATLAB's files of level 5 (The MathWorks, "MAT-File Format"), as far as sets of images need them: full arrays of real
 * numbers, compressed or not, in either order of bytes. Own code: no package that reads them is widely used, and none
 * keeps to limits. What is no array of numbers, and arrays that nobody asked for, are neither unpacked nor judged.
 */
import { constants, inflateSync } from "node:zlib"
import { DataError } from "../errors.ts"
import { bytesOf, type NumberArray, type NumberType, numbers, openInMemory, product, shapeText } from "./array.ts"
import { type LabelList, labelsOf } from "./labels.ts"
import type { ImageSize } from "./pixels.ts"

const ADVICE = "fetch the file again, or write it with save -v7 or scipy.io.savemat"

const HEADER_BYTES = 128
const MATRIX = 14
const COMPRESSED = 15
/** How elements are stored: types of numbers by their code. */
const TYPES: ReadonlyMap<number, NumberType> = new Map([
  [1, "int8"],
  [2, "uint8"],
  [3, "int16"],
  [4, "uint16"],
  [5, "int32"],
  [6, "uint32"],
  [7, "float32"],
  [9, "float64"],
  [12, "int64"],
  [13, "uint64"]
])
/** Classes of full arrays of numbers: double, single, and whole numbers of 8 to 64 bits. */
const isNumeric = (kind: number): boolean => kind >= 6 && kind <= 15
const COMPLEX = 0x800
const MOST_SIDES = 32
/** Flags, sides and name of an array stand within so many bytes. */
const START_BYTES = 1024

type Fail = (expected: string, found: string) => never

interface Element {
  readonly type: number
  readonly start: number // of its data
  readonly size: number // bytes of its data
  readonly next: number
}

interface Source {
  readonly bytes: Uint8Array
  readonly order: "little" | "big"
  readonly fail: Fail
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The element that begins at a place: its type and size, in eight bytes, or in four with up to four of data after them. */
function elementAt({ bytes, order, fail }: Source, at: number): Element {
  const little = order === "little"
  if (at + 8 > bytes.length) fail("an element of data", `the end of the file at byte ${at}`)
  const first = viewOf(bytes).getUint32(at, little)
  if (first >>> 16 !== 0) {
    const size = first >>> 16
    if (size > 4) fail("a small element of at most 4 bytes", `one of ${size} bytes at byte ${at}`)
    return { type: first & 0xffff, start: at + 4, size, next: at + 8 }
  }
  const size = viewOf(bytes).getUint32(at + 4, little)
  // What is compressed stands without bytes that fill it up.
  const next = at + 8 + (first === COMPRESSED ? size : Math.ceil(size / 8) * 8)
  return { type: first, start: at + 8, size, next }
}

interface Start {
  readonly name: string
  readonly kind: number
  readonly flags: number
  readonly shape: ReadonlyArray<number>
  readonly data: number // where the element with its numbers begins
}

/** What stands before an array's numbers; `at` is the place after the array's own tag. */
function startOf(source: Source, at: number): Start {
  const { bytes, order, fail } = source
  const view = viewOf(bytes)
  const flags = elementAt(source, at)
  if (flags.type !== 6 || flags.size !== 8 || flags.next > bytes.length) fail("the flags of an array", "something else")
  const word = view.getUint32(flags.start, order === "little")
  const sides = elementAt(source, flags.next)
  if (sides.type !== 5 || sides.size > 4 * MOST_SIDES || sides.start + sides.size > bytes.length)
    fail("the sides of an array", "something else")
  const shape = Array.from({ length: sides.size / 4 }, (_, i) => view.getInt32(sides.start + 4 * i, order === "little"))
  if (shape.some((side) => side < 0)) fail("the sides of an array", shapeText(shape))
  const name = elementAt(source, sides.next)
  if (name.type !== 1 || name.start + name.size > bytes.length) fail("the name of an array", "something else")
  const text = Buffer.from(bytes.subarray(name.start, name.start + name.size)).toString("latin1")
  return { name: text, kind: word & 0xff, flags: word, shape, data: name.next }
}

function inflated(part: Uint8Array, atMost: number, fail: Fail): Uint8Array {
  try {
    return inflateSync(part, { maxOutputLength: Math.max(1, atMost) })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    return fail(
      "an array as large as the set is declared",
      code === "ERR_BUFFER_TOO_LARGE"
        ? `one that unpacks to more than ${atMost.toLocaleString("en-US")} bytes`
        : `damaged bytes (${message})`
    )
  }
}

/** The first bytes of what is compressed. */
function beginningOf(part: Uint8Array, fail: Fail): Uint8Array {
  try {
    return inflateSync(part.subarray(0, START_BYTES), { finishFlush: constants.Z_SYNC_FLUSH })
  } catch (error) {
    return fail("a compressed element", `damaged bytes (${(error as Error).message})`)
  }
}

/** Every array of a file at its top, by what stands before its numbers. */
function* arraysOf(source: Source): Generator<{ readonly start: Start; readonly whole: (atMost: number) => Source }> {
  const { bytes, fail } = source
  for (let at = HEADER_BYTES; at < bytes.length; ) {
    const { type, start, size, next } = elementAt(source, at)
    if (start + size > bytes.length)
      fail(`an element of ${size} bytes`, `${bytes.length - start} bytes, a file cut off`)
    const part = bytes.subarray(start, start + size)
    if (type === COMPRESSED) {
      const beginning = { ...source, bytes: beginningOf(part, fail) }
      if (elementAt(beginning, 0).type === MATRIX)
        yield {
          start: startOf(beginning, 8),
          whole: (atMost) => ({ ...source, bytes: inflated(part, atMost + START_BYTES, fail).subarray(8) })
        }
    } else if (type === MATRIX) {
      const own = { ...source, bytes: part }
      yield { start: startOf(own, 0), whole: () => own }
    }
    at = next
  }
}

/**
 * One array, with its sides in reverse: MATLAB's first index is the fastest, so that its numbers are those of the reversed
 * array in C order. `atMost`: bytes of it, unpacked. `file` names it in errors. Throws `DataError`.
 */
export function readMatArray(bytes: Uint8Array, file: string, name: string, atMost: number): NumberArray {
  const failAt =
    (place: string): Fail =>
    (expected, found) => {
      throw new DataError({ file: place, expected, found, advice: ADVICE })
    }
  const fail = failAt(file)
  const latin = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString("latin1")
  const mark = latin(126, 128)
  if (bytes.length < HEADER_BYTES || (mark !== "IM" && mark !== "MI"))
    fail("a MATLAB file of level 5", bytes.length === 0 ? "an empty file" : "other bytes")
  if (latin(0, 10) === "MATLAB 7.3") fail("a MATLAB file of level 5", "one of version 7.3 (HDF5), which is not read")
  const order = mark === "IM" ? "little" : "big"
  const names: Array<string> = []
  for (const { start, whole } of arraysOf({ bytes, order, fail })) {
    names.push(start.name)
    if (start.name !== name) continue
    const at = `${file}:${name}`
    const failHere = failAt(at)
    if (!isNumeric(start.kind) || (start.flags & COMPLEX) !== 0)
      failHere("a full array of real numbers", `an array of another kind (class ${start.kind})`)
    const source = { ...whole(atMost), fail: failHere }
    const { type, start: from, size } = elementAt(source, startOf(source, 0).data)
    const stored = TYPES.get(type) ?? failHere("numbers", `elements of type ${type}`)
    const expected = product(start.shape) * bytesOf(stored)
    if (size !== expected || from + size > source.bytes.length)
      failHere(
        `${expected} bytes for the shape ${shapeText(start.shape)} of type ${stored}`,
        `${Math.min(size, Math.max(0, source.bytes.length - from))} bytes`
      )
    const values = numbers(source.bytes.subarray(from, from + size), stored, order)
    return { type: stored, shape: [...start.shape].reverse(), file: at, values }
  }
  return fail(`an array ${name}`, names.length === 0 ? "none" : names.join(", ").slice(0, 200))
}

export interface MatSet {
  readonly images: Uint8Array // [n, C, H, W]
  readonly labels: LabelList
}

/** Images X [H, W, C, n] of bytes and labels y [n, 1], as the files of SVHN have them. Throws `DataError`. */
export function readMatSet(
  bytes: Uint8Array,
  file: string,
  { channels, height, width }: ImageSize,
  { classes, atMost }: { readonly classes: number; readonly atMost: number }
): MatSet {
  const { shape, values, file: at } = readMatArray(bytes, file, "X", atMost)
  const [count = 0, ...sides] = shape
  if (!(values instanceof Uint8Array) || String(sides) !== String([channels, width, height])) {
    const expected = `images (${height}, ${width}, ${channels}, n) of uint8`
    const found = `the shape ${shapeText([...shape].reverse())}`
    throw new DataError({ file: at, expected, found, advice: "correct the shape that the data set declares" })
  }
  const labels = labelsOf(openInMemory(turned(readMatArray(bytes, file, "y", atMost))), classes)
  const pixels = height * width
  const images = new Uint8Array(values.length)
  for (let plane = 0; plane < count * channels * pixels; plane += pixels)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) images[plane + y * width + x] = values[plane + x * height + y]
  return { images, labels }
}

/** A column or a row of labels as a plain list. */
function turned(array: NumberArray): NumberArray {
  const sides = array.shape.filter((side) => side !== 1)
  return sides.length > 1 ? array : { ...array, shape: [array.values.length] }
}
