/** What corruptions work on: one picture, its bytes channel by channel, and the scales between bytes and numbers. */
import type { Random } from "../../network/philox.ts"

export interface Picture {
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly bytes: Uint8Array // [channels, height, width]
}

/** What a corruption makes of a picture: bytes [channels, height, width]. `draw`: random numbers of this picture alone. */
export type Corrupt<C> = (picture: Picture, constants: C, draw: Random) => Uint8Array

export const clipped = (value: number): number => (value > 0 ? Math.min(value, 1) : 0)

/**
 * A number of 0 … 1 as a byte, as the authors of CIFAR-10-C have it: what is below a whole step is cut off. Bytes that go
 * there and back are what they were.
 */
export const cut = (value: number): number => Math.floor(clipped(value) * 255)

/** A number of 0 … 1 as the nearest byte, halves up. */
export const nearest = (value: number): number => Math.floor(clipped(value) * 255 + 0.5)

/** A picture each of whose values becomes another one; 0 … 1 both. */
export function valueByValue({ bytes }: Picture, change: (value: number) => number): Uint8Array {
  const result = new Uint8Array(bytes.length)
  for (let i = 0; i < bytes.length; i++) result[i] = cut(change(bytes[i] / 255))
  return result
}

/** The place of a pixel beyond the edge: mirrored about the outermost pixel, which is not repeated (abcd → cb|abcd|cb). */
export function mirrored(place: number, size: number): number {
  if (size === 1) return 0
  const period = 2 * (size - 1)
  const inPeriod = ((place % period) + period) % period
  return inPeriod < size ? inPeriod : period - inPeriod
}

/** The place of a pixel beyond the edge: the outermost one. */
export const clamped = (place: number, size: number): number => Math.max(0, Math.min(size - 1, place))
