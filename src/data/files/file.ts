/** One array of a file, whichever of the formats of arrays it is in: NumPy's `.npy` and `.npz`, IDX, each also gzipped. */
import { isGzip } from "../../foreign/gzip.ts"
import { Malformed } from "../../foreign/malformed.ts"
import type { ByteSource } from "../../foreign/source.ts"
import { type NewFile, unpackInto } from "../../foreign/unpacked.ts"
import { isZip } from "../../foreign/zip.ts"
import { DataError } from "../errors.ts"
import type { OpenArray } from "./array.ts"
import { isIdx, openIdx } from "./idx.ts"
import { isNpy, openNpy, openNpzArray } from "./npy.ts"

/** A file, and the array in it where it can have several. */
export interface ArrayPlace {
  readonly file: string
  readonly array?: string
}

export interface Limits {
  readonly atMost: number // bytes of what is unpacked
  readonly newFile: NewFile
}

/** The first bytes of a file, by which it is told what it is. */
export const startOf = (source: ByteSource): Uint8Array => source.read(0, Math.min(source.size, 8))

/** Rejects with `DataError`. */
export async function openArray(given: ByteSource, { file, array }: ArrayPlace, limits: Limits): Promise<OpenArray> {
  const fail = (expected: string, found: string, advice: string): never => {
    throw new DataError({ file, expected, found, advice })
  }
  if (isZip(startOf(given))) {
    if (array !== undefined) return openNpzArray(given, file, array, limits)
    fail("a single array", "an archive of them", "name one of them: { file, array }")
  }
  const source = await unpackedFile(given, file, limits)
  const bytes = startOf(source)
  const open = isNpy(bytes) ? openNpy : isIdx(bytes) ? openIdx : undefined
  if (open === undefined) {
    const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")
    const found = bytes.length === 0 ? "an empty file" : `a file that starts with the bytes ${start}`
    return fail("an array of NumPy (.npy, .npz) or IDX", found, "correct its path, or write it again")
  }
  if (array !== undefined) fail(`an archive with an array ${array}`, "a file that is one array", "leave `array` out")
  return open(source, file)
}

/** A file that may be gzipped, unpacked. Rejects with `DataError`. */
export async function unpackedFile(given: ByteSource, file: string, { atMost, newFile }: Limits): Promise<ByteSource> {
  if (!isGzip(startOf(given))) return given
  try {
    return (await unpackInto(newFile(), given, "gzip", atMost)).source
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    const advice = "write or fetch the file again"
    throw new DataError({ file, expected: "a whole gzip file", found: `that ${error.message}`, advice })
  }
}
