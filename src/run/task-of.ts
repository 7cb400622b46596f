/** What a worker is given of a node that is ready. */
import type { Artifacts } from "../cache/artifacts.ts"
import { digestsIn } from "../graph/collection.ts"
import type { Graph, Node, Source } from "../graph/graph.ts"
import { FAILED, MISSING } from "../graph/key.ts"
import { plainPath } from "../graph/paths.ts"
import type { Parts } from "../graph/plan.ts"
import { type FreshCheckpoints, familyOf } from "./checkpoints.ts"
import type { Ready } from "./state.ts"
import type { Task, TaskInput } from "./task.ts"
import { moduleName } from "./workplace.ts"

interface Setting {
  readonly graph: Graph
  readonly artifacts: Pick<Artifacts["Service"], "small">
  readonly project: string // absolute path
  readonly threads: number // that it may use
  /** Checkpoints of forced nodes. */
  readonly fresh: FreshCheckpoints
}

export function taskOf(
  { node, decision: { key, parts } }: Ready,
  { graph, artifacts, project, threads, fresh }: Setting
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
    module: moduleName(project, node.module),
    engine: node.engine && {
      ...node.engine,
      module: moduleName(project, node.engine.module),
      standIn: node.engine.standIn && moduleName(project, node.engine.standIn)
    },
    parameters: node.parameters,
    hints: node.stage.hints ?? [],
    inputs,
    collections,
    files: parts.files,
    absent: node.files
      .flatMap((pattern) => plainPath(pattern) ?? [])
      .filter((path) => !Object.hasOwn(parts.files, path)),
    threads,
    timeout: node.stage.timeout,
    batch: node.stage.batch?.(node.parameters) !== undefined,
    checkpoints: checkpointsOf(node, parts, fresh)
  }
}

/** Where its states are kept, if it keeps any. */
export function checkpointsOf(node: Node, parts: Parts, fresh: FreshCheckpoints): Task["checkpoints"] {
  const { extent } = node.stage
  if (extent === undefined) return undefined
  return { family: fresh.familyOf(node, familyOf(node, parts)!), extent: Number(node.parameters[extent]) }
}
