/** What nodes will cost, from the pace of earlier nodes of their stage; and which to start first. */
import type { Graph, Node } from "../graph/graph.ts"

/** By stage, or stage and pace class: `train filters=1`. */
export type PaceOf = (name: string) => { readonly work: number; readonly seconds: number } | undefined

export const workOf = (node: Node): number => node.stage.work?.(node.parameters) ?? 1

export const paceClassOf = (node: Node): string | undefined => node.stage.paceClass?.(node.parameters)

/**
 * Predicted seconds of a node on one thread: by what nodes of its class, or of its stage, took on this machine; before any
 * has run here, by what its stage declares. Undefined where it declares nothing.
 */
export function predict(node: Node, paceOf: PaceOf): number | undefined {
  const { name, pace: declared } = node.stage
  const paceClass = paceClassOf(node)
  const pace =
    (paceClass === undefined ? undefined : paceOf(`${name} ${paceClass}`)) ??
    paceOf(name) ??
    (declared && { work: 1, seconds: declared.seconds })
  return pace === undefined || pace.work === 0 ? undefined : (pace.seconds / pace.work) * workOf(node)
}

/** Predicted seconds of several nodes together; undefined where one of them cannot be predicted. */
export function predictAll(graph: Graph, runs: ReadonlyArray<number>, paceOf: PaceOf): number | undefined {
  let total = 0
  for (const index of runs) {
    const seconds = predict(graph.nodes[index], paceOf)
    if (seconds === undefined) return undefined
    total += seconds
  }
  return total
}

/** For each node the seconds from its start to the end of all that waits for it: the length of its critical path. */
export function criticalPaths(graph: Graph, runs: ReadonlyArray<number>, paceOf: PaceOf): Float64Array {
  const length = new Float64Array(graph.nodes.length)
  for (let i = runs.length - 1; i >= 0; i--) {
    const index = runs[i]
    let after = 0
    for (const dependent of graph.dependents[index]) after = Math.max(after, length[dependent])
    length[index] = (predict(graph.nodes[index], paceOf) ?? 1) + after
  }
  return length
}
