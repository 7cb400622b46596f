/** Where a result comes from: code, parameters, inputs back to the data, machine and time: what `pipeline show` prints. */
import type { Artifacts } from "../cache/artifacts.ts"
import type { CodeParts } from "../cache/sources.ts"
import type { Traces } from "../cache/traces.ts"
import type { Node } from "../graph/graph.ts"
import { byDigestAlone, knownOutputs, type OutputArtifacts } from "../graph/plan.ts"
import type { Trace } from "../graph/trace.ts"
import { logPath } from "../run/logs.ts"
import type { Planned } from "./planned.ts"

export interface ShowView {
  readonly node: string
  readonly trace: Trace
  /** False where the node would run: then this is its latest result. Undefined where nobody asked what it would do. */
  readonly current: boolean | undefined
  /** The remote that it came from; undefined where it was made here. */
  readonly origin: string | undefined
  /** Names of the outputs that are here by digest alone. */
  readonly absent: ReadonlyArray<string>
  /** What its code consists of: file → digest, package → version. */
  readonly codeParts: CodeParts
  /** Other outputs that later runs under this key gave. */
  readonly observations: ReadonlyArray<OutputArtifacts>
  /** The file with what it wrote while it ran. */
  readonly log: string
}

/** What of the cache it is read from. */
export interface Kept {
  readonly traces: Pick<Traces["Service"], "get" | "ofNode" | "observations" | "origin">
  readonly codeParts: (digest: string) => CodeParts | undefined
  /** Folder of the project's logs. */
  readonly logs: string
}

/** Undefined where the node never ran. */
export function showView(node: Node, { plan, knowledge }: Planned, cache: Kept): ShowView | undefined {
  const decision = plan.decisions[node.index]!
  const key = knownOutputs(decision) === undefined ? undefined : decision.key
  const trace = key === undefined ? cache.traces.ofNode(node)[0] : cache.traces.get(key)
  return (
    trace && {
      node: node.name,
      trace,
      current: key !== undefined,
      origin: cache.traces.origin(trace.key),
      absent: byDigestAlone(trace.outputs, knowledge),
      codeParts: cache.codeParts(trace.code) ?? {},
      observations: cache.traces.observations(trace.key),
      log: logPath(cache.logs, trace.name)
    }
  )
}

/** A result by its key, whatever its node is today. */
export const traceView = (
  trace: Trace,
  cache: Kept & { readonly artifacts: Pick<Artifacts["Service"], "has"> }
): ShowView => ({
  node: trace.name,
  trace,
  current: undefined,
  origin: cache.traces.origin(trace.key),
  absent: byDigestAlone(trace.outputs, cache.artifacts),
  codeParts: cache.codeParts(trace.code) ?? {},
  observations: cache.traces.observations(trace.key),
  log: logPath(cache.logs, trace.name)
})
