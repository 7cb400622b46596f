/** Mean and deviation of each channel of a set of images, of pixel / 255: what standardized images are made of. */
import type { ImageSet } from "./examples.ts"

export interface ChannelStatistics {
  readonly mean: ReadonlyArray<number> // by channel, 0 … 1
  readonly deviation: ReadonlyArray<number> // by channel; 1 where all pixels are equal
}

/** Of whole numbers, so exact but for the last rounding, whatever the order. */
export function statisticsOf({ count, channels, height, width, images }: ImageSet): ChannelStatistics {
  const plane = height * width
  const pixels = BigInt(count * plane)
  const each = Array.from({ length: channels }, (_, channel) => {
    let sum = 0
    let squares = 0 // below 2^53 for 10^11 pixels
    for (let i = 0; i < count; i++) {
      const from = (i * channels + channel) * plane
      for (let at = from; at < from + plane; at++) {
        sum += images[at]
        squares += images[at] * images[at]
      }
    }
    const spread = Number(pixels * BigInt(squares) - BigInt(sum) * BigInt(sum))
    const deviation = Math.sqrt(spread) / (count * plane) / 255
    return { mean: sum / (count * plane) / 255, deviation: deviation === 0 ? 1 : deviation }
  })
  return { mean: each.map(({ mean }) => mean), deviation: each.map(({ deviation }) => deviation) }
}
