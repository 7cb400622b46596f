/**
 * NumPy's arrays (numpy.lib.format, version 1 to 3: a magic string, a header that is a Python dictionary, then the
 * elements) and archives of them, `.npz`: zip files. Numbers and texts, in either order of bytes and of indices; arrays
 * of Python's objects are not read, since that would run what they say.
 */
import { Malformed } from "../../foreign/malformed.ts"
import { type ByteSource, partOf } from "../../foreign/source.ts"
import type { NewFile } from "../../foreign/unpacked.ts"
import { openEntry, zipEntries } from "../../foreign/zip.ts"
import { DataError } from "../errors.ts"
import { bytesOf, type NumberType, numbers, type OpenArray, product, rowBytes, shapeText } from "./array.ts"

const ADVICE = "save it again with numpy.save or numpy.savez, or correct what the data set names"
/** NumPy's own headers have a hundred bytes or so. */
const HEADER_BYTES = 1 << 16

const TYPES: Readonly<Record<string, NumberType>> = {
  b1: "bool",
  u1: "uint8",
  i1: "int8",
  u2: "uint16",
  i2: "int16",
  u4: "uint32",
  i4: "int32",
  u8: "uint64",
  i8: "int64",
  f2: "float16",
  f4: "float32",
  f8: "float64"
}

export const isNpy = (start: Uint8Array): boolean =>
  Buffer.from(start.buffer, start.byteOffset, Math.min(6, start.length)).toString("latin1") === "\x93NUMPY"

type Fail = (expected: string, found: string) => never

const failIn =
  (file: string): Fail =>
  (expected, found) => {
    throw new DataError({ file, expected, found, advice: ADVICE })
  }

interface Header {
  readonly descr: string
  readonly fortran: boolean
  readonly shape: ReadonlyArray<number>
  readonly start: number // of the elements
}

function headerOf(source: ByteSource, fail: Fail): Header {
  const bytes = source.read(0, Math.min(source.size, HEADER_BYTES))
  const latin = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString("latin1")
  if (bytes.length < 12 || !isNpy(bytes))
    fail("an array of NumPy", bytes.length === 0 ? "an empty file" : "other bytes")
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes[6] < 1 || bytes[6] > 3) fail("version 1, 2 or 3 of NumPy's format", `version ${bytes[6]}.${bytes[7]}`)
  const at = bytes[6] === 1 ? 10 : 12
  const start = at + (bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true))
  if (start > HEADER_BYTES) fail(`a header of at most ${HEADER_BYTES} bytes`, `one of ${start}`)
  if (start > bytes.length) fail(`a header of ${start} bytes`, `a file of ${bytes.length} bytes`)
  const header = latin(at, start)
  const descr = /'descr':\s{0,9}(?:'([^']*)'|(\[))/.exec(header)
  if (descr?.[2] !== undefined) fail("an array of numbers or texts", "one of records")
  const fortran = /'fortran_order':\s{0,9}(True|False)/.exec(header)?.[1]
  const tuple = /'shape':\s{0,9}\(([^)]*)\)/.exec(header)?.[1]
  if (descr === null || fortran === undefined || tuple === undefined)
    return fail("a header with descr, fortran_order and shape", header.trim().slice(0, 100))
  const sides = tuple.split(",").map((side) => side.trim())
  if (sides[sides.length - 1] === "") sides.pop()
  const shape = sides.filter((side) => /^\d{1,12}$/.test(side)).map(Number)
  if (shape.length < sides.length || shape.length > 32) fail("a shape of whole numbers", `(${tuple.slice(0, 100)})`)
  return { descr: descr[1], fortran: fortran === "True", shape, start }
}

/** A `.npy` file. `file` names it in errors. Throws `DataError`. */
export function openNpy(file: ByteSource, name: string): OpenArray {
  const fail = failIn(name)
  const { descr, fortran, shape, start } = headerOf(file, fail)
  const [, mark, kind, width] = /^([<>|=])([a-zA-Z])(\d{0,9})/.exec(descr) ?? []
  if (kind === "O")
    fail("numbers or texts", "Python's objects, which are not read since that would run code (dtype=object)")
  const order = mark === ">" ? "big" : "little"
  const type = Object.hasOwn(TYPES, `${kind}${width}`) ? TYPES[`${kind}${width}`] : undefined
  const isText = kind === "U" || kind === "S"
  if (type === undefined && !isText) fail("numbers or texts", `elements of type ${descr.slice(0, 40)}`)
  const bytesEach = type === undefined ? Number(width) * (kind === "U" ? 4 : 1) : bytesOf(type)
  // Of elements without bytes there could be any number.
  if (bytesEach === 0) fail("texts", `texts without characters (${descr.slice(0, 40)})`)
  const expected = product(shape) * bytesEach
  if (file.size - start !== expected)
    fail(`${expected} bytes for the shape ${shapeText(shape)} of type ${descr}`, `${file.size - start} bytes`)
  const elements = { source: partOf(file, start, file.size), shape, bytesEach, fortran }
  return {
    type: type ?? "text",
    shape,
    file: name,
    rows(from, to) {
      const bytes = rowBytes(elements, from, to)
      const part = { shape: [to - from, ...shape.slice(1)], file: name }
      if (type !== undefined) return { ...part, type, values: numbers(bytes, type, order) }
      const each = (i: number) => bytes.subarray(i * bytesEach, (i + 1) * bytesEach)
      const text = (_: unknown, i: number) => (kind === "U" ? utf32(each(i), order, fail) : utf8(each(i)))
      return { ...part, type: "text", values: Array.from({ length: bytes.length / bytesEach }, text) }
    }
  }
}

/** Bytes up to the zeros that fill them up. */
const utf8 = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8").replace(/\0+$/, "")

function utf32(bytes: Uint8Array, order: "little" | "big", fail: Fail): string {
  let text = ""
  for (const code of numbers(bytes, "uint32", order)) {
    if (Number(code) > 0x10ffff) fail("texts in Unicode", `the character ${code}`)
    text += String.fromCodePoint(Number(code))
  }
  return text.replace(/\0+$/, "")
}

/**
 * One array of a `.npz` file; the others are neither unpacked nor judged. `atMost`: bytes of it, unpacked. Rejects with
 * `DataError`.
 */
export async function openNpzArray(
  archive: ByteSource,
  file: string,
  array: string,
  { atMost, newFile }: { readonly atMost: number; readonly newFile: NewFile }
): Promise<OpenArray> {
  const at = `${file}:${array}`
  try {
    const entries = zipEntries(archive)
    const found = entries.filter(({ name }) => name === `${array}.npy`)
    if (found.length !== 1) {
      const names = entries.map(({ name }) => name.replace(/\.npy$/, ""))
      const text = names.length === 0 ? "none" : names.join(", ").slice(0, 200)
      failIn(file)(`one array ${array}`, found.length > 1 ? `${found.length} of them` : text)
    }
    return openNpy(await openEntry(archive, found[0], atMost, newFile), at)
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return failIn(at)("an array in a whole zip file", `that ${error.message}`)
  }
}

/** The names of the arrays of a `.npz` file. Throws `Malformed`. */
export const npzNames = (archive: ByteSource): ReadonlyArray<string> =>
  zipEntries(archive).flatMap(({ name }) => (name.endsWith(".npy") ? [name.slice(0, -4)] : []))
