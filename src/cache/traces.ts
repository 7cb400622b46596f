/**
 * Traces: which artifacts a key gave, and how they came about. Looking takes microseconds, since plans look twenty
 * thousand times: it is plain reading of the index, which has been checked when it was opened, and cannot fail.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Artifact, Trace } from "../graph/trace.ts"
import type { CacheWriteError } from "./errors.ts"
import { decodeOutputs, originAt, recordOf, traceAt } from "./index-store.ts"
import type { LocalTraces } from "./local-traces.ts"
import { type AnyNode, identify } from "./node.ts"
import type { JournalRecord } from "./record.ts"
import type { DiskFull } from "./space.ts"
import type { Storage } from "./storage.ts"

export class Traces extends Context.Service<
  Traces,
  {
    /** Outputs under a key. */
    readonly outputs: (key: string) => Readonly<Record<string, Artifact>> | undefined
    readonly get: (key: string) => Trace | undefined
    /** The trace with its small artifacts, to be kept under another key or elsewhere. */
    readonly record: (key: string) => JournalRecord | undefined
    /** All traces of a node's stage with its parameters, latest first; then those that its name gave with others. */
    readonly ofNode: (node: AnyNode) => ReadonlyArray<Trace>
    /** The remote that a trace came from; undefined where it was made here. */
    readonly origin: (key: string) => string | undefined
    /** What later runs of a key gave, where it differs from the first. */
    readonly observations: (key: string) => ReadonlyArray<Readonly<Record<string, Artifact>>>
    /**
     * Keeps finished nodes, whose larger artifacts are kept already; they are on disk when this has ended. The first
     * trace under a key wins; outputs of a later one that differ are kept as an observation.
     */
    readonly commit: (records: ReadonlyArray<JournalRecord>) => Effect.Effect<void, DiskFull | CacheWriteError>
    /** Sees what other processes have committed since. */
    readonly refresh: () => void
  }
>()("pipeline/cache/Traces") {
  static readonly over = ({ store }: Storage["Service"], local: LocalTraces) => {
    const get = (key: string) => traceAt(store, key)
    return Traces.of({
      outputs(key) {
        const text = store.outputs.get(key)
        return text === undefined ? undefined : decodeOutputs(text)
      },
      get,
      record: (key) => recordOf(store, key),
      origin: (key) => originAt(store, key),
      ofNode(node) {
        if (store.paces.get(node.stage.name) === undefined) return [] // nothing of this stage was ever recorded
        const own = new Set(store.identities.getValues(identify(node)))
        const named = new Set(store.names.getValues(node.name)).difference(own)
        return [own, named].flatMap((keys) =>
          [...keys]
            .flatMap((key) => get(key) ?? [])
            .sort((a, b) => (a.circumstances.finished < b.circumstances.finished ? 1 : -1))
        )
      },
      observations: (key) => store.observations.get(key) ?? [],
      commit: local.put,
      refresh: () => store.root.resetReadTxn()
    })
  }
}
