/**
 * How far a run is: which nodes are settled, which are ready, which wait. Pure bookkeeping: it decides, by the same
 * rules as the plan, and does nothing.
 */
import type { Node } from "../graph/graph.ts"
import {
  ASKED_FOR,
  absentInputs,
  byDigestAlone,
  type Decision,
  decide,
  inputDigests,
  isKnown,
  isReadBy,
  type Knowledge,
  type KnownRun,
  type OutputArtifacts,
  type Plan,
  readable,
  runForBytes,
  type Settled
} from "../graph/plan.ts"
import { nextShorter } from "./extents.ts"
import { Heap } from "./heap.ts"

/** A node that can start: its inputs are there. */
export interface Ready {
  readonly node: Node
  readonly decision: KnownRun
}

export type Outcome =
  | { readonly type: "reused"; readonly node: Node; readonly key: string; readonly outputs: OutputArtifacts }
  | { readonly type: "skipped"; readonly node: Node; readonly because: string }

export interface RunState {
  /** What follows at once. */
  readonly first: ReadonlyArray<Outcome>
  /** The node to start next, by critical path; undefined if none is ready. */
  peek(): Ready | undefined
  /** Takes it out of the ready ones. */
  take(): Ready
  /** Takes others out of the ready ones too, at most so many of those that are alike. */
  takeMore(alike: (ready: Ready) => boolean, atMost: number): ReadonlyArray<Ready>
  /** Puts a node back among the ready ones. */
  again(ready: Ready): void
  /** Notes how a node ended, and gives what follows from it for others: found in the cache, or skipped. */
  settle(index: number, settled: Settled): ReadonlyArray<Outcome>
  /** The bytes of a settled node's outputs are needed: it runs again, and what needs it from now on waits. Gives what follows. */
  remake(index: number): ReadonlyArray<Outcome>
  /** An input of a node that was started is lost: the one that makes it runs again first. Gives what follows. */
  remakeInput(ready: Ready, digest: string): ReadonlyArray<Outcome>
  /** Nothing more will run. Gives the nodes that the plan had run for their bytes, and that nobody needed after all. */
  spared(): ReadonlyArray<Outcome>
  settled(index: number): Settled | undefined
  /** Whether a node that is let run has not ended. */
  isOpen(index: number): boolean
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
  const { graph, unmakable } = plan
  const settled: Array<Settled | undefined> = new Array(graph.nodes.length)
  /** Of each node that is not settled: how many of the nodes that it needs are not. */
  const open = new Int32Array(graph.nodes.length)
  const selected = new Uint8Array(graph.nodes.length)
  const ready = new Map<number, Ready>()
  const heap = new Heap(priority)
  /** Nodes that are made again for their bytes, each with those that wait for it. */
  const remaking = new Map<number, Array<number>>()
  /** Nodes that the plan has run for their bytes: they do when something that runs turns out to read them. */
  const spare = new Set(plan.runs.filter((index) => isForBytes(plan.decisions[index])))
  const shorter = nextShorter(
    graph,
    plan.runs.filter((index) => !waiting.has(index) && !spare.has(index))
  )
  /** Nodes that go on from the end of a shorter one, by the latter. */
  const longer = new Map([...shorter].map(([index, before]) => [before, index]))
  const of = (index: number) => settled[index]

  const inactive = new Set(waiting)
  const again = (entry: Ready) => {
    ready.set(entry.node.index, entry)
    if (!inactive.has(entry.node.index)) heap.push(entry.node.index)
  }

  /** What becomes of a node whose needs are all settled: an outcome, a start, or first the bytes that it reads. */
  const evaluate = (index: number): Outcome | Ready | { readonly type: "reads"; readonly absent: Array<number> } => {
    const node = graph.nodes[index]
    const digests = inputDigests(node, of)
    if (digests === undefined) return { type: "skipped", node, because: blame(node).name }
    const failed = failureOfAll(node)
    if (failed !== undefined) return { type: "skipped", node, because: failed.name }
    const force = forced.has(index) && !remaking.has(index)
    let decision = decide(graph, node, digests, knowledge, force)
    if (decision.action === "run") {
      const could = readable(node, digests, of, knowledge, unmakable)
      if ("unreadable" in could) return { type: "skipped", node, because: graph.nodes[could.unreadable].name }
      if (could.inputs !== digests) decision = decide(graph, node, could.inputs, knowledge, force)
    }
    if (decision.action === "reuse") {
      const { key, outputs } = decision
      const [output] = needsBytes(index) ? byDigestAlone(outputs, knowledge) : []
      if (output === undefined) return { type: "reused", node, key, outputs }
      const reader = remaking.get(index)?.[0]
      const because = reader === undefined ? ASKED_FOR : isReadBy(graph.nodes[reader])
      decision = runForBytes(decision, { output, because })
    }
    const absent = [...absentInputs(node, of, knowledge)].map(({ node: from }) => from)
    const makable = absent.filter((from) => !unmakable.has(from))
    if (makable.length > 0) return { type: "reads", absent: makable }
    return { node, decision }
  }
  const readsAbsent = (node: Node) => !absentInputs(node, of, knowledge).next().done
  const needsBytes = (index: number) => remaking.has(index) || (plan.wanted.has(index) && !unmakable.has(index))

  /** The node because of which one is skipped: the one that failed, however far up. */
  const blame = (node: Node): Node => {
    const bad = node.inputs
      .flatMap((input) => (input.collection ? [] : input.sources))
      .find((s) => settled[s.node]?.state !== "there" || !(s.output in outputsOf(s.node)))
    if (bad === undefined) return node
    const from = graph.nodes[bad.node]
    return settled[bad.node]?.state === "skipped" ? blame(from) : from
  }
  /** Where a node does nothing but collect, nothing of that is there, and not all of it was left out: one that failed. */
  const failureOfAll = ({ inputs }: Node): Node | undefined => {
    if (!inputs.every(({ collection }) => collection)) return undefined
    const sources = inputs.flatMap((input) => input.sources)
    if (sources.some((source) => settled[source.node]?.state === "there")) return undefined
    return sources
      .map((source) => blame(graph.nodes[source.node]))
      .find(({ index }) => settled[index]?.state === "failed")
  }
  const outputsOf = (index: number) => {
    const standing = settled[index]
    return standing?.state === "there" ? standing.outputs : {}
  }

  /** Settles nodes, looks again at others, and follows what comes of both. */
  const follow = (
    { settle = [], look = [] }: { readonly settle?: ReadonlyArray<number>; readonly look?: ReadonlyArray<number> },
    standing: Settled = { state: "skipped" }
  ): ReadonlyArray<Outcome> => {
    const outcomes: Array<Outcome> = []
    /** Settled, but those that need them have not been told. */
    const news: Array<number> = []
    const looks = [...look]
    const put = (index: number, standing: Settled) => {
      settled[index] = standing
      spare.delete(index)
      news.push(index)
    }
    const waitFor = (index: number): boolean => {
      const need = remaking.size === 0 ? undefined : needs(graph.nodes[index]).find((one) => remaking.has(one))
      if (need !== undefined) remaking.get(need)?.push(index)
      return need !== undefined
    }
    const consider = (index: number) => {
      if (waitFor(index)) return
      const result = evaluate(index)
      if (!("type" in result)) again(result)
      else if (result.type === "reads") {
        for (const from of result.absent) {
          if (remaking.has(from)) continue
          settled[from] = undefined
          remaking.set(from, [])
          looks.push(from)
        }
        waitFor(index)
      } else {
        outcomes.push(result)
        if (result.type === "reused") put(index, { state: "there", key: result.key, outputs: result.outputs })
        else put(index, { state: "skipped" })
      }
    }
    for (const index of settle) put(index, standing)
    while (true) {
      const index = news.pop()
      if (index === undefined) {
        const next = looks.pop()
        if (next === undefined) return outcomes
        consider(next)
        continue
      }
      const waiting = remaking.get(index)
      remaking.delete(index)
      // The others were told when it was there for the first time.
      if (waiting !== undefined) waiting.forEach(consider)
      else {
        const release = (waiting: number) => {
          if (selected[waiting] && settled[waiting] === undefined && --open[waiting] === 0) consider(waiting)
        }
        graph.dependents[index].forEach(release)
        const next = longer.get(index)
        if (next !== undefined) release(next)
      }
    }
  }

  const remake = (index: number): ReadonlyArray<Outcome> => {
    if (remaking.has(index)) return []
    settled[index] = undefined
    remaking.set(index, [])
    return follow({ look: [index] })
  }

  const look: Array<number> = []
  for (const index of plan.selection) {
    selected[index] = 1
    if (plan.runs.length > 0) {
      for (const need of needs(graph.nodes[index])) if (settled[need] === undefined) open[index]++
      if (shorter.has(index)) open[index]++
    }
    const decision = plan.decisions[index]!
    if (decision.action === "run" && decision.excluded) settled[index] = { state: "skipped" }
    else if (open[index] > 0) continue
    else if (decision.action === "reuse")
      settled[index] = { state: "there", key: decision.key, outputs: decision.outputs }
    else if (spare.has(index) && !plan.wanted.has(index))
      settled[index] = { state: "there", key: decision.key!, outputs: decision.expected! }
    else if (spare.has(index) || !isKnown(decision) || readsAbsent(graph.nodes[index])) look.push(index)
    else again({ node: graph.nodes[index], decision })
  }
  const first = follow({ look })

  return {
    first,
    peek() {
      // What was taken from among the others is still in the heap.
      while (heap.size > 0 && !ready.has(heap.peek())) heap.pop()
      return heap.size === 0 ? undefined : ready.get(heap.peek())
    },
    take() {
      const entry = ready.get(heap.pop())!
      ready.delete(entry.node.index)
      return entry
    },
    takeMore(alike, atMost) {
      const taken: Array<Ready> = []
      for (const entry of ready.values()) {
        if (taken.length >= atMost) break
        if (!inactive.has(entry.node.index) && alike(entry)) taken.push(entry)
      }
      for (const { node } of taken) ready.delete(node.index)
      return taken
    },
    again,
    settle: (index, standing) => follow({ settle: [index] }, standing),
    activate(indices) {
      let count = 0
      for (const index of indices) {
        if (!inactive.delete(index) || (settled[index] !== undefined && !spare.has(index))) continue
        count++
        if (ready.has(index)) heap.push(index)
      }
      return count
    },
    giveUpRest() {
      const rest = [...inactive].filter((index) => settled[index] === undefined)
      for (const index of rest) ready.delete(index)
      inactive.clear()
      return follow({ settle: rest })
    },
    remake,
    remakeInput({ node: { index, inputs } }, digest) {
      const source = inputs
        .flatMap((input) => input.sources)
        .find(({ node: from, output }) => outputsOf(from)[output]?.digest === digest)
      const outcomes = source === undefined ? [] : remake(source.node)
      return [...outcomes, ...follow({ look: [index] })]
    },
    spared: () =>
      [...spare].flatMap((index): ReadonlyArray<Outcome> => {
        const standing = settled[index]
        return standing?.state === "there"
          ? [{ type: "reused", node: graph.nodes[index], key: standing.key, outputs: standing.outputs }]
          : []
      }),
    settled: of,
    isOpen: (index) => settled[index] === undefined && !inactive.has(index)
  }
}

/** A run of a node whose outputs are known, for their bytes. */
const isForBytes = (decision: Decision | undefined) =>
  decision?.action === "run" && decision.cause === "lost" && decision.expected !== undefined

const needs = ({ inputs }: Node): ReadonlyArray<number> => [
  ...new Set(inputs.flatMap((input) => input.sources.map((source) => source.node)))
]
