/**
 * Lesions of a trained network: its layers left out, in another order, or side by side, nothing trained again. After
 * Veit, Wilber & Belongie, "Residual networks behave like ensembles of relatively shallow networks" (NeurIPS 2016), who
 * leave blocks out and shuffle them, and Sun et al., "Transformer layers as painters" (arXiv 2407.09298), who also run
 * them side by side.
 */
import type { Analysis, Analyst, State } from "../engine/analysis.ts"
import type { GivenExamples, Vector } from "../engine/engine.ts"
import type { Network } from "../network/network.ts"
import { type Random, random } from "../network/philox.ts"
import type { LesionScore, Lesions } from "../results/lesions.ts"
import { clear, copy, eachGroup } from "./states.ts"

/** Groups in sequence of layers, from 0, that run side by side. A group of none is passed by. */
export type Wiring = ReadonlyArray<ReadonlyArray<number>>

/** Layers in an order, in groups of so many. */
const groupsOf = (order: ReadonlyArray<number>, size: number): Wiring =>
  Array.from({ length: Math.ceil(order.length / size) }, (_, i) => order.slice(i * size, (i + 1) * size))

/** Kendall's τ of a permutation of 0 … n − 1 with its ascending order: 1 for that order, −1 for its reverse. */
export function kendall(order: ReadonlyArray<number>): number {
  const n = order.length
  let inversions = 0
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) if (order[i] > order[j]) inversions++
  return n < 2 ? 1 : 1 - (4 * inversions) / (n * (n - 1))
}

/** The order after so many swaps of two places drawn at random. */
function shuffled(layers: number, swaps: number, { below }: Random): ReadonlyArray<number> {
  const order = Array.from({ length: layers }, (_, i) => i)
  for (let s = 0; s < swaps; s++) {
    const i = below(layers)
    const j = (i + 1 + below(layers - 1)) % layers
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}

/** 1, 2, 4, … up to `most`. */
function powersUpTo(most: number): ReadonlyArray<number> {
  const powers: Array<number> = []
  for (let power = 1; power <= most; power *= 2) powers.push(power)
  return powers
}

/** All wirings of a network, in the members of `Lesions`. Draws depend on the number of layers alone. */
export interface Plan {
  readonly whole: Wiring
  readonly without: ReadonlyArray<Wiring>
  readonly several: ReadonlyArray<{ readonly left: number; readonly wirings: ReadonlyArray<Wiring> }>
  readonly swapped: ReadonlyArray<Wiring>
  readonly reversed: Wiring
  readonly shuffled: ReadonlyArray<{ readonly swaps: number; readonly tau: number; readonly wiring: Wiring }>
  readonly sideBySide: ReadonlyArray<{ readonly group: number; readonly wiring: Wiring }>
}

/** `draws`: sets of layers left out, and orders, that are drawn of each kind. The network has two layers at least. */
export function lesionsOf({ layers, depth }: Pick<Network, "layers" | "depth">, draws: number): Plan {
  const size = layers / depth
  const inOrder = Array.from({ length: layers }, (_, i) => i)
  const wired = (order: ReadonlyArray<number>) => groupsOf(order, size)
  const without = (left: ReadonlyArray<number>) =>
    wired(inOrder).map((group) => group.filter((layer) => !left.includes(layer)))
  const times = <T>(make: (draw: number) => T): ReadonlyArray<T> => Array.from({ length: draws }, (_, i) => make(i))
  const drawn = (what: string, draw: number) => random(draw, `lesion/layers=${layers}/${what}`)
  const leave = powersUpTo(layers)
    .slice(1)
    .filter((left) => left < layers)
  return {
    whole: wired(inOrder),
    without: inOrder.map((layer) => without([layer])),
    several: [
      ...leave.map((left) => ({
        left,
        wirings: times((draw) => without([...drawn(`left=${left}`, draw).permutation(layers).subarray(0, left)]))
      })),
      { left: layers, wirings: [without(inOrder)] }
    ],
    swapped: inOrder.slice(1).map((layer) => {
      const order = [...inOrder]
      ;[order[layer - 1], order[layer]] = [layer, layer - 1]
      return wired(order)
    }),
    reversed: wired(inOrder.toReversed()),
    shuffled: powersUpTo(2 * layers).flatMap((swaps) =>
      times((draw) => {
        const order = shuffled(layers, swaps, drawn(`swaps=${swaps}`, draw))
        return { swaps, tau: kendall(order), wiring: wired(order) }
      })
    ),
    sideBySide: inOrder
      .map((i) => i + 1)
      .filter((group) => layers % group === 0 && group % size === 0 && group > size)
      .map((group) => ({ group, wiring: groupsOf(inOrder, group) }))
  }
}

/** All wirings of a plan in one list, in the order of its members. */
const wiringsIn = (plan: Plan): ReadonlyArray<Wiring> => [
  plan.whole,
  ...plan.without,
  ...plan.several.flatMap(({ wirings }) => wirings),
  ...plan.swapped,
  plan.reversed,
  ...plan.shuffled.map(({ wiring }) => wiring),
  ...plan.sideBySide.map(({ wiring }) => wiring)
]

/** Evaluations of a layer, an example, that the lesions of a network take. */
export const lesionEvaluations = (network: Pick<Network, "layers" | "depth">, draws: number): number =>
  wiringsIn(lesionsOf(network, draws)).reduce((sum, wiring) => sum + wiring.flat().length, 0)

/** Computes h after the last group of a wiring, of the examples that passed last; written anew at each call. */
export function runner(analysis: Analysis): (wiring: Wiring) => State {
  const { residual } = analysis.network
  const states = [analysis.state(), analysis.state()]
  return (wiring) => {
    let [h, next] = states
    copy(analysis, h, analysis.trajectory(0))
    for (const group of wiring) {
      if (group.length === 0) continue
      if (residual) copy(analysis, next, h)
      else clear(analysis, next)
      for (const layer of group) analysis.addLayers(layer, layer + 1, h, next)
      ;[h, next] = [next, h]
    }
    return h
  }
}

/** Scores of every lesion on the examples. */
export function lesions(
  analyst: Analyst,
  network: Network,
  parameters: Vector,
  examples: GivenExamples,
  draws: number,
  progress: (examples: number) => void
): Lesions {
  const analysis = analyst.analyze(network, parameters)
  const run = runner(analysis)
  const plan = lesionsOf(network, draws)
  const sums = new Map(wiringsIn(plan).map((wiring) => [wiring, { loss: 0, correct: 0 }]))
  eachGroup(analysis, examples, (from, count) => {
    for (const [wiring, sum] of sums) {
      const { losses, correct } = analysis.score(run(wiring))
      for (let l = 0; l < count; l++) sum.loss += losses[l]
      sum.correct += correct
    }
    progress(from + count)
  })
  const scoreOf = (wiring: Wiring): LesionScore => {
    const { loss, correct } = sums.get(wiring)!
    return { loss: loss / examples.count, accuracy: correct / examples.count }
  }
  return {
    examples: examples.count,
    whole: scoreOf(plan.whole),
    without: plan.without.map(scoreOf),
    several: plan.several.map(({ left, wirings }) => ({ left, scores: wirings.map(scoreOf) })),
    swapped: plan.swapped.map(scoreOf),
    reversed: scoreOf(plan.reversed),
    shuffled: plan.shuffled.map(({ wiring, ...one }) => ({ ...one, score: scoreOf(wiring) })),
    sideBySide: plan.sideBySide.map(({ wiring, ...one }) => ({ ...one, score: scoreOf(wiring) }))
  }
}
