/** One array of a file, whichever of the formats of arrays it is in: NumPy's `.npy` and `.npz`, IDX, each also gzipped. */
import { gunzip, isGzip } from "../../foreign/gzip.ts"
import { Malformed } from "../../foreign/malformed.ts"
import { isZip } from "../../foreign/zip.ts"
import { DataError } from "../errors.ts"
import type { FileArray } from "./array.ts"
import { isIdx, readIdxArray } from "./idx.ts"
import { isNpy, readNpy, readNpzArray } from "./npy.ts"

/** A file, and the array in it where it can have several. */
export interface ArrayPlace {
  readonly file: string
  readonly array?: string
}

/** `atMost`: bytes of the array, unpacked. Throws `DataError`. */
export function readArray(given: Uint8Array, { file, array }: ArrayPlace, atMost: number): FileArray {
  const fail = (expected: string, found: string, advice: string): never => {
    throw new DataError({ file, expected, found, advice })
  }
  if (isZip(given)) {
    if (array !== undefined) return readNpzArray(given, file, array, atMost)
    fail("a single array", "an archive of them", "name one of them: { file, array }")
  }
  const bytes = unpackedFile(given, file, atMost)
  const read = isNpy(bytes) ? readNpy : isIdx(bytes) ? readIdxArray : undefined
  if (read === undefined) {
    const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")
    const found = bytes.length === 0 ? "an empty file" : `a file that starts with the bytes ${start}`
    return fail("an array of NumPy (.npy, .npz) or IDX", found, "correct its path, or write it again")
  }
  if (array !== undefined) fail(`an archive with an array ${array}`, "a file that is one array", "leave `array` out")
  return read(bytes, file)
}

/** The bytes of a file that may be gzipped, unpacked. Throws `DataError`. */
export function unpackedFile(given: Uint8Array, file: string, atMost: number): Uint8Array {
  if (!isGzip(given)) return given
  try {
    return gunzip(given, atMost)
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    const advice = "write or fetch the file again"
    throw new DataError({ file, expected: "a whole gzip file", found: `that ${error.message}`, advice })
  }
}
