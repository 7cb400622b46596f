/**
 * Who gets the slots that stay free: where fewer nodes run than there are slots, those that can use threads share them.
 *
 * How many is decided when a node starts and holds until it ends, so slots are only given away if nothing is seen to
 * come that would rather have them: no other node for a slot, unless it waits for those that have several.
 */
import type { Graph, Node } from "../graph/graph.ts"
import type { Plan } from "../graph/plan.ts"
import type { RunState } from "./state.ts"

interface Setting {
  readonly plan: Plan
  readonly state: Pick<RunState, "peek" | "isOpen">
  readonly running: ReadonlySet<number>
}

/** Slots beyond their own for nodes that start together, by index; `spare` of them stay free. */
export function shareSpare(
  starting: ReadonlyArray<Node>,
  spare: number,
  { plan, state, running }: Setting
): ReadonlyMap<number, number> {
  const able = starting.filter(usesThreads).map(({ index }) => index)
  if (able.length === 0 || spare <= 0 || state.peek() !== undefined) return new Map()
  // A stage in this process may set others free in a moment.
  if (starting.some(({ stage }) => stage.inline)) return new Map()
  const { nodes } = plan.graph
  const atWork = new Set([...running, ...starting.map(({ index }) => index)])
  const after = withDependents(
    plan.graph,
    [...atWork].filter((index) => usesThreads(nodes[index]))
  )
  const isToCome = (index: number) => state.isOpen(index) && !atWork.has(index) && !after.has(index)
  if (plan.runs.some((index) => !nodes[index].stage.inline && isToCome(index))) return new Map()
  return new Map(able.map((index, i) => [index, Math.floor((spare + able.length - 1 - i) / able.length)]))
}

const usesThreads = ({ stage, parameters }: Node): boolean => stage.threads?.(parameters) ?? false

/** These nodes and all that need them, however far down. */
function withDependents({ dependents }: Graph, indices: ReadonlyArray<number>): ReadonlySet<number> {
  const found = new Set(indices)
  for (const index of found) for (const dependent of dependents[index]) found.add(dependent)
  return found
}
