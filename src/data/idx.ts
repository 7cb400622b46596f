/**
 * IDX, the format of MNIST and its relatives (Y. LeCun, http://yann.lecun.com/exdb/mnist): two zero bytes, the type
 * of the elements, the number of dimensions, each dimension as a big-endian 32-bit number, then the elements. Only
 * unsigned bytes (type 8) occur here; gzipped files are read as they are.
 */
import { gunzipSync } from "node:zlib"
import { DataError } from "./errors.ts"
import { type ImageSet, imageSet } from "./examples.ts"

export interface Idx {
  readonly shape: ReadonlyArray<number>
  readonly data: Uint8Array // as many as the product of shape
}

const UNSIGNED_BYTE = 8

/** Reads an IDX file, plain or gzipped. `file` names it in errors. Throws `DataError`. */
export function readIdx(given: Uint8Array, file: string): Idx {
  const fail = (expected: string, found: string): never => {
    throw new DataError({ file, expected, found, advice: "fetch the file again, or correct its path" })
  }
  let bytes = given
  if (given[0] === 0x1f && given[1] === 0x8b) {
    try {
      bytes = gunzipSync(given)
    } catch (error) {
      fail("a whole gzip file", `a damaged one (${(error as Error).message})`)
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
    fail(`${size} bytes for the dimensions ${shape.join(" × ")}`, `${bytes.length - start} bytes`)
  }
  return { shape, data: bytes.subarray(start) }
}

interface NamedBytes {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Images [n, H, W] or [n, C, H, W] of one IDX file with the labels [n] of another. Throws `DataError`. */
export function readIdxImages(images: NamedBytes, labels: NamedBytes, classes: number): ImageSet {
  const { shape, data } = readIdx(images.bytes, images.name)
  const [, channels, height, width] = shape.length === 3 ? [shape[0], 1, ...shape.slice(1)] : shape
  if (shape.length !== 3 && shape.length !== 4) {
    const expected = "images [n, height, width] or [n, channels, height, width]"
    const advice = "give the file with the images"
    throw new DataError({ file: images.name, expected, found: `the shape [${shape}]`, advice })
  }
  return imageSet({ channels, height, width, classes }, data, readIdx(labels.bytes, labels.name).data, images.name)
}

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
