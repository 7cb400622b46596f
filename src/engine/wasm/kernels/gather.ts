/** From uint8 images to vectors: LANES images side by side, pixel / 255. */
import { LANES, REAL, VECTOR } from "./real"
import { channels, height, pixel, plane, width } from "./shape"

/** pixel / 255 by pixel, correctly rounded. */
const scaled = memory.data(256 * 8, 16)

export function initializeScale(): void {
  for (let i = 0; i < 256; i++) store<real>(scaled + (<usize>i << REAL), <real>i / 255)
}

// @ts-ignore: decorator
@inline
function value(image: usize): real {
  return load<real>(scaled + (<usize>load<u8>(image) << REAL))
}

/** out: planes. images: LANES times [C, H, W] uint8, one after the other. */
export function gather(images: usize, out: usize): void {
  const size = <usize>(channels * height * width)
  let p = images
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height; y++) {
      let to = out + <usize>c * plane + pixel(y, 0)
      for (let x = width; x; x--, p++, to += VECTOR) {
        store<real>(to, value(p))
        store<real>(to, value(p + size), sizeof<real>())
        if (LANES > 2) {
          store<real>(to, value(p + 2 * size), 2 * sizeof<real>())
          store<real>(to, value(p + 3 * size), 3 * sizeof<real>())
        }
      }
    }
}
