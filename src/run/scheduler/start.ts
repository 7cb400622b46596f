/** Choosing what starts now: the ready nodes with the longest critical paths, as many as there are slots and GPUs. */
import * as Effect from "effect/Effect"
import { shareSpare } from "../spare.ts"
import type { Ready } from "../state.ts"
import { claim } from "./claim.ts"
import type { Execution } from "./execution.ts"
import { launch, slotsOf, takenBy, usesGpu } from "./launch.ts"
import { isUnprepared, prepare } from "./prepare.ts"
import { announce } from "./settle.ts"

/** In-process stages run this long before their results are committed together. */
const INLINE_MS = 25
/** Leases are taken for so many nodes at once. */
const CANDIDATES = 64

type Group = ReadonlyArray<Ready>

/** Starts what fits; in-process stages run here and now, for a little while. */
export const startReady = Effect.fnUntraced(function* (execution: Execution) {
  const until = performance.now() + INLINE_MS
  const isLate = () => performance.now() > until
  while (!execution.stopping && !isLate()) {
    const candidates = yield* choose(execution)
    if (candidates.length === 0) return
    const claimed = new Set(yield* claim(execution, candidates.flat()))
    const mine = candidates
      .map((group) => group.filter((ready) => claimed.has(ready)))
      .filter((group) => group.length > 0)
    yield* launchAll(execution, mine, isLate)
  }
})

/** Takes groups out of the ready ones that fit into the free slots and GPUs together. */
const choose = Effect.fnUntraced(function* (execution: Execution) {
  const { state, batches, stops, running, preparing } = execution
  const candidates: Array<Group> = []
  /** Ready but for a GPU, or for company: what stands behind them need not wait. */
  const passed: Array<Ready> = []
  /** About which the remote is asked first. */
  const unprepared: Array<Ready> = []
  let { slots, gpus } = execution.executor.room()
  const atWork = () => [...running.keys(), ...candidates.flat().map(({ node }) => node.index)]
  while (candidates.length + passed.length + unprepared.length < CANDIDATES) {
    if (passed.length + unprepared.length + preparing.size === 0) admit(execution, slots)
    const next = state.peek()
    if (next === undefined) break
    const because = stops.by(next.node.stage.name)
    if (because !== undefined) {
      const { node } = state.take()
      yield* announce(execution, [
        { type: "skipped", node, because },
        ...state.settle(node.index, { state: "skipped" })
      ])
      continue
    }
    if (isUnprepared(execution, next)) {
      unprepared.push(state.take())
      continue
    }
    if ((usesGpu(next.node) && gpus === 0) || batches.waits(next, atWork)) {
      passed.push(state.take())
      continue
    }
    const taken = takenBy(next.node, slotsOf(execution, next.node))
    if (slots < taken) break
    slots -= taken
    if (usesGpu(next.node)) gpus--
    candidates.push(batches.take())
  }
  passed.forEach(state.again)
  yield* prepare(execution, unprepared)
  return candidates
})

/** While slots would stay free, lets the budget's next portions in. */
function admit({ state, budget, options }: Execution, slots: number): void {
  while (budget !== undefined && slots > 0 && state.peek() === undefined) {
    const nodes = budget.admit()
    if (nodes === undefined) return
    options.listen({ type: "admitted", run: state.activate(nodes) })
  }
}

/** Starts groups, with the slots that nobody else could use; in-process stages only until it is late. */
const launchAll = Effect.fnUntraced(function* (
  execution: Execution,
  groups: ReadonlyArray<Group>,
  isLate: () => boolean
) {
  const { plan, state, leases, executor, running } = execution
  const starting = groups.flat().map(({ node }) => node)
  const taken = groups.reduce((sum, [{ node }]) => sum + takenBy(node, slotsOf(execution, node)), 0)
  const spare = shareSpare(starting, executor.room().slots - taken, { plan, state, running: new Set(running.keys()) })
  for (const [i, group] of groups.entries()) {
    const [{ node }] = group
    if (node.stage.inline && isLate()) {
      const rest = groups.slice(i).flat()
      yield* leases.release(rest.map((ready) => ready.decision.key))
      rest.forEach(state.again)
      return
    }
    yield* launch(execution, group, slotsOf(execution, node) + (spare.get(node.index) ?? 0))
  }
})
