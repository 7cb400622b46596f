/** What of a node tells its traces and failures: its stage and parameters, whatever it is called. */
import type { Node } from "../graph/graph.ts"
import { identityOf } from "../graph/key.ts"

export type AnyNode = Pick<Node, "name" | "encoded"> & { readonly stage: { readonly name: string } }

const identities = new WeakMap<object, string>()

/** `identityOf`, once a node. */
export function identify(node: AnyNode): string {
  let identity = identities.get(node)
  if (identity === undefined) identities.set(node, (identity = identityOf(node)))
  return identity
}
