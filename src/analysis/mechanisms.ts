/**
 * Why a network trains as it does, measured at one moment: gradients by layer, what each layer does beside the gradient,
 * nonlinearities that act, and how smooth the loss is by the image (docs/science.md, "Mechanisms").
 */
import type { ImageSet } from "../data/examples.ts"
import type { Analysis, Analyst, State } from "../engine/analysis.ts"
import type { Vector } from "../engine/engine.ts"
import type { Network } from "../network/network.ts"
import type { Mechanisms } from "../results/mechanisms.ts"
import { backward, layerSlopes, mapped, slopeOf } from "./backward.ts"
import { sumOf } from "./measures.ts"
import { gradientByLength } from "./paths.ts"
import { type Along, lineMeasures, type Noise, noisyScores, smoothness } from "./smoothness.ts"
import { clear, eachGroup } from "./states.ts"
import { normsBy, weightGradients } from "./weights.ts"

export interface MechanismOptions {
  readonly lines: Along
  readonly noise: Noise
  readonly progress: (examples: number) => void
}

/** `initial`: what the training started from, [P]. */
export function mechanisms(
  analyst: Analyst,
  network: Network,
  parameters: Vector,
  initial: Vector,
  examples: ImageSet,
  { lines, noise, progress }: MechanismOptions
): Mechanisms {
  const analysis = analyst.analyze(network, parameters)
  const { depth, layers, residual } = network
  const back = backward(analysis)
  const byLength = residual ? gradientByLength(analysis, depth) : undefined
  const last = analysis.state()
  const out = analysis.state()
  const weights = weightGradients(analysis, examples)
  const smooth = smoothness(analysis, parameters)
  const states = new Float64Array(depth + 1) // Σ ‖h_j‖²
  const gradients = new Float64Array(depth + 1) // Σ ‖∂L/∂h_j‖²
  const each = Array.from({ length: layers }, () => layerMeasure(analysis))
  const stem = unitActivity(analysis)
  const lengths = new Float64Array(depth + 1) // Σ ‖a_k‖
  let [loss, correct] = [0, 0]

  eachGroup(analysis, examples, (from, count) => {
    const H = analysis.trajectory(depth)
    const score = analysis.score(H)
    loss += sumOf(score.losses, count)
    correct += score.correct
    for (let j = 0; j <= depth; j++) {
      const h = analysis.trajectory(j)
      states[j] += sumOf(analysis.inner(h, h), count)
    }
    weights.dense(H, from, count)
    stem.take(analysis.trajectory(0), count)
    analysis.lossGradient(H, last)
    const first = back(last, (j, gradient) => {
      gradients[j] += sumOf(analysis.inner(gradient, gradient), count)
      // The layers of block j see h_{j−1}, and give to h_j.
      const ofBlock = (j: number, visit: (i: number, h: State) => void) => {
        for (let i = ((j - 1) * layers) / depth; i < (j * layers) / depth; i++) {
          const h = analysis.trajectory(j - 1)
          clear(analysis, out)
          analysis.addLayers(i, i + 1, h, out)
          visit(i, h)
        }
      }
      if (j > 0) ofBlock(j, (i, h) => weights.layer(i, h, out, gradient, count))
      if (j < depth) ofBlock(j + 1, (i, h) => each[i].take(h, out, gradient, count))
    })
    weights.stem(first, from, count)
    smooth.take(first, count)
    if (byLength !== undefined)
      for (const [k, a] of byLength().entries()) lengths[k] += sumOf(analysis.inner(a, a).map(Math.sqrt), count)
    progress(from + count)
  })

  const gradientNorms = normsBy(analysis, weights.result())
  const initialNorms = normsBy(analysis, initial)
  const moved = normsBy(
    analysis,
    Float64Array.from(parameters, (value, i) => value - initial[i])
  )
  const perLayer = each.map(({ result }) => result())
  const stemActive = stem.result()
  const paths = lengths.reduce((sum, length) => sum + length, 0)
  const rootMean = (sum: number) => Math.sqrt(sum / examples.count)
  return {
    examples: examples.count,
    loss: loss / examples.count,
    accuracy: correct / examples.count,
    states: [...states].map(rootMean),
    gradients: [...gradients].map(rootMean),
    tensors: [...gradientNorms].map(([name, gradient]) => ({
      name,
      gradient,
      moved: moved.get(name)!,
      initial: initialNorms.get(name)!
    })),
    layers: perLayer,
    stemActive,
    pathActive: activeOnPath(
      network,
      perLayer.map(({ active }) => active),
      stemActive
    ),
    pathLength: paths === 0 ? null : lengths.reduce((sum, length, k) => sum + k * length, 0) / paths,
    ...smooth.result(),
    lines: lineMeasures(analysis, parameters, examples, lines),
    noise: noisyScores(analysis, examples, noise)
  }
}

/**
 * Mean number of active nonlinearities on a way through the network, after the normalized average path length of
 * Mehmeti-Göpel & Disselhoff (arXiv 2211.17180): at each block all ways on are as likely, the identity one of them. They
 * count channels that are not linearized; here a layer counts by how active its units are on the images.
 */
export function activeOnPath(
  { layers, depth, residual }: Pick<Network, "layers" | "depth" | "residual">,
  active: ReadonlyArray<number>,
  stem: number
): number {
  const ways = layers / depth + (residual ? 1 : 0)
  return active.reduce((sum, one) => sum + one / ways, stem)
}

/** How much the slopes of a layer's units change over the examples: 4 times their variance, which is at most 1. */
function unitActivity(analysis: Analysis) {
  const { filters, height, width } = analysis.network
  const sums = new Float64Array(filters * height * width)
  const squares = new Float64Array(sums.length)
  let examples = 0
  const add = (slopes: ArrayLike<number>) => {
    for (let i = 0; i < slopes.length; i++) {
      sums[i] += slopes[i]
      squares[i] += slopes[i] * slopes[i]
    }
    examples++
  }
  return {
    add,
    /** Of σ(z) itself, without a scale. */
    take(h: State, count: number) {
      const slope = slopeOf(analysis.network.activation)
      for (let l = 0; l < count; l++) add(mapped(analysis.read(h, l), slope))
    },
    result() {
      let variance = 0
      for (let i = 0; i < sums.length; i++) {
        const mean = sums[i] / examples
        variance += Math.max(0, squares[i] / examples - mean * mean)
      }
      return (4 * variance) / sums.length
    }
  }
}

/** One layer beside the state that it sees and the gradient there. */
function layerMeasure(analysis: Analysis) {
  const activity = unitActivity(analysis)
  let [cosines, counted, squares, stateSquares] = [0, 0, 0, 0]
  return {
    take(h: State, out: State, gradient: State, count: number) {
      const [own, seen] = [analysis.inner(out, out), analysis.inner(h, h)]
      const [steepness, product] = [analysis.inner(gradient, gradient), analysis.inner(out, gradient)]
      for (let l = 0; l < count; l++) {
        squares += own[l]
        stateSquares += seen[l]
        activity.add(layerSlopes(analysis, out, l))
        const size = own[l] * steepness[l]
        if (size === 0) continue
        cosines -= product[l] / Math.sqrt(size)
        counted++
      }
    },
    result: () => ({
      cosine: counted === 0 ? null : cosines / counted,
      size: stateSquares === 0 ? null : Math.sqrt(squares / stateSquares),
      active: activity.result()
    })
  }
}
