/** Failures: how a node's last attempt failed, kept until the node succeeds. They belong to a project. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Trace } from "../graph/trace.ts"
import type { CacheWriteError } from "./errors.ts"
import { type Failure, type IndexStore, traceIdentity } from "./index-store.ts"
import { type AnyNode, identify } from "./node.ts"
import type { DiskFull } from "./space.ts"
import type { Storage } from "./storage.ts"
import { writing } from "./writing.ts"

export class Failures extends Context.Service<
  Failures,
  {
    readonly of: (node: AnyNode) => Failure | undefined
    readonly note: (node: AnyNode, failure: Failure) => Effect.Effect<void, DiskFull | CacheWriteError>
  }
>()("pipeline/cache/Failures") {
  static readonly over = ({ folder, project, store, write }: Storage["Service"]) =>
    Failures.of({
      of: (node) => store.failures.get(placeOf(project, identify(node))),
      note: (node, failure) =>
        writing(folder, () => write(() => void store.failures.put(placeOf(project, identify(node)), failure)))
    })
}

const placeOf = (project: string, identity: string) => `${project} ${identity}`

/** Its node has succeeded; inside a transaction. */
export function forgetFailure({ failures }: IndexStore, project: string, trace: Trace): void {
  const place = placeOf(project, traceIdentity(trace))
  if (failures.get(place) !== undefined) failures.remove(place)
}
