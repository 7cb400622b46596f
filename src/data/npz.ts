/**
 * NumPy's archives of arrays: a zip of `.npy` files (numpy.lib.format, version 1 to 3: a magic string, a header that is
 * a Python dictionary, then the elements). Only unsigned bytes in C order occur here.
 */
import { type UnzipFileInfo, unzipSync } from "fflate"
import { DataError } from "./errors.ts"
import { type ImageSet, imageSet } from "./examples.ts"

export interface ByteArray {
  readonly shape: ReadonlyArray<number>
  readonly data: Uint8Array // as many as the product of shape
}

const ADVICE = "fetch the file again"
/** NumPy's own headers have a hundred bytes or so. */
const HEADER_BYTES = 1 << 16

function readNpy(bytes: Uint8Array, file: string): ByteArray {
  const fail = (expected: string, found: string): never => {
    throw new DataError({ file, expected, found, advice: ADVICE })
  }
  const latin = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).toString("latin1")
  if (bytes.length < 12 || latin(0, 6) !== "\x93NUMPY") fail("an array of NumPy", "something else")
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const at = bytes[6] === 1 ? 10 : 12
  const start = at + (bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true))
  if (start > bytes.length || start > HEADER_BYTES) fail(`a header of ${start} bytes`, `${bytes.length} bytes`)
  const header = latin(at, start)
  const [type] = /'descr':\s{0,9}'([^']*)'/.exec(header)?.slice(1) ?? []
  if (type !== "|u1" || !/'fortran_order':\s{0,9}False/.test(header))
    fail("unsigned bytes in C order", header.trim().slice(0, 100))
  const tuple = (/'shape':\s{0,9}\(([^)]*)\)/.exec(header)?.[1] ?? fail("a shape", "none"))
    .split(",")
    .map((n) => n.trim())
  if (tuple.length > 1 && tuple[tuple.length - 1] === "") tuple.pop()
  const shape = tuple.filter((n) => /^\d{1,10}$/.test(n)).map(Number)
  if (shape.length < tuple.length || shape.length > 32) fail("a shape of whole numbers", tuple.join(", ").slice(0, 100))
  const size = shape.reduce((a, b) => a * b, 1)
  if (bytes.length - start !== size) fail(`${size} elements for the shape (${shape})`, `${bytes.length - start}`)
  return { shape, data: bytes.subarray(start) }
}

/**
 * Those arrays that are wanted, by name; the others are neither unpacked nor judged. `atMost`: bytes of each, as the
 * archive declares them. `file` names the archive in errors. Throws `DataError`.
 */
export function readNpz(
  bytes: Uint8Array,
  file: string,
  wanted: ReadonlyArray<string>,
  atMost: number
): ReadonlyMap<string, ByteArray> {
  const fail = (expected: string, found: string): never => {
    throw new DataError({ file, expected, found, advice: ADVICE })
  }
  const names: Array<string> = []
  const isWanted = ({ name, originalSize }: UnzipFileInfo): boolean => {
    names.push(name.replace(/\.npy$/, ""))
    if (!wanted.some((array) => name === `${array}.npy`)) return false
    if (originalSize > atMost) fail(`${name} of at most ${atMost} bytes`, `${originalSize} bytes`)
    if (names.indexOf(names[names.length - 1]) < names.length - 1) fail(`one array ${name}`, "two of them")
    return true
  }
  let entries: Readonly<Record<string, Uint8Array>>
  try {
    entries = unzipSync(bytes, { filter: isWanted })
  } catch (error) {
    if (error instanceof DataError) throw error
    return fail("a whole zip file", `a damaged one (${(error as Error).message})`)
  }
  return new Map(
    wanted.map((name) => {
      if (!Object.hasOwn(entries, `${name}.npy`))
        fail(`an array ${name}`, names.length === 0 ? "none" : names.join(", ").slice(0, 200))
      return [name, readNpy(entries[`${name}.npy`], `${file}:${name}.npy`)]
    })
  )
}

/**
 * The sets of a MedMNIST file, joined in the order given: `train_images` [n, H, W] or [n, H, W, C] and `train_labels`
 * [n, 1], likewise for `val` and `test`. `atMost`: bytes of each array. Throws `DataError`.
 */
export function readMedMnist(
  bytes: Uint8Array,
  splits: ReadonlyArray<"train" | "val" | "test">,
  { classes, atMost }: { readonly classes: number; readonly atMost: number },
  file: string
): ImageSet {
  const wanted = splits.flatMap((split) => [`${split}_images`, `${split}_labels`])
  const arrays = readNpz(bytes, file, wanted, atMost)
  const part = (name: string, expected: string, fits: (shape: ReadonlyArray<number>) => boolean): ByteArray => {
    const array = arrays.get(name)!
    if (fits(array.shape)) return array
    throw new DataError({ file: `${file}:${name}.npy`, expected, found: `the shape (${array.shape})`, advice: ADVICE })
  }
  const isImages = (shape: ReadonlyArray<number>) => (shape.length === 3 || shape.length === 4) && !shape.includes(0)
  const first = part(wanted[0], "images (n, height, width) or (n, height, width, channels)", isImages)
  const [, height, width, channels = 1] = first.shape
  const size = first.shape.slice(1)
  const parts = splits.map((split) => {
    const images = part(
      `${split}_images`,
      `images (n, ${size.join(", ")})`,
      (shape) => String(shape.slice(1)) === String(size)
    )
    const [count] = images.shape
    const isLabels = ([n, ...rest]: ReadonlyArray<number>) => n === count && rest.every((side) => side === 1)
    return { images, labels: part(`${split}_labels`, `one label for each image, (${count}, 1)`, isLabels) }
  })
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
