/**
 * Nodes that are equal but for their extent (epochs) share checkpoints: the longer goes on from where the shorter
 * ended. Where both run, the longer one waits, so that no epoch is computed twice.
 */
import { canonical } from "../graph/canonical.ts"
import type { Graph } from "../graph/graph.ts"

/**
 * For each of the nodes that run, the one equal to it but for the next smaller extent, if that runs too and stands
 * before it: then it cannot need the longer one, and may be waited for.
 */
export function nextShorter(graph: Graph, runs: ReadonlyArray<number>): ReadonlyMap<number, number> {
  const families = new Map<string, Array<{ readonly index: number; readonly extent: number }>>()
  for (const index of runs) {
    const { stage, parameters } = graph.nodes[index]
    if (stage.extent === undefined) continue
    const { [stage.extent]: extent, ...rest } = parameters
    const id = `${stage.name} ${canonical(rest)}`
    const member = { index, extent: Number(extent) }
    if (families.get(id)?.push(member) === undefined) families.set(id, [member])
  }
  const shorter = new Map<number, number>()
  for (const family of families.values()) {
    family.sort((a, b) => a.extent - b.extent)
    for (let i = 1; i < family.length; i++)
      if (family[i - 1].index < family[i].index) shorter.set(family[i].index, family[i - 1].index)
  }
  return shorter
}
