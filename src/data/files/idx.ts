/**
 * IDX files of every element type (Y. LeCun, http://yann.lecun.com/exdb/mnist): two zero bytes, the type, the number of
 * dimensions, each dimension as a big-endian 32-bit number, then the elements, big-endian.
 */
import { type ByteSource, partOf } from "../../foreign/source.ts"
import { DataError } from "../errors.ts"
import { bytesOf, type NumberType, numbers, type OpenArray, product, rowBytes, shapeText } from "./array.ts"

const TYPES: ReadonlyMap<number, NumberType> = new Map([
  [0x08, "uint8"],
  [0x09, "int8"],
  [0x0b, "int16"],
  [0x0c, "int32"],
  [0x0d, "float32"],
  [0x0e, "float64"]
])

/** Dimensions are counted by a byte. */
const MOST_HEADER_BYTES = 4 + 4 * 255

export const isIdx = (start: Uint8Array): boolean => start.length >= 4 && start[0] === 0 && start[1] === 0

/** An unpacked IDX file. `file` names it in errors. Throws `DataError`. */
export function openIdx(source: ByteSource, file: string): OpenArray {
  const bytes = source.read(0, Math.min(source.size, MOST_HEADER_BYTES))
  const fail = (expected: string, found: string): never => {
    throw new DataError({ file, expected, found, advice: "write or fetch the file again, or correct its path" })
  }
  const type =
    TYPES.get(bytes[2]) ?? fail("one of IDX's types, 08, 09, 0b, 0c, 0d, 0e", bytes[2].toString(16).padStart(2, "0"))
  const rank = bytes[3]
  const start = 4 + 4 * rank
  if (bytes.length < start) fail(`a header of ${start} bytes for ${rank} dimensions`, `${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  const expected = product(shape) * bytesOf(type)
  if (source.size - start !== expected)
    fail(`${expected} bytes for the shape ${shapeText(shape)} of type ${type}`, `${source.size - start} bytes`)
  const elements = {
    source: partOf(source, start, source.size),
    shape,
    bytesEach: bytesOf(type),
    fortran: false
  }
  return {
    type,
    shape,
    file,
    rows: (from, to) => ({
      type,
      file,
      shape: [to - from, ...shape.slice(1)],
      values: numbers(rowBytes(elements, from, to), type, "big")
    })
  }
}
