/** Sharing work with other processes on the same cache: each node is computed by whoever holds its lease. */
import * as Effect from "effect/Effect"
import type { Ready } from "../state.ts"
import type { Execution } from "./execution.ts"
import { announce } from "./settle.ts"

/**
 * Takes the nodes' leases and gives those that are to be computed here. What another process has made meanwhile is
 * reused; what one is making is noted as `elsewhere`.
 */
export const claim = Effect.fnUntraced(function* (execution: Execution, candidates: ReadonlyArray<Ready>) {
  const { traces, leases, state, elsewhere } = execution
  const granted = yield* leases.take(candidates.map((ready) => ready.decision.key))
  traces.refresh()
  const mine: Array<Ready> = []
  for (const ready of candidates) {
    const { node, decision } = ready
    const { key } = decision
    const outputs = decision.cause === "forced" ? undefined : traces.outputs(key)
    if (outputs !== undefined && Object.values(outputs).every(({ digest }) => isThere(execution, digest))) {
      yield* leases.release([key])
      elsewhere.delete(node.index)
      const outcome = { type: "reused", node, key, outputs } as const
      yield* announce(execution, [outcome, ...state.settle(node.index, { state: "there", key, outputs })])
    } else if (!granted.has(key)) elsewhere.set(node.index, ready)
    else {
      elsewhere.delete(node.index)
      mine.push(ready)
    }
  }
  return mine
})

function isThere({ artifacts }: Execution, digest: string): boolean {
  if (artifacts.has(digest)) return true
  artifacts.refresh()
  return artifacts.has(digest)
}

/** Looks whether other processes have given up, or finished, what this one waits for. */
export const claimFromElsewhere = Effect.fnUntraced(function* (execution: Execution) {
  const { leases, state, elsewhere } = execution
  const mine = yield* claim(execution, [...elsewhere.values()])
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
