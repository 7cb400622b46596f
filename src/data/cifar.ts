/**
 * The binary version of CIFAR-10 and CIFAR-100 (A. Krizhevsky, https://www.cs.toronto.edu/~kriz/cifar.html): records
 * of one label byte (CIFAR-100: a coarse, then a fine one) and three planes of 32×32 bytes: red, green, blue.
 */
import { DataError } from "./errors.ts"
import { type ImageSet, imageSet } from "./examples.ts"

const SIDE = 32
const PIXELS = 3 * SIDE * SIDE

/** Images [n, 3, 32, 32] of all files, in their order, with the last label byte of each. Throws `DataError`. */
export function readCifar(
  files: ReadonlyArray<{ readonly name: string; readonly bytes: Uint8Array }>,
  labelBytes: 1 | 2,
  classes: number
): ImageSet {
  const record = labelBytes + PIXELS
  for (const { name, bytes } of files) {
    if (bytes.length > 0 && bytes.length % record === 0) continue
    const expected = `records of ${record} bytes`
    throw new DataError({ file: name, expected, found: `${bytes.length} bytes`, advice: "fetch the file again" })
  }
  const count = files.reduce((sum, { bytes }) => sum + bytes.length / record, 0)
  const images = new Uint8Array(count * PIXELS)
  const labels = new Uint8Array(count)
  let i = 0
  for (const { name, bytes } of files) {
    for (let at = 0; at < bytes.length; at += record, i++) {
      labels[i] = bytes[at + labelBytes - 1]
      if (labels[i] >= classes) {
        const expected = `labels below ${classes}, the number of classes`
        const found = `label ${labels[i]} at example ${at / record}`
        throw new DataError({ file: name, expected, found, advice: "images and labels must belong together" })
      }
      images.set(bytes.subarray(at + labelBytes, at + record), i * PIXELS)
    }
  }
  const names = files.map(({ name }) => name).join(", ")
  return imageSet({ channels: 3, height: SIDE, width: SIDE, classes }, images, labels, names)
}
