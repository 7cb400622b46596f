/** What the rest of a study's trials will cost: processor time by axis of the grid. */
import type { Plan } from "../graph/plan.ts"
import type { AxisValue } from "../graph/stage.ts"
import { axesOf } from "../graph/where.ts"
import { type PaceOf, paceClassOf, predict, workOf } from "../run/predict.ts"

export interface CostRow {
  readonly axis: string
  readonly value: AxisValue
  /** Trials that are not done. */
  readonly trials: number
  readonly seconds: number
}

export interface Cost {
  readonly trials: number
  readonly done: number
  readonly seconds: number
  /** Seconds as reports price them; undefined where none of these stages has a price. */
  readonly price: number | undefined
  readonly rows: ReadonlyArray<CostRow>
  /** Where the predictions come from, in words. */
  readonly rates: string
}

/** Cost by data set, layers and so on, of the trials in `portions`: nodes by index. */
export function costOf(plan: Plan, portions: ReadonlyArray<ReadonlyArray<number>>, paceOf: PaceOf): Cost {
  const { graph, decisions } = plan
  const runs = new Set(plan.runs)
  const trials = portions.flat().filter((index) => runs.has(index) || decisions[index]?.action === "reuse")
  const open = trials.filter((index) => runs.has(index))
  const visited = new Set<number>()
  let price: number | undefined
  /** Of what a trial needs and no earlier one did. */
  const secondsOf = (trial: number): number => {
    let seconds = 0
    const stack = [trial]
    for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
      if (visited.has(index)) continue
      visited.add(index)
      const { stage, parameters } = graph.nodes[index]
      if (runs.has(index)) {
        seconds += predict(graph.nodes[index], paceOf) ?? 0
        if (stage.price !== undefined) price = (price ?? 0) + stage.price(parameters)
      }
      for (const { sources } of graph.nodes[index].inputs) for (const { node } of sources) stack.push(node)
    }
    return seconds
  }
  const sums = new Map<string, { readonly axis: string; readonly value: AxisValue; trials: number; seconds: number }>()
  let total = 0
  for (const index of open) {
    const seconds = secondsOf(index)
    total += seconds
    for (const [axis, value] of Object.entries(axesOf(graph.nodes[index]) ?? {})) {
      const name = `${axis}=${value}`
      const sum = sums.get(name) ?? { axis, value, trials: 0, seconds: 0 }
      sum.trials++
      sum.seconds += seconds
      sums.set(name, sum)
    }
  }
  const several = (axis: string) => [...sums.values()].filter((sum) => sum.axis === axis).length > 1
  const rows = [...sums.values()].filter(({ axis }) => several(axis) && !beside.has(axis)).sort(byAxis)
  return {
    trials: trials.length,
    done: trials.length - open.length,
    seconds: total,
    price,
    rows,
    rates: sourcesOf(plan, paceOf)
  }
}

/** Seeds cost the same, and what depends on the layers tells nothing beside them. */
const beside = new Set(["seed", "depth", "architecture"])

const byAxis = (a: CostRow, b: CostRow) =>
  a.axis < b.axis ? -1 : a.axis > b.axis ? 1 : typeof a.value === "number" ? a.value - Number(b.value) : 0

/** Where the predictions come from. */
function sourcesOf({ graph, runs }: Plan, paceOf: PaceOf): string {
  const work = { kind: 0, stage: 0 }
  const declared = new Map<string, string>()
  for (const index of runs) {
    const node = graph.nodes[index]
    const paceClass = paceClassOf(node)
    const { name, pace } = node.stage
    if (pace !== undefined && paceOf(name) === undefined) declared.set(name, pace.source)
    else if (paceClass !== undefined)
      work[paceOf(`${name} ${paceClass}`) === undefined ? "stage" : "kind"] += workOf(node)
  }
  if (declared.size > 0)
    return `${[...new Set(declared.values())].join(", ")}, since no ${[...declared.keys()].join(", ")} ran on this machine yet`
  const all = work.kind + work.stage
  if (work.stage === 0) return "measured on earlier nodes of the same kind, on this machine"
  return `${Math.round((100 * work.kind) / all)} % of the work measured on earlier nodes of the same kind, the rest at the mean rate of its stage, on this machine`
}
