/** What is kept of a node that is done: its trace, and its artifacts where they are small. */
import { cpus, hostname } from "node:os"
import type { JournalRecord } from "../cache/record.ts"
import type { Sources } from "../cache/sources.ts"
import type { Graph } from "../graph/graph.ts"
import { sourcesOf } from "../graph/plan.ts"
import type { Trace } from "../graph/trace.ts"
import { paceClassOf, workOf } from "./predict.ts"
import type { Ready } from "./state.ts"
import type { Done } from "./task.ts"

interface Setting {
  readonly graph: Graph
  readonly sources: Pick<Sources["Service"], "codeParts">
  readonly at: string // when it was finished, UTC
}

export function recordMade({ node, decision }: Ready, done: Done, { graph, sources, at }: Setting): JournalRecord {
  const { key, parts } = decision
  const paceClass = paceClassOf(node)
  const values: Record<string, string> = {}
  const outputs: Record<string, Trace["outputs"][string]> = {}
  for (const [name, { artifact, value }] of Object.entries(done.outputs)) {
    outputs[name] = artifact
    if (value !== undefined) values[artifact.digest] = value
  }
  const code = sources.codeParts(parts.code) ?? {}
  const packages = Object.entries(code).flatMap(([part, version]) =>
    part.startsWith("package:") ? [[part.slice(8), version]] : []
  )
  return {
    trace: {
      key,
      name: node.name,
      stage: node.stage.name,
      code: parts.code,
      parameters: node.encoded,
      inputs: parts.inputs,
      sources: sourcesOf(graph, node),
      files: parts.files,
      numericClass: node.numericClass ?? null,
      outputs,
      circumstances: {
        ...here,
        finished: at,
        seconds: done.seconds,
        ...(done.threads > 1 && { threads: done.threads }),
        ...(done.together > 1 && { together: done.together }),
        ...(done.peakMemory !== undefined && { peakMemory: done.peakMemory }),
        ...(done.device && { device: done.device }),
        packages: Object.fromEntries(packages),
        work: workOf(node),
        ...(paceClass !== undefined && { paceClass })
      }
    },
    values,
    ...(decision.cause === "lost" && { replaces: true })
  }
}

const here = {
  host: hostname(),
  cpu: cpus()[0]?.model ?? "unknown",
  platform: `${process.platform}-${process.arch}`,
  node: process.version
}
