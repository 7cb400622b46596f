/**
 * Where a convolution's sum is exactly 0, because all of its inputs are.
 *
 * Winograd's sums round: over a patch of zeros they give not 0 but some ±1e-8. That matters only where the bias is
 * exactly 0, as it is at initial values: there ReLU would open or close by chance wherever an image is black. For such
 * layers the sum is set to 0 where nothing of h lies under the kernel. Parameters and inputs alone decide it.
 */
import { allocate } from "./memory"
import { get, splat } from "./real"
import { filters, innerHeight, innerWidth, kernel, plane, pixel, reach, row } from "./shape"
import { layerBiases } from "./parameters"

/** Per pixel, in the layout of a plane: lanes in which h is not 0 in some channel, and in which some of its patch is. */
let occupied: usize = 0
let support: usize = 0

export function allocateSupport(): void {
  occupied = allocate(plane)
  support = allocate(plane)
}

/** Whether layer i has a bias that is exactly 0. */
function hasZeroBias(i: i32): bool {
  const biases = layerBiases(i)
  for (let c = 0; c < filters; c++) if (get(biases, c) == 0) return true
  return false
}

/** The plane of masks for the layers from `first` up to `end`, which all see h; 0 if none of them needs it. */
export function supportOf(h: usize, first: i32, end: i32): usize {
  let needed = false
  for (let i = first; i < end && !needed; i++) needed = hasZeroBias(i)
  if (!needed) return 0
  for (let y = 0; y < innerHeight; y++)
    for (let x = 0; x < innerWidth; x++) {
      const at = pixel(y, x)
      let any = splat(0)
      for (let c = 0; c < filters; c++)
        any = v128.or(any, v128.ne<real>(v128.load(h + <usize>c * plane + at), splat(0)))
      v128.store(occupied + at, any)
    }
  for (let y = 0; y < innerHeight; y++)
    for (let x = 0; x < innerWidth; x++) {
      let any = splat(0)
      for (let ky = 0; ky < kernel; ky++) {
        const line = occupied + pixel(y + ky - reach, x - reach)
        for (let kx = 0; kx < kernel; kx++) any = v128.or(any, v128.load(line + (<usize>kx << 4)))
      }
      v128.store(support + pixel(y, x), any)
    }
  return support
}
