/** Images of half the height and width. */
import { type ImageSet, imageSet } from "./examples.ts"

/** Each 2×2 pixels become one, their mean rounded half up. Height and width must be even. */
export function halve({ channels, height, width, classes, count, images, labels }: ImageSet, file: string): ImageSet {
  if (height % 2 !== 0 || width % 2 !== 0) throw new RangeError(`images of ${height}×${width} cannot be halved`)
  const shape = { channels, height: height / 2, width: width / 2, classes }
  const rows = count * channels * shape.height
  const halved = new Uint8Array(rows * shape.width)
  for (let row = 0; row < rows; row++) {
    for (let x = 0; x < shape.width; x++) {
      const at = 2 * row * width + 2 * x
      const sum = images[at] + images[at + 1] + images[at + width] + images[at + width + 1]
      halved[row * shape.width + x] = (sum + 2) >> 2
    }
  }
  return imageSet(shape, halved, labels, file)
}
