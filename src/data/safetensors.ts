/**
 * Tensors in a file, in Hugging Face's format safetensors (https://github.com/huggingface/safetensors, "Format"):
 * an 8-byte little-endian length, a JSON header, then the tensors' bytes without gaps. Equal tensors give equal bytes:
 * wide elements come first, so that every tensor is aligned, otherwise in the order given.
 */
import { DataError } from "./errors.ts"
import { readFully } from "./images.ts"
import { anything, list, Misfit, named, parse, type Reader, record, text, whole } from "./json.ts"

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

/** A tensor to be written: its type is told by the array that is given, or would be. */
interface Planned {
  readonly name: string
  readonly type: TypeName
  readonly shape: ReadonlyArray<number>
}

interface Layout {
  /** What stands before the tensors' bytes. */
  readonly head: Uint8Array<ArrayBuffer>
  /** Where each tensor begins in the file. */
  readonly starts: Readonly<Record<string, number>>
  readonly size: number // bytes of the file
}

/** Where everything stands in a file. */
function layoutOf(planned: ReadonlyArray<Planned>, metadata: Readonly<Record<string, string>>): Layout {
  const wideFirst = [...planned].sort((a, b) => TYPES[b.type].BYTES_PER_ELEMENT - TYPES[a.type].BYTES_PER_ELEMENT)
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {}
  const offsets: Record<string, number> = {}
  let size = 0
  for (const { name, type, shape } of wideFirst) {
    const bytes = shape.reduce((a, b) => a * b, 1) * TYPES[type].BYTES_PER_ELEMENT
    header[name] = { dtype: type, shape, data_offsets: [size, size + bytes] }
    offsets[name] = size
    size += bytes
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const start = Math.ceil((8 + text.length) / 8) * 8
  const head = new Uint8Array(start)
  new DataView(head.buffer).setBigUint64(0, BigInt(start - 8), true)
  head.fill(0x20, 8)
  head.set(text, 8)
  const starts = Object.fromEntries(Object.entries(offsets).map(([name, offset]) => [name, start + offset]))
  return { head, starts, size: start + size }
}

/** The layout of a file in which each tensor has this shape and is of the type of this array, which may be empty. */
export const safetensorsLayout = (
  tensors: Readonly<Record<string, StoredTensor>>,
  metadata: Readonly<Record<string, string>> = {}
): Layout =>
  layoutOf(
    Object.entries(tensors).map(([name, { shape, data }]) => ({ name, type: typeOf(data), shape })),
    metadata
  )

export function writeSafetensors(
  tensors: Readonly<Record<string, StoredTensor>>,
  metadata: Readonly<Record<string, string>> = {}
): Uint8Array<ArrayBuffer> {
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    if (shape.reduce((a, b) => a * b, 1) !== data.length) {
      throw new RangeError(`safetensors: ${name} has ${data.length} elements, its shape [${shape}] another number`)
    }
  }
  const { head, starts, size } = safetensorsLayout(tensors, metadata)
  const bytes = new Uint8Array(size)
  bytes.set(head)
  for (const [name, { data }] of Object.entries(tensors))
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), starts[name])
  return bytes
}

const entry: Reader<{ dtype: string; shape: ReadonlyArray<number>; data_offsets: ReadonlyArray<number> }> = (
  value,
  at
) => record({ dtype: text, shape: list(whole), data_offsets: list(whole) })(value, at)

/** A tensor in a file, by the bytes that it has there. */
interface Entry {
  readonly Type: (typeof TYPES)[TypeName]
  readonly shape: ReadonlyArray<number>
  readonly from: number
  readonly to: number
}

type Fail = (expected: string, found: string) => never

const failIn =
  (file: string): Fail =>
  (expected, found) => {
    throw new DataError({ file, expected, found, advice: "the file is damaged or in another format" })
  }

/** Bytes before the tensors, of a file of `size` bytes that begins so. */
function startOf(first: Uint8Array, size: number, fail: Fail): number {
  if (size < 8) fail("a safetensors file (at least 8 bytes)", `${size} bytes`)
  const length = Number(new DataView(first.buffer, first.byteOffset, 8).getBigUint64(0, true))
  if (8 + length > size) fail(`a header of ${length} bytes`, `a file of ${size} bytes`)
  return 8 + length
}

/** What the head of a file of `size` bytes says of it. */
function entriesOf(head: Uint8Array, size: number, fail: Fail) {
  const readHeader = () => {
    try {
      const { __metadata__, ...entries } = parse(head.subarray(8), named(anything))
      const metadata = __metadata__ === undefined ? {} : named(text)(__metadata__, "__metadata__")
      return { metadata, entries: Object.entries(named(entry)(entries, "")) }
    } catch (error) {
      if (!(error instanceof Misfit)) throw error
      return fail(error.at === "" ? "a header in JSON" : `${error.at} to be ${error.expected}`, error.found)
    }
  }
  const { metadata, entries } = readHeader()
  const found = entries.map(([name, { dtype, shape, data_offsets: offsets }]): readonly [string, Entry] => {
    const [from, to] = offsets.length === 2 ? offsets : fail(`two offsets of ${name}`, String(offsets.length))
    const Type = Object.hasOwn(TYPES, dtype)
      ? TYPES[dtype as TypeName]
      : fail(`${name} of type ${Object.keys(TYPES).join(", ")}`, dtype)
    const bytes = shape.reduce((a, b) => a * b, 1) * Type.BYTES_PER_ELEMENT
    if (to - from !== bytes) fail(`${bytes} bytes of ${name}`, `${to - from} bytes`)
    if (head.length + to > size) fail(`${name} within the file`, `a file of ${size} bytes`)
    return [name, { Type, shape, from: head.length + from, to: head.length + to }]
  })
  return { metadata, entries: found }
}

/**
 * The tensors of a file, as views of its bytes where they are aligned (copies where not): do not change them.
 * `file` names it in errors. Throws `DataError`.
 */
export function readSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const fail = failIn(file)
  const start = startOf(bytes, bytes.length, fail)
  const { metadata, entries } = entriesOf(bytes.subarray(0, start), bytes.length, fail)
  const tensors: Record<string, StoredTensor> = {}
  for (const [name, { Type, shape, from, to }] of entries) {
    const place = bytes.byteOffset + from
    const data =
      place % Type.BYTES_PER_ELEMENT === 0
        ? new Type(bytes.buffer as ArrayBuffer, place, (to - from) / Type.BYTES_PER_ELEMENT)
        : new Type(Uint8Array.from(bytes.subarray(from, to)).buffer)
    tensors[name] = { shape, data }
  }
  return { tensors, metadata }
}

/** A tensor that is left in its file: where its bytes begin. */
export interface TensorPlace {
  readonly shape: ReadonlyArray<number>
  readonly start: number
  readonly type: string
}

/**
 * The tensors of a file that is open: those that `inFile` names are left there, the others read. `file` names it in
 * errors. Throws `DataError`.
 */
export function openSafetensors(
  { descriptor, size }: { readonly descriptor: number; readonly size: number },
  file: string,
  inFile: (name: string) => boolean
): Safetensors & { readonly places: Readonly<Record<string, TensorPlace>> } {
  const fail = failIn(file)
  const read = (from: number, to: number) => {
    const bytes = new Uint8Array(to - from)
    readFully(descriptor, bytes, 0, bytes.length, from)
    return bytes
  }
  const start = startOf(read(0, Math.min(8, size)), size, fail)
  const { metadata, entries } = entriesOf(read(0, start), size, fail)
  const tensors: Record<string, StoredTensor> = {}
  const places: Record<string, TensorPlace> = {}
  for (const [name, { Type, shape, from, to }] of entries) {
    if (inFile(name)) places[name] = { shape, start: from, type: Type === Uint8Array ? "U8" : "another" }
    else tensors[name] = { shape, data: new Type(read(from, to).buffer) }
  }
  return { tensors, places, metadata }
}
