/**
 * How far a run is: which nodes are settled, which are ready, which wait. Pure bookkeeping: it decides, by the same
 * rules as the plan, and does nothing.
 */
import type { Graph, Node } from "../graph/graph.ts"
import {
  decide,
  inputDigests,
  type Knowledge,
  type OutputArtifacts,
  type Parts,
  type Plan,
  partsOf,
  type Run,
  type Settled
} from "../graph/plan.ts"
import { Heap } from "./heap.ts"

/** A node that can start: its inputs are there. */
export interface Ready {
  readonly node: Node
  readonly decision: Run & { readonly key: string }
  readonly parts: Parts
}

export type Outcome =
  | { readonly type: "reused"; readonly node: Node; readonly key: string; readonly outputs: OutputArtifacts }
  | { readonly type: "skipped"; readonly node: Node; readonly because: string }

export interface RunState {
  /** The node to start next, by critical path; undefined if none is ready. */
  peek(): Ready | undefined
  /** Takes it out of the ready ones. */
  take(): Ready
  /** Puts a node back among the ready ones. */
  again(ready: Ready): void
  /** Notes how a node ended, and gives what follows from it for others: found in the cache, or skipped. */
  settle(index: number, settled: Settled): ReadonlyArray<Outcome>
  /** An input of `index` was lost: the node that makes it runs again first. Gives what follows. */
  remake(ready: Ready, digest: string): ReadonlyArray<Outcome>
  settled(index: number): Settled | undefined
  /** Lets these nodes run, when they are ready. Gives how many of them were not let before and have not been settled. */
  activate(indices: Iterable<number>): number
  /** Nodes that were not let run will not: gives what follows for those that collect. */
  giveUpRest(): ReadonlyArray<Outcome>
}

/** `waiting`: nodes that do not run before they are activated. */
export function makeRunState(
  plan: Plan,
  knowledge: Knowledge,
  forced: ReadonlySet<number>,
  priority: ArrayLike<number>,
  waiting: ReadonlySet<number> = new Set()
): RunState {
  const graph: Graph = plan.graph
  const settled: Array<Settled | undefined> = new Array(graph.nodes.length)
  /** Of each node that is not settled: how many of the nodes that it needs are not. */
  const open = new Int32Array(graph.nodes.length)
  const selected = new Uint8Array(graph.nodes.length)
  const ready = new Map<number, Ready>()
  const heap = new Heap(priority)
  /** Nodes that wait for one to be made again, by the latter. */
  const awaiting = new Map<number, Array<number>>()
  const of = (index: number) => settled[index]

  const inactive = new Set(waiting)
  const again = (entry: Ready) => {
    ready.set(entry.node.index, entry)
    if (!inactive.has(entry.node.index)) heap.push(entry.node.index)
  }

  /** What becomes of a node whose needs are all settled; undefined if it is ready to run now. */
  const evaluate = (index: number, force: boolean): Outcome | undefined => {
    const node = graph.nodes[index]
    const inputs = inputDigests(node, of)
    if (inputs === undefined) return { type: "skipped", node, because: blame(node) }
    const decision = decide(graph, node, inputs, knowledge, force)
    if (decision.action === "reuse") return { type: "reused", node, key: decision.key, outputs: decision.outputs }
    again({ node, decision: { ...decision, key: decision.key! }, parts: partsOf(node, inputs, knowledge) })
    return undefined
  }

  /** Name of the node because of which one is skipped: the one that failed, however far up. */
  const blame = (node: Node): string => {
    for (let at = node; ; ) {
      const bad = at.inputs
        .flatMap((i) => (i.collection ? [] : i.sources))
        .find((s) => settled[s.node]?.state !== "there" || !(s.output in outputsOf(s.node)))
      if (bad === undefined) return at.name
      at = graph.nodes[bad.node]
      if (settled[bad.node]?.state !== "skipped") return at.name
    }
  }
  const outputsOf = (index: number) => {
    const standing = settled[index]
    return standing?.state === "there" ? standing.outputs : {}
  }

  const settle = (first: ReadonlyArray<number>, how: Settled): ReadonlyArray<Outcome> => {
    const outcomes: Array<Outcome> = []
    const stack: Array<number> = []
    const put = (index: number, standing: Settled) => {
      settled[index] = standing
      stack.push(index)
    }
    const consider = (dependent: number) => {
      const outcome = evaluate(dependent, forced.has(dependent))
      if (outcome === undefined) return
      outcomes.push(outcome)
      if (outcome.type === "reused") put(dependent, { state: "there", key: outcome.key, outputs: outcome.outputs })
      else put(dependent, { state: "skipped" })
    }
    for (const index of first) put(index, how)
    while (stack.length > 0) {
      const index = stack.pop()!
      const waiting = awaiting.get(index)
      awaiting.delete(index)
      if (waiting !== undefined) waiting.forEach(consider)
      else {
        for (const dependent of graph.dependents[index]) {
          if (selected[dependent] && settled[dependent] === undefined && --open[dependent] === 0) consider(dependent)
        }
      }
    }
    return outcomes
  }

  for (const index of plan.selection) {
    selected[index] = 1
    const needs = new Set(graph.nodes[index].inputs.flatMap((input) => input.sources.map((source) => source.node)))
    for (const need of needs) if (settled[need] === undefined) open[index]++
    const decision = plan.decisions[index]!
    if (decision.action === "run" && decision.held) settled[index] = { state: "skipped" }
    else if (open[index] > 0) continue
    else if (decision.action === "reuse")
      settled[index] = { state: "there", key: decision.key, outputs: decision.outputs }
    else {
      const inputs = inputDigests(graph.nodes[index], of)!
      again({
        node: graph.nodes[index],
        decision: { ...decision, key: decision.key! },
        parts: partsOf(graph.nodes[index], inputs, knowledge)
      })
    }
  }

  return {
    peek: () => (heap.size === 0 ? undefined : ready.get(heap.peek())),
    take() {
      const entry = ready.get(heap.pop())!
      ready.delete(entry.node.index)
      return entry
    },
    again,
    settle: (index, how) => settle([index], how),
    activate(indices) {
      let count = 0
      for (const index of indices) {
        if (!inactive.delete(index) || settled[index] !== undefined) continue
        count++
        if (ready.has(index)) heap.push(index)
      }
      return count
    },
    giveUpRest() {
      const rest = [...inactive].filter((index) => settled[index] === undefined)
      for (const index of rest) ready.delete(index)
      inactive.clear()
      return settle(rest, { state: "skipped" })
    },
    remake({ node }, digest) {
      const source = node.inputs
        .flatMap((input) => input.sources)
        .find(({ node: from, output }) => outputsOf(from)[output]?.digest === digest)
      if (source === undefined) return []
      const waiting = awaiting.get(source.node)
      if (waiting !== undefined) {
        waiting.push(node.index)
        return []
      }
      awaiting.set(source.node, [node.index])
      settled[source.node] = undefined
      const outcome = evaluate(source.node, false)
      // It was there after all (another process has made it again): go on with what is there.
      if (outcome?.type === "reused")
        return settle([source.node], { state: "there", key: outcome.key, outputs: outcome.outputs })
      return []
    },
    settled: of
  }
}
