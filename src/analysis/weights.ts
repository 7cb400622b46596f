/** Gradients of the loss by weights and biases, stem, layers and dense layer, of an analysis's examples. */

import { copyImage } from "../data/images.ts"
import type { Analysis, State } from "../engine/analysis.ts"
import type { GivenExamples } from "../engine/engine.ts"
import { scoreLogits } from "../engine/loss.ts"
import { scaleOf, tensors } from "../network/network.ts"
import { layerSlopes, mapped, throughStem } from "./backward.ts"
import { addWeightGradient } from "./convolution.ts"

/**
 * Sums gradients of the losses by all parameters, [P], group by group. `layer` takes what layer i (from 0) gave at the
 * state of the passed examples that it sees, and the gradient by the state after its block.
 */
export function weightGradients(analysis: Analysis, examples: GivenExamples) {
  const { network } = analysis
  const { channels, height, width, classes: M, filters, kernel } = network
  const plane = { height, width, kernel }
  const places = new Map(tensors(network).map(({ name, offset, size }) => [name, { offset, size }]))
  const last = tensors(network).at(-1)!
  const sums = new Float64Array(last.offset + last.size)
  const of = (name: string) => {
    const { offset, size } = places.get(name)!
    return sums.subarray(offset, offset + size)
  }
  const scale = scaleOf(network)
  const size = channels * height * width
  const image = new Uint8Array(size)
  const biases = (dz: Float64Array, into: Float64Array) => {
    const each = height * width
    for (let f = 0, i = 0; f < filters; f++) for (let k = 0; k < each; k++) into[f] += dz[i++]
  }
  return {
    layer(i: number, seen: State, out: State, gradient: State, count: number) {
      for (let l = 0; l < count; l++) {
        const slopes = layerSlopes(analysis, out, l)
        const dz = mapped(analysis.read(gradient, l), (value, k) => scale * value * slopes[k])
        addWeightGradient(plane, dz, filters, analysis.read(seen, l), filters, of(`layers.${i}.weight`))
        biases(dz, of(`layers.${i}.bias`))
      }
    },
    /** `gradient` by h_0. */
    stem(gradient: State, from: number, count: number) {
      for (let l = 0; l < count; l++) {
        const dz = throughStem(analysis, gradient, l)
        copyImage(examples.images, from + l, size, image, 0)
        const x = mapped(image, (value) => value / 255)
        addWeightGradient(plane, dz, filters, x, channels, of("stem.weight"))
        biases(dz, of("stem.bias"))
      }
    },
    /** `h`: h_depth. */
    dense(h: State, from: number, count: number) {
      const errors = new Float64Array(count * M)
      const indices = Uint32Array.from({ length: count }, (_, l) => from + l)
      scoreLogits(network, analysis.logits(h), examples, indices, errors)
      const [weights, bias] = [of("dense.weight"), of("dense.bias")]
      for (let l = 0; l < count; l++) {
        const values = analysis.read(h, l)
        for (let m = 0, w = 0; m < M; m++) {
          const error = errors[l * M + m]
          for (let d = 0; d < values.length; d++) weights[w++] += error * values[d]
          bias[m] += error
        }
      }
    },
    /** Of the mean loss. */
    result: () => sums.map((sum) => sum / examples.count)
  }
}

/** Norms of vectors [P] by what they belong to: "stem", "layers.0" …, "dense". */
export function normsBy(analysis: Analysis, vector: ArrayLike<number>): ReadonlyMap<string, number> {
  const squares = new Map<string, number>()
  for (const { name, offset, size } of tensors(analysis.network)) {
    const part = name.replace(/\.(weight|bias)$/, "")
    let sum = squares.get(part) ?? 0
    for (let i = offset; i < offset + size; i++) sum += vector[i] * vector[i]
    squares.set(part, sum)
  }
  return new Map([...squares].map(([part, sum]) => [part, Math.sqrt(sum)]))
}
