/** Mean and deviation of each channel of a set of images, of pixel / 255: what standardized images are made of. */
import type { StoredSet } from "./examples.ts"
import { copyImage } from "./images.ts"

export interface ChannelStatistics {
  readonly mean: ReadonlyArray<number> // by channel, 0 … 1
  readonly deviation: ReadonlyArray<number> // by channel; 1 where all pixels are equal
}

/** Of whole numbers, so exact but for the last rounding, whatever the order. */
export function statisticsOf({ count, channels, height, width, images }: StoredSet): ChannelStatistics {
  const plane = height * width
  const pixels = BigInt(count * plane)
  const sums = new Float64Array(channels)
  const squares = new Float64Array(channels) // below 2^53 for 10^11 pixels
  const image = new Uint8Array(channels * plane)
  for (let i = 0; i < count; i++) {
    copyImage(images, i, image.length, image, 0)
    for (let channel = 0, at = 0; channel < channels; channel++) {
      let sum = 0
      let square = 0
      for (const end = at + plane; at < end; at++) {
        sum += image[at]
        square += image[at] * image[at]
      }
      sums[channel] += sum
      squares[channel] += square
    }
  }
  const deviationOf = (channel: number): number => {
    const spread = Number(pixels * BigInt(squares[channel]) - BigInt(sums[channel]) * BigInt(sums[channel]))
    return Math.sqrt(spread) / (count * plane) / 255
  }
  return {
    mean: Array.from(sums, (sum) => sum / (count * plane) / 255),
    deviation: Array.from(sums, (_, channel) => deviationOf(channel) || 1)
  }
}
