/**
 * A run that several machines do together, each with a cache of its own and all of them with one plan: who computes which
 * node. Leases (cache/leases.ts) tell this between processes of one machine; here something tells it that all machines
 * see (src/cluster/). Results travel by the shared store.
 */
import type { Node } from "../graph/graph.ts"

/** How a node stands between machines. */
export type Standing =
  | { readonly is: "ours" } // to compute
  | { readonly is: "theirs" } // somebody computes it
  | { readonly is: "done" } // its result is in the shared store
  | { readonly is: "failed"; readonly message: string }

export interface Others {
  /** Claims nodes; what is said of each holds until it is asked for again. */
  readonly claim: (nodes: ReadonlyArray<Node>) => ReadonlyMap<number, Standing>
  /** Whether a node's result is said to be in the shared store, as far as is known. */
  readonly isThere: (node: Node) => boolean
  /** A result that is said to be in the shared store is not: the node is to be computed again, here if it may. */
  readonly lost: (node: Node) => void
  /** Takes note of a result that is committed here: it is brought to the shared store in the background, and then told of. */
  readonly made: (node: Node, key: string) => void
  /** Takes note of a result that was found in the shared store. */
  readonly found: (node: Node) => void
  /** Takes note of a node that has failed for good. */
  readonly failed: (node: Node, message: string) => void
  /** Looks how things stand; of the nodes that others have, gives those of which there is news that matters here. */
  readonly news: (nodes: ReadonlyArray<Node>) => ReadonlySet<number>
  /** Whether every node has ended, wherever that was. */
  readonly isOver: () => boolean
  /** How long to wait before the next look. */
  readonly pollMs: () => number
  /** Seconds to the end of all that waits for a node, as this machine is to rank them: each its own way, lest all go for the same. */
  readonly rank: (node: Node, seconds: number) => number
}
