/**
 * The Taylor expansion of a network over examples: its exact terms, and what else is asked for. Networks of any depth
 * have one, whose "layers" are the blocks; the stem is outside. A ratio is a ratio of sums over the examples.
 */
import type { Analysis, Analyst } from "../engine/analysis.ts"
import type { GivenExamples, Vector } from "../engine/engine.ts"
import type { Network } from "../network/network.ts"
import type { Expansion, PathLength, View } from "../results/expansion.ts"
import { jacobianNorms } from "./jacobians.ts"
import { flippedMasks } from "./masks.ts"
import { type Change, orderMeasures, quartiles, scores, sumOf } from "./measures.ts"
import { gradientByLength, pathNorms } from "./paths.ts"
import { frozenSpectrum } from "./spectrum.ts"
import { add, clear, copy, eachGroup } from "./states.ts"
import { exactTerms } from "./terms.ts"

/** Up to so many blocks all paths are walked one by one. */
const SINGLE_PATHS = 8

export interface ExpansionOptions {
  /** Highest order of the exact terms, ≤ depth. */
  readonly order: number
  /** What is looked at besides the exact terms, in all orders. */
  readonly views: ReadonlyArray<View>
  /** Called after every group. */
  readonly progress: (examples: number) => void
}

/** Throws `RangeError` for a network without residual connections. */
export function expansionOf(
  analyst: Analyst,
  network: Network,
  parameters: Vector,
  examples: GivenExamples,
  { order, views, progress }: ExpansionOptions
): Expansion {
  if (!network.residual) throw new RangeError("only residual networks have a Taylor expansion: residual is false")
  const analysis = analyst.analyze(network, parameters)
  const terms = exactTerms(analysis, order)
  const whole = wholeMeasures(analysis, examples)
  const exact = orderMeasures(analysis, examples, order + 1)
  const asked = <V>(view: View, make: () => V) => (views.includes(view) ? make() : undefined)
  const spectrum = asked("spectrum", () => spectrumMeasures(analysis, examples, order))
  const gradient = asked("gradient", () => gradientMeasures(analysis))
  const strength = asked("strength", () => strengthMeasures(analysis, examples.count))

  eachGroup(analysis, examples, (from, count) => {
    const change = whole.take(from, count)
    const parts = terms()
    exact.take(parts, change, from, count)
    spectrum?.take(parts, change, from, count)
    gradient?.take(count)
    strength?.take(count)
    progress(from + count)
  })

  const { loss, accuracy, unchanged, total, input } = whole.result()
  return {
    examples: examples.count,
    blocks: network.depth,
    loss,
    accuracy,
    unchanged,
    change: input === 0 ? null : Math.sqrt(total / input),
    exact: exact.result(total),
    spectrum: spectrum?.result(total) ?? null,
    gradient: gradient?.result() ?? null,
    strength: strength?.result() ?? null
  }
}

/** H − x of each group, its sum of squares over the examples, and the scores of H. */
function wholeMeasures(analysis: Analysis, examples: GivenExamples) {
  const { depth } = analysis.network
  const state = analysis.state()
  const whole = scores(analysis, examples)
  let total = 0
  let input = 0
  let unchanged = 0
  return {
    take(from: number, count: number): Change {
      const [x, H] = [analysis.trajectory(0), analysis.trajectory(depth)]
      copy(analysis, state, H)
      add(analysis, state, -1, x)
      const squares = analysis.inner(state, state)
      total += sumOf(squares, count)
      input += sumOf(analysis.inner(x, x), count)
      for (let l = 0; l < count; l++) if (squares[l] === 0) unchanged++
      whole.take(H, from, count)
      return { state, squares }
    },
    result: () => ({ ...whole.result(), unchanged, total, input })
  }
}

/** The frozen-affine spectrum in all orders, and how far the exact terms up to `order` are from it. */
function spectrumMeasures(analysis: Analysis, examples: GivenExamples, order: number) {
  const { depth } = analysis.network
  const spectrum = frozenSpectrum(analysis, depth)
  const frozen = orderMeasures(analysis, examples, depth + 1)
  const bent = new Float64Array(order + 1) // Σ ‖T_k − e_k‖²
  const difference = analysis.state()
  return {
    take(terms: ReturnType<ReturnType<typeof exactTerms>>, change: Change, from: number, count: number) {
      const e = spectrum()
      frozen.take(e, change, from, count)
      for (const [k, term] of terms.entries()) {
        copy(analysis, difference, term)
        add(analysis, difference, -1, e[k])
        bent[k] += sumOf(analysis.inner(difference, difference), count)
      }
    },
    result: (total: number) =>
      frozen
        .result(total)
        .map((part, k) => ({ ...part, bent: total === 0 || k > order ? null : Math.sqrt(bent[k] / total) }))
  }
}

/** The gradient by path length, in all lengths. */
function gradientMeasures(analysis: Analysis) {
  const { depth } = analysis.network
  const byLength = gradientByLength(analysis, depth)
  const singly = depth <= SINGLE_PATHS ? pathNorms(analysis) : undefined
  const lengths = Array.from({ length: depth + 1 }, () => ({ square: 0, product: 0, separately: 0 }))
  const gradient = analysis.state()
  let square = 0 // Σ ‖∂L/∂x‖²
  let length = 0 // Σ ‖∂L/∂x‖
  return {
    take(count: number) {
      const a = byLength()
      clear(analysis, gradient)
      for (const part of a) add(analysis, gradient, 1, part)
      const squares = analysis.inner(gradient, gradient)
      square += sumOf(squares, count)
      length += sumOf(squares.map(Math.sqrt), count)
      const paths = singly?.()
      for (const [k, part] of a.entries()) {
        lengths[k].square += sumOf(analysis.inner(part, part), count)
        lengths[k].product += sumOf(analysis.inner(part, gradient), count)
        if (paths !== undefined) lengths[k].separately += sumOf(paths[k], count)
      }
    },
    result: () =>
      lengths.map(
        (own, k): PathLength => ({
          length: k,
          norm: square === 0 ? null : own.square / square,
          share: square === 0 ? null : own.product / square,
          separately: singly === undefined || length === 0 ? null : own.separately / length
        })
      )
  }
}

/** How strong the blocks are, and how many masks flip where they see a truncation. */
function strengthMeasures(analysis: Analysis, examples: number) {
  const { lanes } = analysis
  const { depth, layers, filters, height, width, activation } = analysis.network
  const norms = jacobianNorms(analysis)
  const flips = activation === "relu" ? flippedMasks(analysis) : undefined
  const blockNorms = Array.from({ length: depth }, () => [] as Array<number>)
  const largest: Array<number> = []
  const flipped = Array.from({ length: depth }, () => ({ order0: 0, order1: 0 }))
  const masks = examples * (layers / depth) * filters * height * width // of one block
  const share = (flips: number) => (activation === "relu" ? flips / masks : null)
  return {
    take(count: number) {
      const most = new Float64Array(lanes)
      for (const [j, norm] of norms().entries()) {
        for (let l = 0; l < count; l++) {
          blockNorms[j].push(norm[l])
          most[l] = Math.max(most[l], norm[l])
        }
      }
      for (let l = 0; l < count; l++) largest.push(depth * most[l])
      const counts = flips?.()
      if (counts === undefined) return
      for (let j = 0; j < depth; j++) {
        flipped[j].order0 += sumOf(counts.order0[j], count)
        flipped[j].order1 += sumOf(counts.order1[j], count)
      }
    },
    result: () => ({
      perBlock: blockNorms.map((norm, j) => ({
        norm: quartiles(norm),
        flippedAtInput: share(flipped[j].order0),
        flippedAtFirstOrder: share(flipped[j].order1)
      })),
      whole: quartiles(largest)
    })
  }
}
