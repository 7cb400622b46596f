/** Which data sets are not kept in memory whole. Plain functions. */

/** Images of so many bytes are read from their files as they are needed, and made one after another. */
const LARGE_BYTES = 256 << 20

interface Shape {
  readonly count: number
  readonly test: number
  readonly channels: number
  readonly height: number
  readonly width: number
}

export const isLarge = ({ count, test, channels, height, width }: Shape): boolean =>
  (count + test) * channels * height * width > LARGE_BYTES
