/**
 * Sharing work with other processes on the same cache: each node is computed by whoever holds its lease. And with other
 * machines, where a run has these (others.ts): then by whoever has claimed it there besides.
 */
import * as Effect from "effect/Effect"
import type { Ready } from "../state.ts"
import { logOf } from "../workplace.ts"
import type { Execution } from "./execution.ts"
import { announce } from "./settle.ts"

/**
 * Takes the nodes' leases, and claims, and gives those that are to be computed here. What another process has made
 * meanwhile is reused; what one is making is noted as `elsewhere`.
 */
export const claim = Effect.fnUntraced(function* (execution: Execution, candidates: ReadonlyArray<Ready>) {
  const { traces, leases, remote, state, elsewhere } = execution
  const { others } = execution.options
  const granted = yield* leases.take(candidates.map((ready) => ready.decision.key))
  const standings = others?.claim(candidates.flatMap(({ node, decision }) => (granted.has(decision.key) ? [node] : [])))
  traces.refresh()
  const mine: Array<Ready> = []
  for (const ready of candidates) {
    const { node, decision } = ready
    const { key } = decision
    const standing = standings?.get(node.index)
    const outputs = decision.cause === "forced" ? undefined : traces.outputs(key)
    if (outputs !== undefined && Object.values(outputs).every(({ digest }) => isThere(execution, digest))) {
      yield* leases.release([key])
      elsewhere.delete(node.index)
      others?.found(node)
      const outcome = { type: "reused", node, key, outputs } as const
      yield* announce(execution, [outcome, ...state.settle(node.index, { state: "there", key, outputs })])
    } else if (!granted.has(key)) elsewhere.set(node.index, ready)
    else if (standing === undefined || standing.is === "ours") {
      elsewhere.delete(node.index)
      mine.push(ready)
    } else {
      yield* leases.release([key])
      elsewhere.delete(node.index)
      if (standing.is === "failed") yield* failElsewhere(execution, ready, standing.message)
      else if (standing.is === "done" && remote.isDue(key))
        state.again(ready) // it is asked for first (prepare.ts)
      else {
        if (standing.is === "done") others?.lost(node)
        remote.forget([key])
        elsewhere.set(node.index, ready)
      }
    }
  }
  return mine
})

function isThere({ artifacts }: Execution, digest: string): boolean {
  if (artifacts.has(digest)) return true
  artifacts.refresh()
  return artifacts.has(digest)
}

/** A node has failed on another machine, for good: its log is there. */
function failElsewhere(execution: Execution, { node }: Ready, message: string) {
  const { state, executor, budget, failed, elsewhere, options } = execution
  const { name, stage } = node
  const log = logOf(executor.here, node)
  elsewhere.delete(node.index)
  failed.push({ name, message, log })
  budget?.lose(node.index)
  options.listen({ type: "failed", name, stage: stage.name, message, log })
  return announce(execution, state.settle(node.index, { state: "failed" }))
}

/** Looks whether other processes have given up, or finished, what this one waits for. */
export const claimFromElsewhere = Effect.fnUntraced(function* (execution: Execution) {
  const { leases, state, elsewhere, options } = execution
  const waiting = [...elsewhere.values()]
  if (options.others !== undefined) {
    const news = options.others.news(waiting.map(({ node }) => node))
    for (const ready of waiting) {
      if (!news.has(ready.node.index)) continue
      elsewhere.delete(ready.node.index)
      state.again(ready)
    }
    return
  }
  const mine = yield* claim(execution, waiting)
  mine.forEach(state.again)
  yield* leases.release(mine.map((ready) => ready.decision.key))
})

/** Says, once each, for which processes this one waits. */
export function makeTellOfWaiting({ leases, elsewhere, options }: Execution): () => void {
  const told = new Set<string>()
  return () => {
    for (const { node, decision } of elsewhere.values()) {
      const holder = leases.holderOf(decision.key)
      if (holder === undefined || told.has(holder)) continue
      told.add(holder)
      options.listen({ type: "notice", message: `waits for ${holder}, which computes ${node.name}` })
    }
  }
}
