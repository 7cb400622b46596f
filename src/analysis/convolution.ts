/** What a convolution's gradient is made of, for analyses of a few examples: plain loops in f64, stride 1, padding 'same'. */

export interface Plane {
  readonly height: number
  readonly width: number
  readonly kernel: number
}

type Values = ArrayLike<number>

/** Visits, for each pair of channels and each tap, the rows that meet under it. */
function eachTap(
  { height, width, kernel }: Plane,
  outputs: number,
  inputs: number,
  visit: (tap: number, out: number, input: number, length: number) => void
): void {
  const reach = (kernel - 1) / 2
  const plane = height * width
  for (let o = 0, tap = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      for (let dy = -reach; dy <= reach; dy++) {
        for (let dx = -reach; dx <= reach; dx++, tap++) {
          const [left, right] = [Math.max(0, -dx), Math.min(width, width - dx)]
          for (let y = Math.max(0, -dy); y < Math.min(height, height - dy); y++)
            visit(tap, o * plane + y * width + left, i * plane + (y + dy) * width + left + dx, right - left)
        }
      }
    }
  }
}

/** sums[o, i, ky, kx] += Σ dz[o, y, x] · h[i, y + ky − r, x + kx − r]. dz: [outputs, H, W], h: [inputs, H, W] */
export function addWeightGradient(
  plane: Plane,
  dz: Values,
  outputs: number,
  h: Values,
  inputs: number,
  sums: Float64Array
): void {
  eachTap(plane, outputs, inputs, (tap, out, input, length) => {
    let sum = 0
    for (let k = 0; k < length; k++) sum += dz[out + k] * h[input + k]
    sums[tap] += sum
  })
}

/** gradient[i, y + ky − r, x + kx − r] += dz[o, y, x] · weights[o, i, ky, kx]. gradient: [inputs, H, W] */
export function addInputGradient(
  plane: Plane,
  dz: Values,
  outputs: number,
  weights: Values,
  inputs: number,
  gradient: Float64Array
): void {
  eachTap(plane, outputs, inputs, (tap, out, input, length) => {
    const weight = weights[tap]
    for (let k = 0; k < length; k++) gradient[input + k] += weight * dz[out + k]
  })
}
