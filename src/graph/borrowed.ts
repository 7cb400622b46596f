/**
 * Nodes that are taken only where they are there: what a study borrows from another one, and what falls away with it.
 */
import { closure, type Graph } from "./graph.ts"
import type { Plan } from "./plan.ts"

/**
 * Nodes that would run for nothing: portions of a study of which a borrowed node is not there, and what only they
 * need. `plan` holds the borrowed nodes back.
 */
export function outOfReach(
  { graph, decisions, selection }: Plan,
  portions: ReadonlyArray<ReadonlyArray<number>>
): ReadonlySet<number> {
  const isAway = (index: number) => {
    const decision = decisions[index]
    return decision?.action === "run" && decision.excluded === true
  }
  const isOpen = (portion: ReadonlyArray<number>) => !closure(graph, portion).some(isAway)
  const within = new Set(portions.filter(isOpen).flat())
  const out = new Set(portions.flat().filter((index) => !within.has(index)))
  return withWhatOnlyTheyNeed(graph, selection, out)
}

/** These nodes and those of the selection that no other node of it needs. */
function withWhatOnlyTheyNeed(
  { dependents }: Graph,
  selection: ReadonlyArray<number>,
  nodes: ReadonlySet<number>
): ReadonlySet<number> {
  const all = new Set(nodes)
  const selected = new Set(selection)
  for (let i = selection.length - 1; i >= 0; i--) {
    const users = dependents[selection[i]].filter((user) => selected.has(user))
    if (users.length > 0 && users.every((user) => all.has(user))) all.add(selection[i])
  }
  return all
}
