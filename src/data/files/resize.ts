/**
 * Pictures in another size, by additions, products and quotients alone, so that every machine gives the same bits. A
 * picture is [H, W, C], bytes.
 */

export interface Picture {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly data: Uint8Array // [height, width, channels]
}

/** Which places of a row a new one is made of: `weights` of as many as there are, from `first`; they sum to 1. */
interface Tap {
  readonly first: number
  readonly weights: Float64Array
}

/**
 * The triangle filter (Pillow's BILINEAR): between two pixels in proportion to their distance; where the picture shrinks,
 * as much wider, so that every pixel counts.
 */
function taps(from: number, to: number): ReadonlyArray<Tap> {
  const scale = from / to
  const support = Math.max(1, scale)
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale
    const first = Math.max(0, Math.floor(centre - support + 0.5))
    const end = Math.min(from, Math.floor(centre + support + 0.5))
    const weights = Float64Array.from({ length: end - first }, (_, k) =>
      Math.max(0, 1 - Math.abs(first + k + 0.5 - centre) / support)
    )
    const sum = weights.reduce((a, b) => a + b, 0)
    return { first, weights: weights.map((weight) => weight / sum) }
  })
}

/** The picture stretched to a size; halves are rounded up. */
export function resize({ width, height, channels, data }: Picture, toWidth: number, toHeight: number): Picture {
  if (width === toWidth && height === toHeight) return { width, height, channels, data }
  const rows = new Float64Array(height * toWidth * channels)
  const across = taps(width, toWidth)
  for (let y = 0, to = 0; y < height; y++) {
    for (const { first, weights } of across) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0
        for (let k = 0, at = (y * width + first) * channels + channel; k < weights.length; k++, at += channels)
          sum += weights[k] * data[at]
        rows[to++] = sum
      }
    }
  }
  const row = toWidth * channels
  const result = new Uint8Array(toHeight * row)
  for (const [y, { first, weights }] of taps(height, toHeight).entries()) {
    for (let x = 0; x < row; x++) {
      let sum = 0
      for (let k = 0, at = first * row + x; k < weights.length; k++, at += row) sum += weights[k] * rows[at]
      result[y * row + x] = Math.floor(sum + 0.5)
    }
  }
  return { width: toWidth, height: toHeight, channels, data: result }
}

/** The middle of the picture, as large as it can be with the sides of a size in their proportion. */
export function crop(picture: Picture, toWidth: number, toHeight: number): Picture {
  const { width, height, channels, data } = picture
  const isWide = width * toHeight > height * toWidth
  const across = isWide ? Math.max(1, Math.round((height * toWidth) / toHeight)) : width
  const down = isWide ? height : Math.max(1, Math.round((width * toHeight) / toWidth))
  const [left, top] = [Math.floor((width - across) / 2), Math.floor((height - down) / 2)]
  const part = new Uint8Array(down * across * channels)
  for (let y = 0; y < down; y++) {
    const start = ((top + y) * width + left) * channels
    part.set(data.subarray(start, start + across * channels), y * across * channels)
  }
  return { width: across, height: down, channels, data: part }
}
