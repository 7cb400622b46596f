/** What a worker is given of a node that is ready. */
import type { Artifacts } from "../cache/artifacts.ts"
import { digestsIn } from "../graph/collection.ts"
import type { Graph, Node, Source } from "../graph/graph.ts"
import { FAILED, MISSING } from "../graph/key.ts"
import { plainPath } from "../graph/paths.ts"
import type { Parts } from "../graph/plan.ts"
import { type FreshCheckpoints, familyOf } from "./checkpoints.ts"
import { logPath } from "./logs.ts"
import type { Ready } from "./state.ts"
import type { Task, TaskInput } from "./task.ts"

/** Values of hints (graph/stage.ts). */
export type Hints = Readonly<Record<string, string | number>>

interface Setting {
  readonly graph: Graph
  readonly artifacts: Pick<Artifacts["Service"], "small">
  /** The cache's folder, and that of the logs. */
  readonly place: { readonly folder: string; readonly logs: string }
  readonly project: string
  readonly slots: number
  readonly gpu: string | undefined
  /** What the run says of how to compute, by name: for the stages that declare such a hint. */
  readonly hints: Hints
  /** Checkpoints of forced nodes. */
  readonly fresh: FreshCheckpoints
}

export function taskOf(
  { node, decision: { key, parts } }: Ready,
  { graph, artifacts, place, project, slots, gpu, hints, fresh }: Setting
): Task {
  // By the digests that the key was made of, whatever has become of the nodes that gave them.
  const input = (source: Source, digest: string): TaskInput => ({
    node: graph.nodes[source.node].name,
    output: source.output,
    digest,
    value: artifacts.small(digest)
  })
  const inputs: Record<string, TaskInput> = {}
  const collections: Record<string, Task["collections"][string]> = {}
  for (const { name, sources, collection } of node.inputs) {
    const digest = parts.inputs[name]
    if (typeof digest === "string") inputs[name] = input(sources[0], digest)
    else if (collection !== undefined) {
      const members = digestsIn(digest).map((one, place) =>
        one === FAILED || one === MISSING ? undefined : input(sources[place], one)
      )
      collections[name] = { shape: collection, members }
    }
  }
  return {
    name: node.name,
    key,
    module: node.module.href,
    engine: node.engine && {
      ...node.engine,
      module: node.engine.module.href,
      standIn: node.engine.standIn?.href
    },
    parameters: withHints(node, hints),
    inputs,
    collections,
    project,
    files: parts.files,
    absent: node.files
      .flatMap((pattern) => plainPath(pattern) ?? [])
      .filter((path) => !Object.hasOwn(parts.files, path)),
    cache: place.folder,
    log: logPath(place.logs, node.name),
    slots,
    gpu,
    timeout: node.stage.timeout,
    batch: node.stage.batch?.(node.parameters as never) !== undefined,
    checkpoints: checkpointsOf(node, parts, fresh)
  }
}

function withHints({ stage, parameters }: Node, hints: Hints): Task["parameters"] {
  const declared = (stage.hints ?? []).filter((name) => Object.hasOwn(hints, name))
  return declared.length === 0
    ? parameters
    : { ...parameters, ...Object.fromEntries(declared.map((name) => [name, hints[name]])) }
}

/** Where its states are kept, if it keeps any. */
export function checkpointsOf(node: Node, parts: Parts, fresh: FreshCheckpoints): Task["checkpoints"] {
  const { extent } = node.stage
  if (extent === undefined) return undefined
  return { family: fresh.familyOf(node, familyOf(node, parts)!), extent: Number(node.parameters[extent]) }
}
