/** Coarser pixels: a picture made smaller and larger again, each time by the box filter (Pillow's BOX). */
import type { Corrupt } from "./picture.ts"

/** Rows of `from` values as rows of `to`: the mean of those whose middle lies in what a new one covers, halves up. */
function boxes(bytes: Uint8Array, rows: number, from: number, to: number): Uint8Array {
  const scale = from / to
  const width = Math.max(1, scale)
  const result = new Uint8Array(rows * to)
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale
    // Both of Pillow's tests: where a middle lies on a border, rounding decides in each.
    const covers = (k: number) => {
      const apart = (k - centre + 0.5) * (1 / width)
      return apart > -0.5 && apart <= 0.5
    }
    const last = Math.min(from, Math.floor(centre + width / 2 + 0.5))
    let first = Math.max(0, Math.floor(centre - width / 2 + 0.5))
    while (!covers(first) && first < last - 1) first++
    let end = first + 1
    while (end < last && covers(end)) end++
    for (let row = 0; row < rows; row++) {
      let sum = 0
      for (let k = first; k < end; k++) sum += bytes[row * from + k]
      result[row * to + i] = Math.floor(sum / (end - first) + 0.5)
    }
  }
  return result
}

/** Rows become columns, plane by plane. */
function turned(bytes: Uint8Array, planes: number, rows: number, columns: number): Uint8Array {
  const result = new Uint8Array(bytes.length)
  for (let plane = 0; plane < planes; plane++) {
    const start = plane * rows * columns
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++) result[start + x * rows + y] = bytes[start + y * columns + x]
  }
  return result
}

/** Both sides by a factor, and back. */
export const pixelate: Corrupt<number> = ({ channels, height, width, bytes }, factor) => {
  const [low, narrow] = [height, width].map((side) => Math.max(1, Math.floor(side * factor)))
  const resized = (given: Uint8Array, [h, w]: readonly [number, number], [toH, toW]: readonly [number, number]) => {
    const across = boxes(given, channels * h, w, toW)
    return turned(boxes(turned(across, channels, h, toW), channels * toW, h, toH), channels, toW, toH)
  }
  return resized(resized(bytes, [height, width], [low, narrow]), [low, narrow], [height, width])
}
