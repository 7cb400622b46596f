import type { StoredSet } from "../../../src/data/examples.ts"
import { grey } from "../../../src/data/grey.ts"
import { copyImage } from "../../../src/data/images.ts"
import { stretch } from "../../../src/data/stretch.ts"
import type { ImageShape } from "../../../src/network/network.ts"
import type { DataSetParameters } from "../schemas.ts"

export interface Seen {
  readonly shape: ImageShape
  /** Puts the image of a number in the set at a place of `to`. */
  readonly put: (image: number, to: Uint8Array, at: number) => void
}

/** The images of a set as the steps of their data set make them. Throws `RangeError` where they cannot. */
export function seen(set: StoredSet, { shape, grey: isGrey, size }: DataSetParameters): Seen {
  const { channels, height, width, classes, images } = set
  const flat = isGrey === true && channels !== 1
  if (flat && channels !== 3)
    throw new RangeError(`images of ${channels} channels have no grey: expected 3 (red, green, blue)`)
  const to = size === undefined ? { height, width } : { height: shape.height, width: shape.width }
  const isSame = to.height === height && to.width === width
  const pixels = channels * height * width
  const picture = new Uint8Array(pixels)
  return {
    shape: { channels: flat ? 1 : channels, ...to, classes },
    put(image, out, at) {
      if (!flat && isSame) return copyImage(images, image, pixels, out, at)
      copyImage(images, image, pixels, picture, 0)
      const coloured = flat ? grey(picture) : picture
      out.set(isSame ? coloured : stretch(coloured, { height, width }, to), at)
    }
  }
}
