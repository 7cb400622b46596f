/**
 * NumPy's archives of arrays: a zip of `.npy` files (numpy.lib.format, version 1 to 3: a magic string, a header that is
 * a Python dictionary, then the elements). Only unsigned bytes in C order occur here.
 */
import { unzipSync } from "fflate"
import { DataError } from "./errors.ts"
import { type ImageSet, imageSet } from "./examples.ts"

export interface ByteArray {
  readonly shape: ReadonlyArray<number>
  readonly data: Uint8Array // as many as the product of shape
}

const ADVICE = "fetch the file again"

function readNpy(bytes: Uint8Array, file: string): ByteArray {
  const fail = (expected: string, found: string): never => {
    throw new DataError({ file, expected, found, advice: ADVICE })
  }
  const latin = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString("latin1")
  if (latin(0, 6) !== "\x93NUMPY") fail("an array of NumPy", "something else")
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = bytes[6] === 1 ? 10 + view.getUint16(8, true) : 12 + view.getUint32(8, true)
  const header = latin(bytes[6] === 1 ? 10 : 12, start)
  const [type] = /'descr':\s*'([^']*)'/.exec(header)?.slice(1) ?? []
  if (type !== "|u1" || !/'fortran_order':\s*False/.test(header)) fail("unsigned bytes in C order", header.trim())
  const shape = (/'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? "")
    .split(",")
    .flatMap((n) => (n.trim() === "" ? [] : [Number(n)]))
  const size = shape.reduce((a, b) => a * b, 1)
  if (bytes.length - start !== size) fail(`${size} elements for the shape (${shape})`, `${bytes.length - start}`)
  return { shape, data: bytes.subarray(start) }
}

/** Arrays by name. `file` names the archive in errors. Throws `DataError`. */
export function readNpz(bytes: Uint8Array, file: string): Readonly<Record<string, ByteArray>> {
  let entries: Readonly<Record<string, Uint8Array>>
  try {
    entries = unzipSync(bytes)
  } catch (error) {
    const found = `a damaged one (${(error as Error).message})`
    throw new DataError({ file, expected: "a whole zip file", found, advice: ADVICE })
  }
  return Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => [name.replace(/\.npy$/, ""), readNpy(entry, `${file}:${name}`)])
  )
}

/**
 * The sets of a MedMNIST file, joined in the order given: `train_images` [n, H, W] or [n, H, W, C] and `train_labels`
 * [n, 1], likewise for `val` and `test`. Throws `DataError`.
 */
export function readMedMnist(
  bytes: Uint8Array,
  splits: ReadonlyArray<"train" | "val" | "test">,
  classes: number,
  file: string
): ImageSet {
  const arrays = readNpz(bytes, file)
  const get = (name: string): ByteArray => {
    const found = Object.keys(arrays).join(", ")
    if (arrays[name] === undefined) throw new DataError({ file, expected: `an array ${name}`, found, advice: ADVICE })
    return arrays[name]
  }
  const parts = splits.map((split) => ({ images: get(`${split}_images`), labels: get(`${split}_labels`) }))
  const [, height, width, channels = 1] = parts[0].images.shape
  const images = parts.map(({ images }) => planar(images.data, height * width, channels))
  const labels = parts.map(({ labels }) => labels.data)
  return imageSet({ channels, height, width, classes }, Buffer.concat(images), Buffer.concat(labels), file)
}

/** [n, H, W, C] to [n, C, H, W]. */
function planar(data: Uint8Array, pixels: number, channels: number): Uint8Array {
  if (channels === 1) return data
  const planes = new Uint8Array(data.length)
  const image = pixels * channels
  for (let i = 0; i < data.length; i++) {
    const within = i % image
    planes[i - within + (within % channels) * pixels + Math.floor(within / channels)] = data[i]
  }
  return planes
}
