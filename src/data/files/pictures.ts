/** Many image files as images of one size. */
import { DataError } from "../errors.ts"
import { decode } from "./decode.ts"
import { type ImageSize, planarInto } from "./pixels.ts"
import { crop, type Picture, resize } from "./resize.ts"

export interface ImageFile {
  readonly bytes: Uint8Array
  readonly file: string
}

/** What becomes of pictures of another size: their middle, or all of them, in the declared one; refused if left out. */
export type SizeRule = "crop" | "stretch" | undefined

/** What is decoded at once for each thread. */
const AT_ONCE = 4

/**
 * Decodes `count` files into `images` [n, C, H, W] from image `start` on, `threads` of them at once. Of several faulty
 * files the first in order is told of. Rejects with `DataError`.
 */
export async function decodeAll(
  images: Uint8Array,
  { start, count, at }: { readonly start: number; readonly count: number; readonly at: (i: number) => ImageFile },
  size: ImageSize,
  { rule, threads, done }: { readonly rule: SizeRule; readonly threads: number; readonly done: () => void }
): Promise<void> {
  const pixels = size.channels * size.height * size.width
  let next = 0
  let fault: { readonly i: number; readonly error: unknown } | undefined
  const put = async (i: number) => {
    const { bytes, file } = at(i)
    const picture = sized(await decode(bytes, file, size.channels === 1 ? 1 : 3), file, size, rule)
    planarInto(images, (start + i) * pixels, picture.data, size)
    done()
  }
  const work = async () => {
    while (fault === undefined && next < count) {
      const i = next++
      await put(i).catch((error) => {
        if (fault === undefined || i < fault.i) fault = { i, error }
      })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE * threads }, work))
  if (fault !== undefined) throw fault.error
}

/** The picture in the declared size. Throws `DataError` where it has another and nothing says what to do. */
function sized(picture: Picture, file: string, { height, width }: ImageSize, rule: SizeRule): Picture {
  if (picture.width === width && picture.height === height) return picture
  if (rule === "crop") return resize(crop(picture, width, height), width, height)
  if (rule === "stretch") return resize(picture, width, height)
  const found = `${picture.width}×${picture.height}`
  const advice = 'declare that size, or `size: "crop"` (its middle) or `size: "stretch"`'
  throw new DataError({ file, expected: `a picture of ${width}×${height} (width × height)`, found, advice })
}
