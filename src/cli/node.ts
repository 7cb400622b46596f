/** The one node that a command's argument names. */
import * as Argument from "effect/cli/Argument"
import * as Effect from "effect/Effect"
import type { Node } from "../graph/graph.ts"
import { UsageError } from "./errors.ts"
import type { Workspace } from "./workspace.ts"

export const nodeArgument = Argument.String("node").pipe(
  Argument.withDescription(
    "A node's name, as `pipeline status --all` prints it; its beginning, some of its parts (train/layers=4,seed=0), a glob, or the beginning of its key or of an output's digest, where that means one node"
  )
)

export const theNode = ({ selection }: Workspace, typed: string): Effect.Effect<Node, UsageError> => {
  const { graph } = selection
  const exact = graph.byName.get(typed)
  if (exact !== undefined) return Effect.succeed(exact)
  const named = [...selection.named]
  if (named.length === 1) return Effect.succeed(graph.nodes[named[0]])
  const some = named.slice(0, 3).map((index) => graph.nodes[index].name)
  return Effect.fail(
    new UsageError({
      problem: `'${typed}' means ${named.length} nodes; name one of them, such as ${some.join(" or ")}`
    })
  )
}
