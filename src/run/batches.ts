/** Which nodes are computed together (`Stage.batch`), and when a group waits for one more. */
import { computingName } from "../graph/compute.ts"
import type { Graph, Node } from "../graph/graph.ts"
import type { Batch } from "../graph/stage.ts"
import { type PaceOf, predict } from "./predict.ts"
import type { Ready, RunState } from "./state.ts"

export interface Batches {
  /** Takes the next node, with all that are ready to be computed together with it. */
  take(): ReadonlyArray<Ready>
  /**
   * Whether others that would go together with it will be ready in less time than it takes itself, by what is at work:
   * then starting without them would cost more than it gains.
   */
  waits(ready: Ready, atWork: () => ReadonlyArray<number>): boolean
}

/** What a group costs whatever its members: it is set up and compiled. To wait less than that always gains. */
const STARTING_SECONDS = 1

interface Setting {
  readonly graph: Graph
  readonly state: Pick<RunState, "take" | "takeMore" | "isOpen">
  readonly paceOf: PaceOf
  /** Whether it is computed by itself, whatever its stage says. */
  readonly isAlone: (node: Node) => boolean
}

export function makeBatches({ graph, state, paceOf, isAlone }: Setting): Batches {
  const batchOf = (node: Node): Batch | undefined => (isAlone(node) ? undefined : node.stage.batch?.(node.parameters))
  const goWith = (first: Node, batch: Batch) => (node: Node) =>
    node.stage === first.stage && computingName(node) === computingName(first) && batchOf(node)?.class === batch.class

  return {
    take() {
      const first = state.take()
      const batch = batchOf(first.node)
      if (batch === undefined) return [first]
      const alike = goWith(first.node, batch)
      return [first, ...state.takeMore((ready) => alike(ready.node), batch.limit - 1)]
    },
    waits({ node }, atWork) {
      const batch = batchOf(node)
      if (batch === undefined) return false
      const alike = goWith(node, batch)
      const own = Math.max(predict(node, paceOf) ?? 0, STARTING_SECONDS)
      return atWork().some(
        (index) =>
          (predict(graph.nodes[index], paceOf) ?? 0) < own &&
          graph.dependents[index].some((dependent) => state.isOpen(dependent) && alike(graph.nodes[dependent]))
      )
    }
  }
}
