/** An array as a file has it: its shape and its elements in C order, numbers or texts. */

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
  const copy = Uint8Array.from(bytes)
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

/** From Fortran order, where the first index is the fastest, to C order, where the last is. */
export function toRows<A>(shape: ReadonlyArray<number>, from: ArrayLike<A>, to: { [index: number]: A }): void {
  const strides = shape.map((_, axis) => product(shape.slice(0, axis)))
  const index = shape.map(() => 0)
  let place = 0
  for (let i = 0; i < from.length; i++) {
    to[i] = from[place]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += strides[axis]
      if (++index[axis] < shape[axis]) break
      place -= strides[axis] * shape[axis]
      index[axis] = 0
    }
  }
}
