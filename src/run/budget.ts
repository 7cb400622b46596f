/**
 * Budgets: what fits of a study's portions, in the order in which the study gives them. A portion is a group of nodes
 * that tell something together; all that they need runs with them. One is admitted when there is room for it, so that
 * the decision is always made with the latest paces; one that no longer fits is passed over for a cheaper one after it.
 */
import { closure, type Graph, isCollecting } from "../graph/graph.ts"
import type { Plan } from "../graph/plan.ts"
import { type PaceOf, predict } from "./predict.ts"

export type Limit =
  | { readonly kind: "time"; readonly seconds: number } // of the clock on the wall
  | { readonly kind: "processor"; readonly seconds: number } // of all slots together
  | { readonly kind: "trials"; readonly count: number }

export interface BudgetOptions {
  readonly limit: Limit
  /** Nodes by index, the most telling for their cost first. */
  readonly portions: ReadonlyArray<ReadonlyArray<number>>
}

export interface Budget {
  /** Nodes that run only when their portion is admitted. */
  readonly waiting: ReadonlySet<number>
  /** Nodes of the next portion that fits; undefined: none now, and none at all if nothing runs. */
  admit(): ReadonlyArray<number> | undefined
  start(index: number): void
  /** `seconds` that the node took, 0 if it did not run. */
  finish(index: number, seconds: number): void
  /** It failed, or something that it needs did: a portion that needs it is not let in. */
  lose(index: number): void
  /** Portions that were not admitted. */
  left(): number
  /** Seconds until it is spent, or all is done, and what is collected then is there; undefined where that cannot be said. */
  remaining(): number | undefined
  /** What of the limit is not spent. */
  rest(): Limit
}

/** What is to come of thousands of portions is not reckoned anew each time that it is shown. */
const RECKONED_S = 1

/** Of a study that gives no order: what its nodes collect, one after another, and what they need otherwise, each by itself. */
export function portionsOf({ nodes }: Graph, wanted: Iterable<number>): ReadonlyArray<ReadonlyArray<number>> {
  const firsts = [...wanted].flatMap((index) => {
    const collected = nodes[index].inputs.filter(({ collection }) => collection !== undefined)
    return collected.length === 0 ? [index] : collected.flatMap(({ sources }) => sources.map(({ node }) => node))
  })
  return [...new Set(firsts)].map((index) => [index])
}

interface Open {
  readonly predicted: number | undefined
  since: number | undefined
}

export function makeBudget(
  { limit, portions }: BudgetOptions,
  plan: Plan,
  slots: number,
  paceOf: PaceOf,
  clock: () => number = () => performance.now() / 1000
): Budget {
  const { graph } = plan
  const begin = clock()
  const isToRun = runsOf(plan)
  let queue = portions
    .map((portion) => ({ trials: portion.filter(isToRun), nodes: closure(graph, portion).filter(isToRun) }))
    .filter(({ nodes }) => nodes.length > 0)
  queue = withBeside(queue, plan)
  const waiting = new Set(queue.flatMap(({ nodes }) => nodes))
  const open = new Map<number, Open>()
  const closed = new Set<number>()
  const lost = new Set<number>()
  /** Reports and the like: they come after all, whatever was let in. */
  const last = plan.runs.filter((index) => !waiting.has(index))
  let trials = 0
  let spent = 0
  let reckoned: { readonly at: number; readonly seconds: number | undefined } | undefined

  /** Seconds that the admitted nodes will still take; undefined where that cannot be said. */
  const committed = (now: number): number | undefined => {
    let sum = 0
    for (const { predicted, since } of open.values()) {
      if (predicted === undefined) return undefined
      sum += since === undefined ? predicted : Math.max(0, predicted - (now - since))
    }
    return sum
  }
  const isNew = (index: number) => !open.has(index) && !closed.has(index)
  const fits = (portion: (typeof queue)[number]): boolean => {
    if (limit.kind === "trials") return trials + portion.trials.length <= limit.count
    const now = clock()
    const ahead = committed(now)
    const prices = portion.nodes.filter(isNew).map((index) => predict(graph.nodes[index], paceOf))
    // Where nothing is known of the cost, one portion is tried, and then it is.
    if (ahead === undefined) return false
    const price = prices.reduce<number>((sum, one) => sum + (one ?? 0), 0)
    if (limit.kind === "processor") return spent + ahead + price < limit.seconds
    return now - begin + (ahead + price) / slots < limit.seconds
  }

  /** Plays what is to come: portions are let in as they will be, at today's paces. */
  const toCome = (now: number): number | undefined => {
    const untilSpent = limit.kind === "time" ? Math.max(0, limit.seconds - (now - begin)) : undefined
    let ahead = committed(now)
    if (ahead === undefined) return untilSpent
    const longest = [...open.values()].reduce(
      (most, { predicted = 0, since }) => Math.max(most, since === undefined ? predicted : predicted - (now - since)),
      0
    )
    const soon = new Set<number>()
    let count = trials
    for (const portion of queue) {
      const nodes = portion.nodes.filter((index) => isNew(index) && !soon.has(index))
      let price = 0
      for (const index of nodes) {
        const one = predict(graph.nodes[index], paceOf)
        if (one === undefined) return untilSpent
        price += one
      }
      const room = {
        trials: () => limit.kind === "trials" && count + portion.trials.length <= limit.count,
        processor: (all: number) => limit.kind === "processor" && spent + all < limit.seconds,
        time: (all: number) => untilSpent !== undefined && all / slots < untilSpent
      }
      if (!room[limit.kind](ahead + price)) continue
      ahead += price
      count += portion.trials.length
      for (const index of nodes) soon.add(index)
    }
    const after = last
      .filter((index) => !closed.has(index))
      .reduce((sum, index) => sum + (predict(graph.nodes[index], paceOf) ?? 0), 0)
    return Math.max(ahead / slots, longest) + after
  }

  return {
    waiting,
    remaining() {
      const now = clock()
      if (reckoned === undefined || now - reckoned.at >= RECKONED_S) reckoned = { at: now, seconds: toCome(now) }
      return reckoned.seconds === undefined ? undefined : Math.max(0, reckoned.seconds - (now - reckoned.at))
    },
    admit() {
      if (lost.size > 0) queue = queue.filter(({ nodes }) => !nodes.some((index) => lost.has(index)))
      const i = queue.findIndex(fits)
      if (i < 0) return undefined
      const [portion] = queue.splice(i, 1)
      trials += portion.trials.length
      const nodes = portion.nodes.filter(isNew)
      for (const index of nodes) open.set(index, { predicted: predict(graph.nodes[index], paceOf), since: undefined })
      return portion.nodes
    },
    start(index) {
      const entry = open.get(index)
      if (entry !== undefined) entry.since = clock()
    },
    finish(index, seconds) {
      open.delete(index)
      closed.add(index)
      spent += seconds
    },
    lose(index) {
      open.delete(index)
      closed.add(index)
      lost.add(index)
    },
    left: () => queue.length,
    rest: () =>
      limit.kind === "trials"
        ? { ...limit, count: limit.count - trials }
        : { ...limit, seconds: limit.seconds - (limit.kind === "time" ? clock() - begin : spent) }
  }
}

/**
 * Portions with what is in none of them but needs what only they bring (a count of a data set's images): it runs with the
 * first that has all of that.
 */
function withBeside<P extends { readonly nodes: ReadonlyArray<number> }>(
  portions: ReadonlyArray<P>,
  { graph, runs }: Plan
): Array<P> {
  const brought = new Set(portions.flatMap(({ nodes }) => nodes))
  const beside = new Map<P, Array<number>>()
  for (const index of runs) {
    const node = graph.nodes[index]
    if (brought.has(index) || isCollecting(node)) continue
    const needs = node.inputs
      .flatMap(({ sources }) => sources.map((source) => source.node))
      .filter((n) => brought.has(n))
    const portion = needs.length === 0 ? undefined : portions.find(({ nodes }) => needs.every((n) => nodes.includes(n)))
    if (portion === undefined) continue
    beside.set(portion, [...(beside.get(portion) ?? []), index])
  }
  return portions.map((portion) => ({ ...portion, nodes: [...portion.nodes, ...(beside.get(portion) ?? [])] }))
}

function runsOf({ runs }: Plan): (index: number) => boolean {
  const set = new Set(runs)
  return (index) => set.has(index)
}
