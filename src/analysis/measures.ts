/** What parts of a whole are worth, example by example and in all. */
import type { Analysis, State } from "../engine/analysis.ts"
import type { GivenExamples } from "../engine/engine.ts"
import { scoreLogits } from "../engine/loss.ts"
import type { Order, Quartiles } from "../results/expansion.ts"
import { add, clear, copy } from "./states.ts"

/** Quartiles with linear interpolation between neighbours; values: at least one. */
export function quartiles(values: ArrayLike<number>): Quartiles {
  const sorted = Float64Array.from(values).sort()
  const at = (part: number) => {
    const place = part * (sorted.length - 1)
    const below = Math.floor(place)
    const above = Math.min(below + 1, sorted.length - 1)
    return sorted[below] + (place - below) * (sorted[above] - sorted[below])
  }
  return [at(0.25), at(0.5), at(0.75)]
}

/** Sum of the first `count` lanes. */
export const sumOf = (values: Float64Array, count: number): number => {
  let sum = 0
  for (let l = 0; l < count; l++) sum += values[l]
  return sum
}

/** Logits of all examples and their scores. */
export function scores(analysis: Analysis, examples: GivenExamples) {
  const { network } = analysis
  const { classes: M } = network
  const logits = new Float64Array(examples.count * M)
  return {
    take: (h: State, from: number, count: number) => logits.set(analysis.logits(h).subarray(0, count * M), from * M),
    result() {
      const { count, loss, correct } = scoreLogits(network, logits, examples)
      return { loss: loss / count, accuracy: correct / count }
    }
  }
}

/** The difference that the blocks make, H − x, and its square, example by example. */
export interface Change {
  readonly state: State
  readonly squares: Float64Array // [lanes]
}

/**
 * Takes the orders of an expansion, group by group, T_0 = x first, and measures them against H − x. `total`, at the
 * end, is Σ ‖H − x‖² over the examples.
 */
export function orderMeasures(analysis: Analysis, examples: GivenExamples, orders: number) {
  const [rest, sum] = [analysis.state(), analysis.state()]
  const all = Array.from({ length: orders }, () => ({
    square: 0, // Σ ‖T_k‖²
    product: 0, // Σ ⟨T_k, H − x⟩
    rest: 0, // Σ ‖H − Σ_{m≤k} T_m‖²
    ratios: [] as Array<number>, // R_k of the examples with H ≠ x
    scores: scores(analysis, examples)
  }))
  return {
    take(parts: ReadonlyArray<State>, { state: change, squares }: Change, from: number, count: number) {
      copy(analysis, rest, change)
      clear(analysis, sum)
      for (const [k, part] of parts.entries()) {
        const order = all[k]
        add(analysis, sum, 1, part)
        if (k > 0) add(analysis, rest, -1, part)
        const left = analysis.inner(rest, rest)
        order.square += sumOf(analysis.inner(part, part), count)
        order.product += sumOf(analysis.inner(part, change), count)
        order.rest += sumOf(left, count)
        for (let l = 0; l < count; l++) if (squares[l] > 0) order.ratios.push(Math.sqrt(left[l] / squares[l]))
        order.scores.take(sum, from, count)
      }
    },
    result: (total: number): ReadonlyArray<Order> =>
      all.map(({ square, product, rest, ratios, scores }, order) => ({
        order,
        norm: total === 0 ? null : square / total,
        share: total === 0 ? null : product / total,
        remainder: total === 0 ? null : Math.sqrt(rest / total),
        quartiles: ratios.length === 0 ? null : quartiles(ratios),
        ...scores.result()
      }))
  }
}
