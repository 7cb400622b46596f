/**
 * The Taylor-term analysis of a network over examples. Networks of any depth have one, whose "layers" are the blocks;
 * the stem is outside. A ratio is a ratio of sums over the examples; see SCIENCE "Taylor-term analysis".
 */
import { clear, copy, type Dissection, type Dissector, eachGroup } from "../engine/dissection.ts"
import type { Examples, Precision, Vector } from "../engine/engine.ts"
import type { Network } from "../network/network.ts"
import type { Analysis, PathLength, Terms } from "../report/results.ts"
import { jacobianNorms } from "./jacobians.ts"
import { flippedMasks } from "./masks.ts"
import { type Change, orderMeasures, quartiles, scores, sumOf } from "./measures.ts"
import { gradientByLength, pathNorms } from "./paths.ts"
import { frozenSpectrum } from "./spectrum.ts"
import { exactTerms } from "./terms.ts"

/** Up to so many blocks all paths are walked one by one. */
const SINGLE_PATHS = 8

function open(dissect: Dissector, network: Network, precision: Precision, parameters: Vector): Dissection {
  if (!network.residual) throw new RangeError("only residual networks have a Taylor expansion: residual is false")
  const dissection = dissect(network, precision)
  dissection.load(parameters)
  return dissection
}

/** H − x of each group, its sum of squares over the examples, and the scores of H. */
function wholeMeasures(dissection: Dissection, examples: Examples) {
  const { depth } = dissection.network
  const state = dissection.state()
  const whole = scores(dissection, examples)
  let total = 0
  let input = 0
  let unchanged = 0
  return {
    take(from: number, count: number): Change {
      const [x, H] = [dissection.hidden(0), dissection.hidden(depth)]
      copy(dissection, state, H)
      dissection.add(state, -1, x)
      const squares = dissection.products(state, state)
      total += sumOf(squares, count)
      input += sumOf(dissection.products(x, x), count)
      for (let l = 0; l < count; l++) if (squares[l] === 0) unchanged++
      whole.take(H, from, count)
      return { state, squares }
    },
    result: () => ({ ...whole.result(), unchanged, total, input })
  }
}

/** The exact terms up to `order` and their measures. */
export function expand(
  dissect: Dissector,
  network: Network,
  parameters: Vector,
  examples: Examples,
  at: Terms["at"],
  order: number
): Terms {
  const dissection = open(dissect, network, "f64", parameters)
  const terms = exactTerms(dissection, order)
  const exact = orderMeasures(dissection, examples, order + 1)
  const whole = wholeMeasures(dissection, examples)
  eachGroup(dissection, examples, (from, count) => exact.take(terms(), whole.take(from, count), from, count))
  const { loss, accuracy, unchanged, total } = whole.result()
  const measured = exact.result(total)
  return { examples: examples.count, blocks: network.depth, at, terms: measured, loss, accuracy, unchanged }
}

export interface AnalysisOptions {
  readonly precision: Precision
  /** Highest order of the exact terms, ≤ depth. */
  readonly order: number
  /** Called after every group. */
  readonly progress: (examples: number) => void
}

/** Everything: exact terms up to `order`, frozen spectrum and gradient in all orders, blocks. */
export function analyse(
  dissect: Dissector,
  network: Network,
  parameters: Vector,
  examples: Examples,
  { precision, order, progress }: AnalysisOptions
): Analysis {
  const dissection = open(dissect, network, precision, parameters)
  const { lanes } = dissection
  const { depth, layers, filters, height, width, activation } = network
  const terms = exactTerms(dissection, order)
  const spectrum = frozenSpectrum(dissection, depth)
  const byLength = gradientByLength(dissection, depth)
  const singly = depth <= SINGLE_PATHS ? pathNorms(dissection) : undefined
  const norms = jacobianNorms(dissection)
  const flips = activation === "relu" ? flippedMasks(dissection) : undefined

  const whole = wholeMeasures(dissection, examples)
  const exact = orderMeasures(dissection, examples, order + 1)
  const frozen = orderMeasures(dissection, examples, depth + 1)
  const bent = new Float64Array(order + 1) // Σ ‖T_k − e_k‖²
  const lengths = Array.from({ length: depth + 1 }, () => ({ square: 0, product: 0, separately: 0 }))
  let gradientSquare = 0
  let gradientNorm = 0 // Σ ‖∂L/∂x‖
  const blockNorms = Array.from({ length: depth }, () => [] as Array<number>)
  const largest: Array<number> = []
  const flipped = Array.from({ length: depth }, () => ({ order0: 0, order1: 0 }))
  const difference = dissection.state()
  const gradient = dissection.state()

  eachGroup(dissection, examples, (from, count) => {
    const change = whole.take(from, count)
    const T = terms()
    exact.take(T, change, from, count)
    const e = spectrum()
    frozen.take(e, change, from, count)
    for (const [k, term] of T.entries()) {
      copy(dissection, difference, term)
      dissection.add(difference, -1, e[k])
      bent[k] += sumOf(dissection.products(difference, difference), count)
    }

    const a = byLength()
    clear(dissection, gradient)
    for (const part of a) dissection.add(gradient, 1, part)
    const squares = dissection.products(gradient, gradient)
    gradientSquare += sumOf(squares, count)
    gradientNorm += sumOf(squares.map(Math.sqrt), count)
    const paths = singly?.()
    for (const [k, part] of a.entries()) {
      lengths[k].square += sumOf(dissection.products(part, part), count)
      lengths[k].product += sumOf(dissection.products(part, gradient), count)
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
