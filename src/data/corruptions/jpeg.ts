/**
 * What is left of a picture after JPEG: colour halved in both directions, blocks of 8×8 by cosine transform, quantized,
 * and back. Steps and roundings are libjpeg's, of which Pillow's JPEG is made; the transforms are exact, where libjpeg's
 * are in whole numbers. Nothing is written: the coding of coefficients loses nothing.
 */
import { cosPi } from "../../network/math.ts"
import { type Corrupt, clamped } from "./picture.ts"

/** Samples of one component. */
interface Plane {
  readonly width: number
  readonly height: number
  readonly samples: ArrayLike<number> // [height, width], 0 … 255
}

/** Tables of ITU-T T.81, annex K.1: steps at quality 50, row by row. */
const LUMINANCE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
  87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
  72, 92, 95, 98, 112, 100, 103, 99
]
const CHROMINANCE = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99
]

/** libjpeg's meaning of a quality from 1 to 100. */
function stepsAt(quality: number, table: ReadonlyArray<number>): ReadonlyArray<number> {
  const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality
  return table.map((step) => Math.max(1, Math.min(255, Math.floor((step * percent + 50) / 100))))
}

/** [frequency, place]: the rows of the orthogonal cosine transform of 8 values. */
const COSINES = Float64Array.from({ length: 64 }, (_, i) => {
  const [frequency, place] = [i >> 3, i & 7]
  const turn = (((2 * place + 1) * frequency) / 16) % 2
  return (frequency === 0 ? Math.sqrt(0.125) : 0.5) * cosPi(turn > 1 ? 2 - turn : turn)
})

/** out = rows · block, transposed: twice gives the transform of both directions. `row`, `column`: strides of the rows. */
function transformed(block: Float64Array, out: Float64Array, row: number, column: number): void {
  for (let k = 0; k < 8; k++) {
    for (let x = 0; x < 8; x++) {
      let sum = 0
      for (let i = 0; i < 8; i++) sum += COSINES[k * row + i * column] * block[i * 8 + x]
      out[x * 8 + k] = sum
    }
  }
}

/** The nearest whole number, halves away from 0. */
const rounded = (value: number): number => (value < 0 ? -Math.floor(0.5 - value) : Math.floor(value + 0.5))

const byte = (value: number): number => Math.max(0, Math.min(255, value))

/** What is left of a component; beyond its edges stand the outermost samples. */
function quantized({ width, height, samples }: Plane, steps: ReadonlyArray<number>): Plane {
  const result = new Uint8Array(width * height)
  const [block, half] = [new Float64Array(64), new Float64Array(64)]
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      for (let i = 0; i < 64; i++)
        block[i] = samples[clamped(top + (i >> 3), height) * width + clamped(left + (i & 7), width)] - 128
      transformed(block, half, 8, 1)
      transformed(half, block, 8, 1)
      for (let i = 0; i < 64; i++) block[i] = rounded(block[i] / steps[i]) * steps[i]
      transformed(block, half, 1, 8)
      transformed(half, block, 1, 8)
      for (let i = 0; i < 64; i++) {
        const [y, x] = [top + (i >> 3), left + (i & 7)]
        if (y < height && x < width) result[y * width + x] = byte(Math.floor(block[i] + 0.5) + 128)
      }
    }
  }
  return { width, height, samples: result }
}

/** Half in both directions: the mean of 2×2, rounded down and up in turn. */
function halved({ width, height, samples }: Plane): Plane {
  const [w, h] = [Math.ceil(width / 2), Math.ceil(height / 2)]
  const result = new Uint8Array(w * h)
  const at = (y: number, x: number) => samples[clamped(y, height) * width + clamped(x, width)]
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const sum = at(2 * y, 2 * x) + at(2 * y, 2 * x + 1) + at(2 * y + 1, 2 * x) + at(2 * y + 1, 2 * x + 1)
      result[y * w + x] = (sum + 1 + (x % 2)) >> 2
    }
  }
  return { width: w, height: h, samples: result }
}

/** Twice in both directions: three parts of the nearest sample, one of the next; of two columns or one, the nearest. */
function doubled({ width, height, samples }: Plane, toWidth: number, toHeight: number): Plane {
  const result = new Uint8Array(toWidth * toHeight)
  for (let y = 0; y < toHeight; y++) {
    const near = y >> 1
    const far = clamped(y % 2 === 0 ? near - 1 : near + 1, height)
    const column = (x: number) => 3 * samples[near * width + x] + samples[far * width + x]
    for (let x = 0; x < toWidth; x++) {
      const own = x >> 1
      const next = clamped(x % 2 === 0 ? own - 1 : own + 1, width)
      result[y * toWidth + x] =
        width > 2 ? (3 * column(own) + column(next) + (x % 2 === 0 ? 8 : 7)) >> 4 : samples[near * width + own]
    }
  }
  return { width: toWidth, height: toHeight, samples: result }
}

/** By quality, 1 … 100. Throws `RangeError` for pictures of another number of channels than 1 or 3. */
export const jpeg: Corrupt<number> = ({ channels, height, width, bytes }, quality) => {
  const size = width * height
  const luminance = stepsAt(quality, LUMINANCE)
  const plane = (samples: ArrayLike<number>): Plane => ({ width, height, samples })
  if (channels === 1) return Uint8Array.from(quantized(plane(bytes), luminance).samples)
  if (channels !== 3) throw new RangeError(`JPEG is for 1 channel (grey) or 3 (colour), not ${channels}`)
  const [y, cb, cr] = [0, 1, 2].map(() => new Uint8Array(size))
  for (let i = 0; i < size; i++) {
    const [r, g, b] = [bytes[i], bytes[i + size], bytes[i + 2 * size]]
    y[i] = (19595 * r + 38470 * g + 7471 * b + 32768) >> 16
    cb[i] = (-11059 * r - 21709 * g + 32768 * b + 8388608 + 32767) >> 16
    cr[i] = (32768 * r - 27439 * g - 5329 * b + 8388608 + 32767) >> 16
  }
  const light = quantized(plane(y), luminance).samples
  const steps = stepsAt(quality, CHROMINANCE)
  const [blue, red] = [cb, cr].map((colour) => doubled(quantized(halved(plane(colour)), steps), width, height).samples)
  const result = new Uint8Array(3 * size)
  for (let i = 0; i < size; i++) {
    const [u, v] = [blue[i] - 128, red[i] - 128]
    result[i] = byte(light[i] + ((91881 * v + 32768) >> 16))
    result[i + size] = byte(light[i] + ((-22554 * u - 46802 * v + 32768) >> 16))
    result[i + 2 * size] = byte(light[i] + ((116130 * u + 32768) >> 16))
  }
  return result
}
