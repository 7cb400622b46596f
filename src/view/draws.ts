/** What is drawn of grids that are out of reach, and what the rest of it costs. */
import { closure } from "../graph/graph.ts"
import { type PaceOf, predict } from "../run/predict.ts"
import type { Planned } from "./planned.ts"

export interface DrawView {
  readonly of: number // configurations of the whole grid
  readonly expected: number
  readonly seed: number
  readonly drawn: ReadonlyArray<DrawnView>
}

export interface DrawnView {
  readonly configuration: string
  readonly probability: number
  /** Networks with a seed each, and how many of them are not done. */
  readonly trials: number
  readonly missing: number
  /** Of one core, what they need included that no one before needs, as far as it can be predicted; null where nothing can. */
  readonly seconds: number | null
}

export function drawsOf({ plan, selection }: Pick<Planned, "plan" | "selection">, paceOf: PaceOf) {
  const { graph } = plan
  const open = new Set(plan.runs)
  return selection.draws().map(({ of, expected, seed, drawn }): DrawView => {
    const counted = new Set<number>()
    return {
      ...{ of, expected, seed },
      drawn: drawn.map(({ name, probability, nodes }): DrawnView => {
        const trials = nodes.flatMap((node) => graph.indexOf(node) ?? [])
        const needed = closure(graph, trials).filter((index) => open.has(index) && !counted.has(index))
        for (const index of needed) counted.add(index)
        return {
          ...{ configuration: name, probability, trials: trials.length },
          missing: trials.filter((index) => open.has(index)).length,
          seconds: sumOf(needed.flatMap((index) => predict(graph.nodes[index], paceOf) ?? []))
        }
      })
    }
  })
}

const sumOf = (seconds: ReadonlyArray<number>): number | null =>
  seconds.length === 0 ? null : seconds.reduce((sum, one) => sum + one, 0)
