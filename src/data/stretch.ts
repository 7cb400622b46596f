/** Pictures stretched to another height and width. */
import { resize } from "./files/resize.ts"

interface Size {
  readonly height: number
  readonly width: number
}

/** Each plane of a picture [C, H, W] resized as image files are (files/resize.ts): the same bits on every machine. */
export function stretch(picture: Uint8Array, { height, width }: Size, to: Size): Uint8Array {
  const [plane, toPlane] = [height * width, to.height * to.width]
  const channels = picture.length / plane
  const result = new Uint8Array(channels * toPlane)
  for (let channel = 0; channel < channels; channel++) {
    const data = picture.subarray(channel * plane, (channel + 1) * plane)
    result.set(resize({ width, height, channels: 1, data }, to.width, to.height).data, channel * toPlane)
  }
  return result
}
