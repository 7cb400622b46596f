/** Pictures moved, turned and stretched about their middle, and stripes (MNIST-C). */
import { cosPi } from "../../network/math.ts"
import { type Corrupt, nearest, type Picture } from "./picture.ts"

/** Where each pixel of the result is taken from: x' = a x + b y, y' = c x + d y from the middle, then moved. */
interface Map {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
  readonly right: number
  readonly down: number
}

/** Between pixels by their distances; beyond the edge it is black. */
function warped({ channels, height, width, bytes }: Picture, { a, b, c, d, right, down }: Map): Uint8Array {
  const result = new Uint8Array(bytes.length)
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2]
  for (let channel = 0, to = 0; channel < channels; channel++) {
    const plane = channel * height * width
    const at = (x: number, y: number) =>
      x >= 0 && y >= 0 && x < width && y < height ? bytes[plane + y * width + x] / 255 : 0
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const [x, y] = [column - middleX, row - middleY]
        const [fromX, fromY] = [a * x + b * y + middleX + right, c * x + d * y + middleY + down]
        const [left, top] = [Math.floor(fromX), Math.floor(fromY)]
        const [dx, dy] = [fromX - left, fromY - top]
        const upper = (1 - dx) * at(left, top) + dx * at(left + 1, top)
        const lower = (1 - dx) * at(left, top + 1) + dx * at(left + 1, top + 1)
        result[to++] = nearest((1 - dy) * upper + dy * lower)
      }
    }
  }
  return result
}

const STILL: Map = { a: 1, b: 0, c: 0, d: 1, right: 0, down: 0 }

const cosine = (angle: number) => cosPi(Math.abs(angle) / Math.PI)
const sine = (angle: number) => cosPi(0.5 - angle / Math.PI)

/** By an angle in radians, below π / 2, to the left or to the right. */
export const shear: Corrupt<number> = (picture, size, { word }) => {
  const angle = word() % 2 === 0 ? size : -size
  return warped(picture, { ...STILL, b: -sine(angle), d: cosine(angle) })
}

/** By an angle in radians, below π / 2, either way. */
export const rotate: Corrupt<number> = (picture, size, { word }) => {
  const angle = word() % 2 === 0 ? size : -size
  return warped(picture, { ...STILL, a: cosine(angle), b: -sine(angle), c: sine(angle), d: cosine(angle) })
}

/** Smaller, by a factor below 1. */
export const scale: Corrupt<number> = (picture, factor) => warped(picture, { ...STILL, a: 1 / factor, d: 1 / factor })

/** By so many pixels in both directions, each way as likely. */
export const translate: Corrupt<number> = (picture, pixels, { word }) => {
  const [right, down] = [0, 1].map(() => (word() % 2 === 0 ? pixels : -pixels))
  return warped(picture, { ...STILL, right, down })
}

/** The outer quarters, left and right, become their negative. */
export const stripe: Corrupt<number> = ({ width, bytes }, share) => {
  const outer = Math.floor(width * share)
  return bytes.map((byte, i) => (i % width < outer || i % width >= width - outer ? 255 - byte : byte))
}
