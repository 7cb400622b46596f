/** From uint8 images to vectors: LANES images side by side, pixel / 255. */
import { LANES, VECTOR, madd, mul } from "./real"
import { channels, height, pixel, plane, width } from "./shape"

/**
 * Four neighbouring pixels of all lanes' images make one vector of bytes, 4·lane + x. CHOICE picks those of pixel x,
 * widened to integers: byte 4·lane of its x-th vector is 4·lane + x, and all others are out of range, which gives 0.
 */
const CHOICE = memory.data(4 * 16 * BLOCKS, 16)

export function initializeGather(): void {
  memory.fill(CHOICE, 0xff, 4 * 16)
  for (let x = 0; x < 4; x++) for (let l = 0; l < LANES; l++) store<u8>(CHOICE + <usize>(16 * x + 4 * l), <u8>(4 * l + x))
}

/** 255, -255 and 1/255: constants in memory, see winograd.ts. */
const FACTORS = memory.data<real>([255, -255, 1.0 / 255], 16)

/** The chosen bytes / 255, correctly rounded: a division, or multiplication and one step of Newton's where fused. */
// @ts-ignore: decorator
@inline
function scaled(bytes: v128, choice: v128, x: i32, whole: v128, minusWhole: v128, inverse: v128): v128 {
  // Relaxed only for indices of 16 to 127; there are none.
  const integers = FUSED ? i8x16.relaxed_swizzle(bytes, choice) : i8x16.swizzle(bytes, choice)
  const p = sizeof<real>() == 4 ? f32x4.convert_i32x4_s(integers) : f64x2.convert_low_i32x4_s(integers)
  if (!FUSED) return v128.div<real>(p, whole)
  const quotient = mul(p, inverse)
  return madd(madd(quotient, minusWhole, p), inverse, quotient)
}

/** Four pixels of all lanes' images; `size`: bytes from an image to the next. */
// @ts-ignore: decorator
@inline
function fourPixels(p: usize, size: usize): v128 {
  let bytes = v128.load_lane<u32>(p + size, v128.load32_zero(p), 1)
  if (LANES > 2) {
    bytes = v128.load_lane<u32>(p + 2 * size, bytes, 2)
    bytes = v128.load_lane<u32>(p + 3 * size, bytes, 3)
  }
  return bytes
}

/** out: planes. images: LANES times [C, H, W] uint8, one after the other; up to three bytes beyond them are read. */
export function gather(images: usize, out: usize): void {
  const size = <usize>(channels * height * width)
  const c0 = v128.load(CHOICE), c1 = v128.load(CHOICE, VECTOR), c2 = v128.load(CHOICE, 2 * VECTOR), c3 = v128.load(CHOICE, 3 * VECTOR)
  const whole = v128.load_splat<real>(FACTORS), minusWhole = v128.load_splat<real>(FACTORS, sizeof<real>())
  const inverse = v128.load_splat<real>(FACTORS, 2 * sizeof<real>())
  let p = images
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height; y++) {
      let to = out + <usize>c * plane + pixel(y, 0)
      let x = width
      for (; x >= 4; x -= 4, p += 4, to += 4 * VECTOR) {
        const bytes = fourPixels(p, size)
        v128.store(to, scaled(bytes, c0, 0, whole, minusWhole, inverse))
        v128.store(to, scaled(bytes, c1, 1, whole, minusWhole, inverse), VECTOR)
        v128.store(to, scaled(bytes, c2, 2, whole, minusWhole, inverse), 2 * VECTOR)
        v128.store(to, scaled(bytes, c3, 3, whole, minusWhole, inverse), 3 * VECTOR)
      }
      if (x) {
        const bytes = fourPixels(p, size)
        v128.store(to, scaled(bytes, c0, 0, whole, minusWhole, inverse))
        if (x > 1) v128.store(to, scaled(bytes, c1, 1, whole, minusWhole, inverse), VECTOR)
        if (x > 2) v128.store(to, scaled(bytes, c2, 2, whole, minusWhole, inverse), 2 * VECTOR)
        p += <usize>x
      }
    }
}
