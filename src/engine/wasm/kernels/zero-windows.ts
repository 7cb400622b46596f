/**
 * Pre-activations that must be exact: where all the pixels that a convolution looks at are 0, its sum is 0, and z is
 * the bias. Winograd's method leaves rounding errors there if other pixels of the tile are not 0, and with a bias of
 * 0, as all have at first, ReLU would take their sign for the unit's: on images with black borders gradients were off
 * by a tenth. So those sums are set to 0, as long as some bias of the block is not well away from 0.
 */
import { allocate } from "./memory"
import { get, splat, SHIFT } from "./real"
import { RELU, activation, depth, filters, height, innerHeight, innerWidth, kernel, layerStart, layers, pixel, plane, row, width } from "./shape"

/** Biases below this may come within rounding errors of 0. */
const SMALL: f64 = 1.0 / 16384

/** Masks of the lanes in which a window has a pixel other than 0, `[y][x]` vectors; 0 if they do not matter now. */
export let windows: usize = 0

let masks: usize = 0
/** Masks of the lanes in which a pixel is other than 0, one plane. */
let bits: usize = 0
/** By block, whether some bias is small. */
let small: usize = 0

export function allocateZeroWindows(): void {
  masks = allocate(<usize>(innerHeight * innerWidth) << SHIFT)
  bits = allocate(plane)
  small = allocate(<usize>depth)
}

/** After every change of the parameters. */
export function findSmallBiases(parameters: usize): void {
  const width = layers / depth
  for (let j = 0; j < depth; j++) {
    let some: u8 = 0
    for (let i = j * width; i < (j + 1) * width; i++) {
      const weights = <usize>(kernel * kernel * filters * filters) * sizeof<real>()
      const biases = parameters + layerStart(i) + weights
      for (let f = 0; f < filters; f++) if (!(abs(<f64>get(biases, f)) > SMALL)) some = 1
    }
    store<u8>(small + <usize>j, some)
  }
}

/**
 * Sets `windows` for block j = 1 … d, whose input is h. Where every pixel is other than 0 in some channel, as soon in
 * training most are, no sum can be 0, and the masks do not matter.
 */
export function markWindows(j: i32, h: usize): void {
  windows = 0
  if (activation != RELU || !load<u8>(small + <usize>(j - 1)) || !markPixels(h)) return
  const zero = splat(0)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let any = zero
      for (let ky = 0; ky < kernel; ky++) {
        const p = bits + <usize>(y + ky) * row + (<usize>x << SHIFT)
        for (let kx = 0; kx < kernel; kx++) any = v128.or(any, v128.load(p + (<usize>kx << SHIFT)))
      }
      v128.store(masks + (<usize>(y * innerWidth + x) << SHIFT), any)
    }
  windows = masks
}

/** Fills `bits` with the masks of the pixels that are other than 0 in some channel. Whether one is 0 in all. */
function markPixels(h: usize): bool {
  const zero = splat(0)
  let all = v128.eq<real>(zero, zero)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = pixel(y, x)
      let any = v128.ne<real>(v128.load(h + at), zero) // as a number: the sign of -0 is no pixel
      let p = h + at + plane
      for (let c = filters - 1; c && !v128.all_true<integer>(any); c--, p += plane)
        any = v128.or(any, v128.ne<real>(v128.load(p), zero))
      v128.store(bits + at, any)
      all = v128.and(all, any)
    }
  return !v128.all_true<integer>(all)
}
