/** Many image files as images of one size. */
import { DataError } from "../errors.ts"
import { decode } from "./decode.ts"
import { type ImageSize, planarInto } from "./pixels.ts"
import { crop, type Picture, resize } from "./resize.ts"

export interface ImageFile {
  readonly file: string
  /** Reads it. */
  readonly bytes: () => Uint8Array
  /** Bytes that it has in memory already. */
  readonly kept?: number
}

/** What becomes of pictures of another size: their middle, or all of them, in the declared one; refused if left out. */
export type SizeRule = "crop" | "stretch" | undefined

/** What is decoded at once for each thread: one is in hand while another is. */
const AT_ONCE = 2

/**
 * Decodes files into `images` [n, C, H, W], `threads` of them at once. Of several faulty files the first in order is told
 * of. Rejects with `DataError`.
 */
export async function decodeAll(
  images: Uint8Array,
  files: ReadonlyArray<ImageFile>,
  size: ImageSize,
  { rule, threads, done }: { readonly rule: SizeRule; readonly threads: number; readonly done: () => void }
): Promise<void> {
  const pixels = size.channels * size.height * size.width
  let next = 0
  let fault: { readonly i: number; readonly error: unknown } | undefined
  const put = async (i: number) => {
    const { bytes, file } = files[i]
    const picture = sized(await decode(bytes(), file, size.channels === 1 ? 1 : 3), file, size, rule)
    planarInto(images, i * pixels, picture.data, size)
    done()
  }
  const work = async () => {
    while (fault === undefined && next < files.length) {
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
