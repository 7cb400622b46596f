/** Rows of a data set's images as pictures. */
import type { StoredSet } from "../../data/examples.ts"
import { type Picture, resize } from "../../data/files/resize.ts"
import { pngOf } from "../page/png.ts"
import type { Strip } from "../page/sheet.ts"

/** A picture is drawn at most so wide and high; larger ones are made smaller. */
const MOST_SIDE = 64
/** Pixels between pictures, through which the page shows. */
const GAP = 2

type Size = Pick<StoredSet, "channels" | "height" | "width">

/** Sides of a picture on the sheet. */
export function drawnSize({ height, width }: Size): { readonly height: number; readonly width: number } {
  const scale = Math.max(1, Math.max(height, width) / MOST_SIDE)
  return { height: Math.max(1, Math.round(height / scale)), width: Math.max(1, Math.round(width / scale)) }
}

/** How many times its pixels a picture is drawn, so that small ones can be seen. */
export const scaleOf = (size: Size): number => Math.max(1, Math.min(8, Math.floor(72 / drawnSize(size).height)))

/** An image [C, H, W] as colours [H, W, 3]; of other than three channels the first as grey. */
function pictureOf(image: Uint8Array, { channels, height, width }: Size): Picture {
  const plane = height * width
  const data = new Uint8Array(3 * plane)
  for (let i = 0; i < plane; i++)
    for (let c = 0; c < 3; c++) data[3 * i + c] = image[(channels === 3 ? c : 0) * plane + i]
  return { width, height, channels: 3, data }
}

/** Images [C, H, W] side by side. */
export function stripOf(images: ReadonlyArray<Uint8Array>, size: Size, said: Pick<Strip, "label" | "alt">): Strip {
  const { height, width } = drawnSize(size)
  const across = images.length * width + (images.length - 1) * GAP
  const rgba = new Uint8Array(4 * across * height)
  for (const [place, image] of images.entries()) {
    const { data } = resize(pictureOf(image, size), width, height)
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const [from, to] = [3 * (y * width + x), 4 * (y * across + place * (width + GAP) + x)]
        rgba.set(data.subarray(from, from + 3), to)
        rgba[to + 3] = 255
      }
    }
  }
  return { ...said, png: pngOf(across, height, rgba), width: across, height }
}
