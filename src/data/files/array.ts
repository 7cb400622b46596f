/** An array as a file has it: its shape and its elements in C order, numbers or texts; whole, or some rows at a time. */
import type { ByteSource } from "../../foreign/source.ts"

export type Numbers =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | BigUint64Array
  | BigInt64Array
  | Float32Array
  | Float64Array

export type NumberType =
  | "bool"
  | "uint8"
  | "int8"
  | "uint16"
  | "int16"
  | "uint32"
  | "int32"
  | "uint64"
  | "int64"
  | "float16"
  | "float32"
  | "float64"

interface Shaped {
  readonly shape: ReadonlyArray<number>
  /** Where it stands, as errors name it: a file, or a file and an array in it. */
  readonly file: string
}

export interface NumberArray extends Shaped {
  readonly type: NumberType
  readonly values: Numbers // as many as the product of shape
}

export interface TextArray extends Shaped {
  readonly type: "text"
  readonly values: ReadonlyArray<string>
}

export type FileArray = NumberArray | TextArray

/** An array that stays in its file. A row is all that has one first index: an image, a label. */
export interface OpenArray extends Shaped {
  readonly type: NumberType | "text"
  /** Rows from one place to another, as an array of as many. Throws `DataError`. */
  rows(from: number, to: number): FileArray
}

export const product = (sides: ReadonlyArray<number>): number => sides.reduce((a, b) => a * b, 1)

/** A shape in a message: at most eight sides of it. */
export const shapeText = (shape: ReadonlyArray<number>): string =>
  `(${shape.slice(0, 8).join(", ")}${shape.length > 8 ? ", …" : ""})`

const CONSTRUCTORS = {
  bool: Uint8Array,
  uint8: Uint8Array,
  int8: Int8Array,
  uint16: Uint16Array,
  int16: Int16Array,
  uint32: Uint32Array,
  int32: Int32Array,
  uint64: BigUint64Array,
  int64: BigInt64Array,
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array
} as const

export const bytesOf = (type: NumberType): number => CONSTRUCTORS[type].BYTES_PER_ELEMENT

/** Elements from their bytes in either order; a copy, but for single bytes. */
export function numbers(bytes: Uint8Array, type: NumberType, order: "little" | "big"): Numbers {
  const size = bytesOf(type)
  if (size === 1) return new CONSTRUCTORS[type](bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length)
  const copy = new Uint8Array(bytes)
  if (order === "big") {
    const buffer = Buffer.from(copy.buffer)
    if (size === 2) buffer.swap16()
    else if (size === 4) buffer.swap32()
    else buffer.swap64()
  }
  const values = new CONSTRUCTORS[type](copy.buffer)
  return type === "float16" ? Float32Array.from(values as Uint16Array, half) : values
}

/** A half-precision number (IEEE 754 binary16) of its bits; exact. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  if (exponent === 0) return (sign * fraction) / 0x1000000
  // 2 to the power of exponent - 15, whatever the sign of that.
  const scale = exponent < 15 ? 1 / (1 << (15 - exponent)) : 1 << (exponent - 15)
  return sign * (1 + fraction / 1024) * scale
}

/** An array in memory as one that is read in parts. */
export function openInMemory(array: NumberArray): OpenArray {
  const { shape, values } = array
  const width = product(shape.slice(1))
  const rows = (from: number, to: number) => ({
    ...array,
    shape: [to - from, ...shape.slice(1)],
    values: values.subarray(from * width, to * width)
  })
  return { ...array, rows }
}

/** Bytes of elements that are read and changed at a time. */
const PIECE_BYTES = 4 << 20

/** All rows of an array, some at a time. Throws `DataError`. */
export function* piecesOf(array: OpenArray): Generator<{ readonly first: number; readonly rows: FileArray }> {
  const [count = 0, ...sides] = array.shape
  const row = product(sides) * (array.type === "text" ? 64 : bytesOf(array.type))
  const most = Math.max(1, Math.floor(PIECE_BYTES / Math.max(1, row)))
  for (let first = 0; first < count; first += most)
    yield { first, rows: array.rows(first, Math.min(count, first + most)) }
}

/** Where the elements of an array stand in a file. */
export interface Elements {
  readonly source: ByteSource // of them alone
  readonly shape: ReadonlyArray<number>
  readonly bytesEach: number
  readonly fortran: boolean
}

/**
 * The bytes of rows, in C order. In Fortran order the first index is the fastest, so that rows are as many runs as one of
 * them has elements.
 */
export function rowBytes({ source, shape, bytesEach, fortran }: Elements, from: number, to: number): Uint8Array {
  const [count, ...sides] = shape
  const width = product(sides)
  if (!fortran || sides.length === 0) return source.read(from * width * bytesEach, to * width * bytesEach)
  const rows = to - from
  const bytes = new Uint8Array(rows * width * bytesEach)
  for (const [i, place] of placesInRow(sides).entries()) {
    const start = (i * count + from) * bytesEach
    const run = source.read(start, start + rows * bytesEach)
    for (let row = 0, at = place * bytesEach; row < rows; row++, at += width * bytesEach)
      for (let k = 0; k < bytesEach; k++) bytes[at + k] = run[row * bytesEach + k]
  }
  return bytes
}

/** Where each element of a row in Fortran order stands in C order. */
function placesInRow(sides: ReadonlyArray<number>): Uint32Array {
  const strides = sides.map((_, axis) => product(sides.slice(axis + 1)))
  const index = sides.map(() => 0)
  const places = new Uint32Array(product(sides))
  let place = 0
  for (let i = 0; i < places.length; i++) {
    places[i] = place
    for (let axis = 0; axis < sides.length; axis++) {
      place += strides[axis]
      if (++index[axis] < sides[axis]) break
      place -= strides[axis] * sides[axis]
      index[axis] = 0
    }
  }
  return places
}
