/** What a node's end means for others, which are found in the cache or skipped; and what is published of it. */
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { BlobDamaged } from "../../cache/blobs.ts"
import { type CacheWriteError, PublishError } from "../../cache/errors.ts"
import type { DiskFull } from "../../cache/space.ts"
import type { Node } from "../../graph/graph.ts"
import { publish } from "../publish.ts"
import type { Outcome } from "../state.ts"
import type { Execution } from "./execution.ts"

/** Tells of nodes that were settled by what happened to others. */
export const announce = (
  execution: Execution,
  outcomes: ReadonlyArray<Outcome>
): Effect.Effect<void, PublishError | CacheWriteError | DiskFull> =>
  Effect.forEach(outcomes, (outcome) => announceOne(execution, outcome), { discard: true })

function announceOne(
  execution: Execution,
  outcome: Outcome
): Effect.Effect<void, PublishError | CacheWriteError | DiskFull> {
  const { plan, budget, count } = execution
  const { listen } = execution.options
  const { index, name, stage } = outcome.node
  if (outcome.type === "skipped") {
    count.skipped++
    budget?.lose(index)
    listen({ type: "skipped", name, stage: stage.name, because: outcome.because })
    return Effect.void
  }
  if (plan.decisions[index]?.action === "run") {
    count.reused++
    listen({ type: "reused", name, stage: stage.name, key: outcome.key })
  }
  budget?.finish(index, 0)
  return publishNode(execution, outcome.node)
}

/** Writes a node's outputs where they belong in the project; a damaged one is made again. */
export const publishNode = (execution: Execution, node: Node) =>
  Effect.forEach(node.publish, (folder) => publishInto(execution, node, folder), { discard: true })

const publishInto = (execution: Execution, node: Node, folder: string) =>
  Effect.gen(function* () {
    const { place, artifacts, remote, state, attempts } = execution
    const { project, listen } = execution.options
    const standing = state.settled(node.index)
    if (standing?.state !== "there") return
    yield* remote.bring(Object.values(standing.outputs).map(({ digest }) => digest))
    const target = { node: node.name, project, folder }
    const result = yield* Effect.result(publish(execution, target, standing.outputs))
    if (Result.isSuccess(result)) {
      const { written, outside } = result.success
      for (const place of outside)
        listen({
          type: "notice",
          message: `${folder} leads out of the project: a link took what was written to ${place}`
        })
      return listen({ type: "published", name: node.name, folder, written })
    }
    const error = result.failure
    if (!(error instanceof BlobDamaged)) return yield* Effect.fail(error)
    if (place.obstacle !== undefined || !attempts.published.again(error.digest))
      return yield* new PublishError({ path: join(project, folder), node: node.name, problem: error.message })
    artifacts.refresh()
    listen({ type: "notice", message: `${error.message}; it is made again` })
    yield* announce(execution, state.remake(node.index))
  })
