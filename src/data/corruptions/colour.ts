/** Contrast, and what is done to hue, saturation and value (HSV, as scikit-image converts it). */
import { type Corrupt, clipped, cut, type Picture } from "./picture.ts"

/** Every channel comes nearer to its mean. */
export const contrast: Corrupt<number> = ({ channels, height, width, bytes }, factor) => {
  const plane = height * width
  const result = new Uint8Array(bytes.length)
  for (let from = 0; from < channels * plane; from += plane) {
    let sum = 0
    for (let i = from; i < from + plane; i++) sum += bytes[i] / 255
    const mean = sum / plane
    for (let i = from; i < from + plane; i++) result[i] = cut((bytes[i] / 255 - mean) * factor + mean)
  }
  return result
}

type Triple = readonly [number, number, number]

/** Hue, saturation, value; all of 0 … 1. */
function hsvOf(r: number, g: number, b: number): Triple {
  const value = Math.max(r, g, b)
  const range = value - Math.min(r, g, b)
  if (range === 0) return [0, 0, value]
  const sixths = b === value ? 4 + (r - g) / range : g === value ? 2 + (b - r) / range : (g - b) / range
  const hue = sixths / 6
  return [hue - Math.floor(hue), range / value, value]
}

function rgbOf([hue, saturation, value]: Triple): Triple {
  const sector = Math.floor(hue * 6)
  const f = hue * 6 - sector
  const p = value * (1 - saturation)
  const q = value * (1 - f * saturation)
  const t = value * (1 - (1 - f) * saturation)
  const all: ReadonlyArray<Triple> = [
    [value, t, p],
    [q, value, p],
    [p, value, t],
    [p, q, value],
    [t, p, value],
    [value, p, q]
  ]
  return all[sector % 6]
}

/** Every pixel changed in HSV; grey pictures have a value alone. Throws `RangeError` for other numbers of channels. */
function inHsv({ channels, height, width, bytes }: Picture, change: (hsv: Triple) => Triple): Uint8Array {
  const plane = height * width
  if (channels === 1) return Uint8Array.from(bytes, (byte) => cut(change([0, 0, byte / 255])[2]))
  if (channels !== 3)
    throw new RangeError(`a picture of ${channels} channels has no hue: expected 1 (grey) or 3 (colour)`)
  const result = new Uint8Array(bytes.length)
  for (let i = 0; i < plane; i++) {
    const hsv = hsvOf(bytes[i] / 255, bytes[i + plane] / 255, bytes[i + 2 * plane] / 255)
    for (const [channel, value] of rgbOf(change(hsv)).entries()) result[channel * plane + i] = cut(value)
  }
  return result
}

/** More value. */
export const brightness: Corrupt<number> = (picture, more) =>
  inHsv(picture, ([hue, saturation, value]) => [hue, saturation, clipped(value + more)])

/** Saturation times a factor, and a summand. */
export const saturate: Corrupt<readonly [factor: number, more: number]> = (picture, [factor, more]) =>
  inHsv(picture, ([hue, saturation, value]) => [hue, clipped(saturation * factor + more), value])
