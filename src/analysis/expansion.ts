/**
 * The Taylor-term analysis of a network over examples. Networks of any depth have one, whose "layers" are the blocks;
 * the stem is outside. A ratio is a ratio of sums over the examples; see SCIENCE "Taylor-term analysis".
 */
import type { Analysis, Analyst } from "../engine/analysis.ts"
import type { Examples, Vector } from "../engine/engine.ts"
import type { Network } from "../network/network.ts"
import type { Expansion, PathLength } from "../results/expansion.ts"
import type { Terms } from "../results/terms.ts"
import { jacobianNorms } from "./jacobians.ts"
import { flippedMasks } from "./masks.ts"
import { type Change, orderMeasures, quartiles, scores, sumOf } from "./measures.ts"
import { gradientByLength, pathNorms } from "./paths.ts"
import { frozenSpectrum } from "./spectrum.ts"
import { add, clear, copy, eachGroup } from "./states.ts"
import { exactTerms } from "./terms.ts"

/** Up to so many blocks all paths are walked one by one. */
const SINGLE_PATHS = 8

function open(analyst: Analyst, network: Network, parameters: Vector): Analysis {
  if (!network.residual) throw new RangeError("only residual networks have a Taylor expansion: residual is false")
  return analyst.analyze(network, parameters)
}

/** H − x of each group, its sum of squares over the examples, and the scores of H. */
function wholeMeasures(analysis: Analysis, examples: Examples) {
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

/** The exact terms up to `order` and their measures. */
export function expand(
  analyst: Analyst,
  network: Network,
  parameters: Vector,
  examples: Examples,
  at: Terms["at"],
  order: number
): Terms {
  const analysis = open(analyst, network, parameters)
  const terms = exactTerms(analysis, order)
  const exact = orderMeasures(analysis, examples, order + 1)
  const whole = wholeMeasures(analysis, examples)
  eachGroup(analysis, examples, (from, count) => exact.take(terms(), whole.take(from, count), from, count))
  const { loss, accuracy, unchanged, total } = whole.result()
  const measured = exact.result(total)
  return { examples: examples.count, blocks: network.depth, at, terms: measured, loss, accuracy, unchanged }
}

export interface ExpansionOptions {
  /** Highest order of the exact terms, ≤ depth. */
  readonly order: number
  /** Called after every group. */
  readonly progress: (examples: number) => void
}

/** Everything: exact terms up to `order`, frozen spectrum and gradient in all orders, blocks. */
export function expansionOf(
  analyst: Analyst,
  network: Network,
  parameters: Vector,
  examples: Examples,
  { order, progress }: ExpansionOptions
): Expansion {
  const analysis = open(analyst, network, parameters)
  const { lanes } = analysis
  const { depth, layers, filters, height, width, activation } = network
  const terms = exactTerms(analysis, order)
  const spectrum = frozenSpectrum(analysis, depth)
  const byLength = gradientByLength(analysis, depth)
  const singly = depth <= SINGLE_PATHS ? pathNorms(analysis) : undefined
  const norms = jacobianNorms(analysis)
  const flips = activation === "relu" ? flippedMasks(analysis) : undefined

  const whole = wholeMeasures(analysis, examples)
  const exact = orderMeasures(analysis, examples, order + 1)
  const frozen = orderMeasures(analysis, examples, depth + 1)
  const bent = new Float64Array(order + 1) // Σ ‖T_k − e_k‖²
  const lengths = Array.from({ length: depth + 1 }, () => ({ square: 0, product: 0, separately: 0 }))
  let gradientSquare = 0
  let gradientNorm = 0 // Σ ‖∂L/∂x‖
  const blockNorms = Array.from({ length: depth }, () => [] as Array<number>)
  const largest: Array<number> = []
  const flipped = Array.from({ length: depth }, () => ({ order0: 0, order1: 0 }))
  const difference = analysis.state()
  const gradient = analysis.state()

  eachGroup(analysis, examples, (from, count) => {
    const change = whole.take(from, count)
    const T = terms()
    exact.take(T, change, from, count)
    const e = spectrum()
    frozen.take(e, change, from, count)
    for (const [k, term] of T.entries()) {
      copy(analysis, difference, term)
      add(analysis, difference, -1, e[k])
      bent[k] += sumOf(analysis.inner(difference, difference), count)
    }

    const a = byLength()
    clear(analysis, gradient)
    for (const part of a) add(analysis, gradient, 1, part)
    const squares = analysis.inner(gradient, gradient)
    gradientSquare += sumOf(squares, count)
    gradientNorm += sumOf(squares.map(Math.sqrt), count)
    const paths = singly?.()
    for (const [k, part] of a.entries()) {
      lengths[k].square += sumOf(analysis.inner(part, part), count)
      lengths[k].product += sumOf(analysis.inner(part, gradient), count)
      if (paths !== undefined) lengths[k].separately += sumOf(paths[k], count)
    }

    const most = new Float64Array(lanes)
    for (const [j, norm] of norms().entries()) {
      for (let l = 0; l < count; l++) {
        blockNorms[j].push(norm[l])
        most[l] = Math.max(most[l], norm[l])
      }
    }
    for (let l = 0; l < count; l++) largest.push(depth * most[l])
    const counts = flips?.()
    if (counts !== undefined) {
      for (let j = 0; j < depth; j++) {
        flipped[j].order0 += sumOf(counts.order0[j], count)
        flipped[j].order1 += sumOf(counts.order1[j], count)
      }
    }
    progress(from + count)
  })

  const { loss, accuracy, unchanged, total, input } = whole.result()
  const masks = examples.count * (layers / depth) * filters * height * width // of one block
  const share = (flips: number) => (activation === "relu" ? flips / masks : null)
  return {
    examples: examples.count,
    blocks: depth,
    loss,
    accuracy,
    unchanged,
    change: input === 0 ? null : Math.sqrt(total / input),
    exact: exact.result(total),
    frozen: frozen
      .result(total)
      .map((part, k) => ({ ...part, bent: total === 0 || k > order ? null : Math.sqrt(bent[k] / total) })),
    gradient: lengths.map(
      ({ square, product, separately }, length): PathLength => ({
        length,
        norm: gradientSquare === 0 ? null : square / gradientSquare,
        share: gradientSquare === 0 ? null : product / gradientSquare,
        separately: singly === undefined || gradientNorm === 0 ? null : separately / gradientNorm
      })
    ),
    perBlock: blockNorms.map((norm, j) => ({
      norm: quartiles(norm),
      flippedAtInput: share(flipped[j].order0),
      flippedAtFirstOrder: share(flipped[j].order1)
    })),
    strength: quartiles(largest)
  }
}
