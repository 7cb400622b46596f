/**
 * Tensors in a file, in Hugging Face's format safetensors (https://github.com/huggingface/safetensors, "Format"):
 * an 8-byte little-endian length, a JSON header, then the tensors' bytes without gaps. Equal tensors give equal bytes:
 * wide elements come first, so that every tensor is aligned, otherwise in the order given.
 */
import { DataError } from "./errors.ts"
import { list, Misfit, named, parse, type Reader, record, text, whole } from "./json.ts"

export type TensorData = Uint8Array | Uint16Array | Int32Array | Float32Array | Float64Array

export interface StoredTensor<D extends TensorData = TensorData> {
  readonly shape: ReadonlyArray<number>
  readonly data: D
}

export interface Safetensors {
  readonly tensors: Readonly<Record<string, StoredTensor>>
  readonly metadata: Readonly<Record<string, string>>
}

const TYPES = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U16: Uint16Array,
  U8: Uint8Array
} as const
type TypeName = keyof typeof TYPES

function typeOf(data: TensorData): TypeName {
  for (const [name, type] of Object.entries(TYPES)) if (data instanceof type) return name as TypeName
  throw new TypeError(`safetensors: no type for ${data.constructor.name}`)
}

export function writeSafetensors(
  tensors: Readonly<Record<string, StoredTensor>>,
  metadata: Readonly<Record<string, string>> = {}
): Uint8Array<ArrayBuffer> {
  const wideFirst = Object.entries(tensors).sort(([, a], [, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT)
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {}
  let size = 0
  for (const [name, { shape, data }] of wideFirst) {
    if (shape.reduce((a, b) => a * b, 1) !== data.length) {
      throw new RangeError(`safetensors: ${name} has ${data.length} elements, its shape [${shape}] another number`)
    }
    header[name] = { dtype: typeOf(data), shape, data_offsets: [size, size + data.byteLength] }
    size += data.byteLength
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const start = Math.ceil((8 + text.length) / 8) * 8
  const bytes = new Uint8Array(start + size)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true)
  bytes.fill(0x20, 8, start)
  bytes.set(text, 8)
  let at = start
  for (const [, { data }] of wideFirst) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return bytes
}

const anything: Reader<unknown> = (value) => value
const entry: Reader<{ dtype: string; shape: ReadonlyArray<number>; data_offsets: ReadonlyArray<number> }> = (
  value,
  at
) => record({ dtype: text, shape: list(whole), data_offsets: list(whole) })(value, at)

/**
 * The tensors of a file, as views of its bytes where they are aligned (copies where not): do not change them.
 * `file` names it in errors. Throws `DataError`.
 */
export function readSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const fail: (expected: string, found: string) => never = (expected, found) => {
    throw new DataError({ file, expected, found, advice: "the file is damaged or in another format" })
  }
  if (bytes.length < 8) fail("a safetensors file (at least 8 bytes)", `${bytes.length} bytes`)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))
  if (8 + length > bytes.length) fail(`a header of ${length} bytes`, `a file of ${bytes.length} bytes`)
  const start = 8 + length
  const readHeader = () => {
    try {
      const { __metadata__, ...entries } = parse(bytes.subarray(8, start), named(anything))
      const metadata = __metadata__ === undefined ? {} : named(text)(__metadata__, "__metadata__")
      return { metadata, entries: Object.entries(named(entry)(entries, "")) }
    } catch (error) {
      if (!(error instanceof Misfit)) throw error
      return fail(error.at === "" ? "a header in JSON" : `${error.at} to be ${error.expected}`, error.found)
    }
  }
  const { metadata, entries } = readHeader()
  const tensors: Record<string, StoredTensor> = {}
  for (const [name, { dtype, shape, data_offsets: offsets }] of entries) {
    const [from, to] = offsets.length === 2 ? offsets : fail(`two offsets of ${name}`, String(offsets.length))
    const Type = Object.hasOwn(TYPES, dtype)
      ? TYPES[dtype as TypeName]
      : fail(`${name} of type ${Object.keys(TYPES).join(", ")}`, dtype)
    const count = shape.reduce((a, b) => a * b, 1)
    if (to - from !== count * Type.BYTES_PER_ELEMENT) {
      fail(`${count * Type.BYTES_PER_ELEMENT} bytes of ${name}`, `${to - from} bytes`)
    }
    if (start + to > bytes.length) fail(`${name} within the file`, `a file of ${bytes.length} bytes`)
    const place = bytes.byteOffset + start + from
    const data =
      place % Type.BYTES_PER_ELEMENT === 0
        ? new Type(bytes.buffer as ArrayBuffer, place, count)
        : new Type(Uint8Array.from(bytes.subarray(start + from, start + to)).buffer)
    tensors[name] = { shape, data }
  }
  return { tensors, metadata }
}
