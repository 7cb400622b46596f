/** What all views of the analysis do with states. */

import type { Analysis, State } from "../engine/analysis.ts"
import type { GivenExamples } from "../engine/engine.ts"

/** to += factor · from */
export const add = (analysis: Analysis, to: State, factor: number, from: State): void =>
  analysis.combine(to, 1, from, factor)

export function clear(analysis: Analysis, h: State): void {
  analysis.values(h).fill(0)
}

export function copy(analysis: Analysis, to: State, from: State): void {
  analysis.values(to).set(analysis.values(from))
}

/** Passes all examples, group by group; `visit` is told the first of a group and how many they are. */
export function eachGroup(
  analysis: Analysis,
  examples: GivenExamples,
  visit: (from: number, count: number) => void
): void {
  for (let from = 0; from < examples.count; from += analysis.lanes) {
    const count = Math.min(analysis.lanes, examples.count - from)
    analysis.run(
      examples,
      Array.from({ length: count }, (_, l) => from + l)
    )
    visit(from, count)
  }
}
