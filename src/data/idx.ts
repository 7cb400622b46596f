/**
 * IDX, the format of MNIST and its relatives (Y. LeCun, http://yann.lecun.com/exdb/mnist): two zero bytes, the type
 * of the elements, the number of dimensions, each dimension as a big-endian 32-bit number, then the elements. Only
 * unsigned bytes (type 8) occur here; gzipped files are read as they are.
 */
import { gunzip, isGzip } from "../foreign/gzip.ts"
import { Malformed } from "../foreign/malformed.ts"
import { DataError } from "./errors.ts"
import { type ImageSet, imageSet } from "./examples.ts"

export interface Idx {
  readonly shape: ReadonlyArray<number>
  readonly data: Uint8Array // as many as the product of shape
}

const UNSIGNED_BYTE = 8

/** Reads an IDX file, plain or gzipped, of `atMost` bytes unpacked. `file` names it in errors. Throws `DataError`. */
export function readIdx(given: Uint8Array, file: string, atMost: number): Idx {
  const fail = (expected: string, found: string): never => {
    throw new DataError({ file, expected, found, advice: "fetch the file again, or correct its path" })
  }
  let bytes = given
  if (isGzip(given)) {
    try {
      bytes = gunzip(given, atMost)
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      fail("a whole gzip file", `that ${error.message}`)
    }
  }
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) {
    const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")
    fail("an IDX file (it starts with the bytes 00 00)", bytes.length === 0 ? "an empty file" : `the bytes ${start}`)
  }
  if (bytes[2] !== UNSIGNED_BYTE) fail("unsigned bytes (IDX type 8)", `IDX type ${bytes[2]}`)
  const rank = bytes[3]
  const start = 4 + 4 * rank
  if (bytes.length < start) fail(`a header of ${start} bytes for ${rank} dimensions`, `${bytes.length} bytes`)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i))
  const size = shape.reduce((a, b) => a * b, 1)
  if (bytes.length - start !== size) {
    fail(`${size} bytes for the dimensions ${shape.slice(0, 8).join(" × ")}`, `${bytes.length - start} bytes`)
  }
  return { shape, data: bytes.subarray(start) }
}

interface NamedBytes {
  readonly name: string
  readonly bytes: Uint8Array
  readonly atMost: number // bytes, unpacked
}

/**
 * Images [n, H, W] or [n, C, H, W] of one IDX file with the labels [n] of another; `count` is what n is declared as, and
 * tells which of them to blame where they differ. Throws `DataError`.
 */
export function readIdxImages(
  images: NamedBytes,
  labels: NamedBytes,
  { classes, count }: { readonly classes: number; readonly count: number }
): ImageSet {
  const { shape, data } = readIdx(images.bytes, images.name, images.atMost)
  const [, channels, height, width] = shape.length === 3 ? [shape[0], 1, ...shape.slice(1)] : shape
  if ((shape.length !== 3 && shape.length !== 4) || shape.includes(0)) {
    const expected = "images [n, height, width] or [n, channels, height, width]"
    const advice = "give the file with the images"
    throw new DataError({ file: images.name, expected, found: `the shape [${brief(shape)}]`, advice })
  }
  const named = readIdx(labels.bytes, labels.name, labels.atMost)
  if (named.shape.length !== 1 || (named.shape[0] !== shape[0] && named.shape[0] !== count)) {
    const expected = `one label for each of ${count} images, [${count}]`
    const advice = "give the file with the labels"
    throw new DataError({ file: labels.name, expected, found: `the shape [${brief(named.shape)}]`, advice })
  }
  return imageSet({ channels, height, width, classes }, data, named.data, images.name, labels.name)
}

const brief = (shape: ReadonlyArray<number>) => shape.slice(0, 8).join(", ") + (shape.length > 8 ? ", …" : "")

/** The bytes of an IDX file, not gzipped. */
export function writeIdx({ shape, data }: Idx): Uint8Array<ArrayBuffer> {
  const start = 4 + 4 * shape.length
  const bytes = new Uint8Array(start + data.length)
  bytes[2] = UNSIGNED_BYTE
  bytes[3] = shape.length
  const view = new DataView(bytes.buffer)
  for (const [i, n] of shape.entries()) view.setUint32(4 + 4 * i, n)
  bytes.set(data, start)
  return bytes
}
