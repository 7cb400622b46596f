/** Which nodes of a selection the workers of a cluster compute, and which stay with whoever begins the run. */
import { isCollecting, type Node } from "../graph/graph.ts"
import type { Selection } from "../graph/pipeline.ts"
import type { Plan } from "../graph/plan.ts"

type Selected = Pick<Selection, "graph" | "all">

/**
 * What sets others' results together, and what is written into the project (reports), is left for the end, and so is what
 * needs it: one machine does it, when the others have ended.
 */
export function laterNodes({ graph, all }: Selected): ReadonlySet<number> {
  const later = new Set<number>()
  const isLater = (node: Node) =>
    isCollecting(node) ||
    node.publish.length > 0 ||
    node.inputs.some(({ sources }) => sources.some(({ node: need }) => later.has(need)))
  for (const index of all) if (isLater(graph.nodes[index])) later.add(index)
  return later
}

/** The nodes that workers compute, in graph order: all that the plan lets run, or has, but for those of the end. */
export function shareOf(selected: Selected, { decisions }: Pick<Plan, "decisions">): ReadonlyArray<number> {
  const later = laterNodes(selected)
  const isExcluded = (index: number) => {
    const decision = decisions[index]
    return decision?.action === "run" && decision.excluded === true
  }
  return selected.all.filter((index) => !later.has(index) && !isExcluded(index))
}

/** What reads the world outside, and what that needs: whoever begins the run does it before, once. */
export function firstNodes({ graph, all }: Selected): ReadonlySet<number> {
  const first = new Set<number>()
  for (const index of all.toReversed())
    if (graph.nodes[index].stage.outside === true || graph.dependents[index].some((next) => first.has(next)))
      first.add(index)
  return first
}

/** Nodes by their names; undefined where one is not there. */
export function nodesNamed(
  { graph }: Pick<Selection, "graph">,
  names: ReadonlyArray<string>
): ReadonlyArray<number> | undefined {
  const found = names.flatMap((name) => graph.byName.get(name)?.index ?? [])
  return found.length === names.length ? found.sort((a, b) => a - b) : undefined
}
