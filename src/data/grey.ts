/** Colour as grey. */
import { type ImageSet, imageSet } from "./examples.ts"

/**
 * Images of one channel: 0.299 R + 0.587 G + 0.114 B in Pillow's whole numbers, the rule of image files
 * (files/decode.ts). Images of one channel stay. Throws `RangeError` for those of another number than 1 or 3.
 */
export function grey(set: ImageSet, file: string): ImageSet {
  const { channels, height, width, classes, count, images, labels } = set
  if (channels === 1) return set
  if (channels !== 3) throw new RangeError(`images of ${channels} channels have no grey: expected 3 (red, green, blue)`)
  const plane = height * width
  const result = new Uint8Array(count * plane)
  for (let i = 0; i < count; i++) {
    for (let at = 0, from = 3 * i * plane; at < plane; at++, from++)
      result[i * plane + at] =
        (images[from] * 19595 + images[from + plane] * 38470 + images[from + 2 * plane] * 7471 + 0x8000) >> 16
  }
  return imageSet({ channels: 1, height, width, classes }, result, labels, file)
}
