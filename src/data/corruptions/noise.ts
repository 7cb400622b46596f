/** Noise in every value of a picture, each channel on its own. */
import { cosPi, exp, log } from "../../network/math.ts"
import type { Random } from "../../network/philox.ts"
import { type Corrupt, cut, valueByValue } from "./picture.ts"

/** Numbers of the standard normal distribution, two at a time (Box & Muller 1958). */
export function normals({ uniform }: Random): () => number {
  let other: number | undefined
  return () => {
    if (other !== undefined) {
      const one = other
      other = undefined
      return one
    }
    const radius = Math.sqrt(-2 * log(1 - uniform()))
    const turn = 2 * uniform() // of half circles
    const sine = turn <= 1 ? cosPi(Math.abs(turn - 0.5)) : -cosPi(Math.abs(turn - 1.5))
    other = radius * sine
    return radius * cosPi(turn <= 1 ? turn : 2 - turn)
  }
}

/** Normal noise of a deviation. */
export const gaussianNoise: Corrupt<number> = (picture, deviation, draw) => {
  const normal = normals(draw)
  return valueByValue(picture, (value) => value + normal() * deviation)
}

/** Normal noise in proportion to the value. */
export const speckleNoise: Corrupt<number> = (picture, deviation, draw) => {
  const normal = normals(draw)
  return valueByValue(picture, (value) => value + value * (normal() * deviation))
}

/** By rate: P(N ≤ k) of the Poisson distribution for k = 0, 1, 2 … as far as the last is 1. */
const distributions = new Map<number, Float64Array>()

function distributionOf(rate: number): Float64Array {
  let known = distributions.get(rate)
  if (known !== undefined) return known
  const sums: Array<number> = []
  let sum = 0
  for (let k = 0, p = exp(-rate); sum < 1 && (k <= rate || p > 1e-18); p *= rate / ++k) sums.push((sum += p))
  distributions.set(rate, (known = Float64Array.from(sums)))
  return known
}

/** Photons that are counted: N / rate, N of the Poisson distribution with the mean value · rate, by inversion. */
export const shotNoise: Corrupt<number> = (picture, rate, { uniform }) =>
  valueByValue(picture, (value) => {
    const sums = distributionOf(value * rate)
    const u = uniform()
    let [low, high] = [0, sums.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle] > u) high = middle
      else low = middle + 1
    }
    return low / rate
  })

/** A share of the values is black or white, each as likely. */
export const impulseNoise: Corrupt<number> = ({ bytes }, share, { uniform, word }) =>
  Uint8Array.from(bytes, (byte) => {
    const [hit, white] = [uniform() < share, word() % 2 === 1]
    return hit ? cut(white ? 1 : 0) : byte
  })
