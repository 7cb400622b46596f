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
export async function costOf(
  plan: Plan,
  portions: ReadonlyArray<ReadonlyArray<number>>,
  paceOf: PaceOf
): Promise<Cost> {
  const { graph, decisions } = plan
  const runs = new Set(plan.runs)
  const trials = portions.flat().filter((index) => runs.has(index) || decisions[index]?.action === "reuse")
  const open = trials.filter((index) => runs.has(index))
  const { rates, pace } = await ratesOf(plan, paceOf)
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
        seconds += predict(graph.nodes[index], pace) ?? 0
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
  return { trials: trials.length, done: trials.length - open.length, seconds: total, price, rows, rates }
}

/** Seeds cost the same, and what depends on the layers tells nothing beside them. */
const beside = new Set(["seed", "depth", "architecture"])

const byAxis = (a: CostRow, b: CostRow) =>
  a.axis < b.axis ? -1 : a.axis > b.axis ? 1 : typeof a.value === "number" ? a.value - Number(b.value) : 0

/** Paces of earlier nodes; of a stage that has a quick measurement and never ran, what that says. */
async function ratesOf({ graph, runs }: Plan, paceOf: PaceOf) {
  const stages = new Map(runs.map((index) => [graph.nodes[index].stage.name, graph.nodes[index].stage]))
  const measured = new Map<string, { work: number; seconds: number }>()
  for (const [name, { calibrate }] of stages) {
    if (calibrate !== undefined && paceOf(name) === undefined) {
      measured.set(name, { work: 1, seconds: await calibrate() })
    }
  }
  const pace: PaceOf = (name) => paceOf(name) ?? measured.get(name)
  if (measured.size > 0) {
    return {
      pace,
      rates: `a moment's measurement on this machine, since no ${[...measured.keys()].join(", ")} ran yet`
    }
  }
  const classes = new Map<string, number>()
  for (const index of runs) {
    const node = graph.nodes[index]
    const paceClass = paceClassOf(node)
    if (paceClass === undefined) continue
    const known = paceOf(`${node.stage.name} ${paceClass}`) !== undefined
    classes.set(known ? "known" : "other", (classes.get(known ? "known" : "other") ?? 0) + workOf(node))
  }
  const [known, other] = [classes.get("known") ?? 0, classes.get("other") ?? 0]
  const share = known + other === 0 ? 1 : known / (known + other)
  return {
    pace,
    rates:
      share === 1
        ? "measured on earlier nodes of the same kind"
        : `${Math.round(100 * share)} % of the work measured on earlier nodes of the same kind, the rest at the mean rate of its stage`
  }
}
