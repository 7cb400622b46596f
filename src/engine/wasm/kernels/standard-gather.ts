/**
 * From uint8 images to vectors: (pixel / 255 − mean) / deviation, by channel. It stands in the place of gather.ts in modules
 * for standardized images, and `./plain-gather` is gather.ts itself there (sources.mjs).
 */
import { allocate } from "./memory"
import { gather as scaled, initializeGather as initialize } from "./plain-gather"
import { REAL, VECTOR } from "./real"
import { channels, height, pixel, plane, width } from "./shape"

/** The mean of each channel, then the inverse of its deviation, both of pixel / 255. */
let statistics: usize = 0

export function statisticsAt(): usize {
  return statistics
}

export function initializeGather(): void {
  initialize()
  statistics = allocate(<usize>(2 * channels) << REAL)
}

/** As gather.ts has it; what is beyond the edges stays 0, which is the mean here. */
export function gather(images: usize, out: usize): void {
  scaled(images, out)
  for (let c = 0; c < channels; c++) {
    const mean = v128.load_splat<real>(statistics + (<usize>c << REAL))
    const inverse = v128.load_splat<real>(statistics + (<usize>(channels + c) << REAL))
    for (let y = 0; y < height; y++) {
      let p = out + <usize>c * plane + pixel(y, 0)
      for (let x = 0; x < width; x++, p += VECTOR)
        v128.store(p, v128.mul<real>(v128.sub<real>(v128.load(p), mean), inverse))
    }
  }
}
