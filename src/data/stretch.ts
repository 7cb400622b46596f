/** Images stretched to another height and width. */
import { type ImageSet, imageSet } from "./examples.ts"
import { resize } from "./files/resize.ts"

/** Each channel resized as image files are (files/resize.ts): the same bits on every machine. */
export function stretch(set: ImageSet, toHeight: number, toWidth: number, file: string): ImageSet {
  const { channels, height, width, classes, count, images, labels } = set
  if (height === toHeight && width === toWidth) return set
  const [from, to] = [height * width, toHeight * toWidth]
  const result = new Uint8Array(count * channels * to)
  for (let plane = 0; plane < count * channels; plane++) {
    const data = images.subarray(plane * from, (plane + 1) * from)
    result.set(resize({ width, height, channels: 1, data }, toWidth, toHeight).data, plane * to)
  }
  return imageSet({ channels, height: toHeight, width: toWidth, classes }, result, labels, file)
}
