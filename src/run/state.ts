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
}

export function makeRunState(
  plan: Plan,
  knowledge: Knowledge,
  forced: ReadonlySet<number>,
  priority: ArrayLike<number>
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
  /** Nodes that go on from the end of a shorter one, by the latter. */
  const followers = new Map<number, number>()
  const of = (index: number) => settled[index]

  const again = (entry: Ready) => {
    ready.set(entry.node.index, entry)
    heap.push(entry.node.index)
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

  const settle = (first: number, how: Settled): ReadonlyArray<Outcome> => {
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
    put(first, how)
    while (stack.length > 0) {
      const index = stack.pop()!
      const waiting = awaiting.get(index)
      awaiting.delete(index)
      if (waiting !== undefined) waiting.forEach(consider)
      else {
        const follower = followers.get(index)
        for (const dependent of [...graph.dependents[index], ...(follower === undefined ? [] : [follower])]) {
          if (selected[dependent] && settled[dependent] === undefined && --open[dependent] === 0) consider(dependent)
        }
      }
    }
    return outcomes
  }

  for (const index of plan.selection) {
    selected[index] = 1
    const { inputs: declared, after } = graph.nodes[index]
    const needs = new Set(declared.flatMap((input) => input.sources.map((source) => source.node)))
    const bothRun = [index, after ?? -1].every((node) => plan.decisions[node]?.action === "run")
    if (after !== undefined && bothRun && !needs.has(after)) {
      needs.add(after)
      followers.set(after, index)
    }
    for (const need of needs) if (settled[need] === undefined) open[index]++
    const decision = plan.decisions[index]!
    if (open[index] > 0) continue
    if (decision.action === "reuse") settled[index] = { state: "there", key: decision.key, outputs: decision.outputs }
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
    settle,
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
        return settle(source.node, { state: "there", key: outcome.key, outputs: outcome.outputs })
      return []
    },
    settled: of
  }
}
