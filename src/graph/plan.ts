/**
 * The plan: for each node whether its outputs are there or it has to run, and why.
 *
 * `decide` looks at one node whose inputs are known; the plan is `decide` over the whole graph, with nodes after one
 * that will run left open: they may turn out to be there (early cutoff). The scheduler takes the same decision again
 * when the inputs are known.
 */
import { arrange } from "./collection.ts"
import type { Computing } from "./compute.ts"
import { type CodeParts, type Explanation, explain, type Present } from "./explain.ts"
import type { Graph, Node } from "./graph.ts"
import { FAILED, type InputDigest, keyOf, MISSING } from "./key.ts"
import type { Artifact, Trace } from "./trace.ts"

export type OutputArtifacts = Readonly<Record<string, Artifact>>

/** What a plan is made from: lookups, no changes. */
export interface Knowledge extends Earlier {
  /** Digest of the code that a node's compute module, and its engine's, reach. */
  readonly code: (of: Computing) => string
  /** Files matching the patterns: path relative to the project → digest. */
  readonly files: (patterns: ReadonlyArray<string>) => Readonly<Record<string, string>>
  /** Outputs that a key gave. */
  readonly outputs: (key: string) => OutputArtifacts | undefined
  /** True if the artifact's bytes are there. */
  readonly has: (digest: string) => boolean
}

/** What is known of earlier runs of a node, to explain why it runs again. */
export interface Earlier {
  readonly traces: (name: string) => ReadonlyArray<Trace>
  readonly failure: (name: string) => { readonly key: string; readonly message: string } | undefined
  readonly codeParts: CodeParts
}

/** How a node stands for those that need it. */
export type Settled =
  | { readonly state: "there"; readonly key: string; readonly outputs: OutputArtifacts }
  | { readonly state: "failed" | "skipped" }

export interface Reuse {
  readonly action: "reuse"
  readonly key: string
  readonly outputs: OutputArtifacts
}

export interface Run extends Explanation {
  readonly action: "run"
  /** Unknown as long as an input is still to be made. */
  readonly key: string | undefined
  /** What the key is made of; unknown with it. */
  readonly parts: Parts | undefined
  /** It is not to run this time (`--where` leaves it out), nor can what needs it. */
  readonly held?: true
  /** Outputs that an earlier run under this key gave (forced, lost): what is expected to come again. */
  readonly expected: OutputArtifacts | undefined
}

export type Decision = Reuse | Run

/** What enters a node's key, from its settled inputs. */
export interface Parts {
  readonly code: string
  readonly inputs: Readonly<Record<string, InputDigest>>
  readonly files: Readonly<Record<string, string>>
}

const none: Readonly<Record<string, never>> = {}

/** Digests of a node's inputs. `undefined` if one is not settled yet, or a single one is not there. */
export function inputDigests(node: Node, settled: (index: number) => Settled | undefined): Parts["inputs"] | undefined {
  const inputs: Record<string, InputDigest> = {}
  for (const { name, collection, sources } of node.inputs) {
    if (collection !== undefined) {
      const digests: Array<string> = []
      for (const { node: index, output } of sources) {
        const from = settled(index)
        if (from === undefined) return undefined
        if (from.state === "there") digests.push(from.outputs[output]?.digest ?? MISSING)
        else digests.push(from.state === "failed" ? FAILED : MISSING)
      }
      inputs[name] = arrange(collection, (place) => digests[place])
    } else {
      const [{ node: index, output }] = sources
      const from = settled(index)
      if (from?.state !== "there") return undefined
      const artifact = from.outputs[output]
      if (artifact === undefined) return undefined
      inputs[name] = artifact.digest
    }
  }
  return inputs
}

export function partsOf(node: Node, inputs: Parts["inputs"], knowledge: Pick<Knowledge, "code" | "files">): Parts {
  return { code: knowledge.code(node), inputs, files: filesOf(node, knowledge) }
}

const filesOf = (node: Node, knowledge: Pick<Knowledge, "files">) =>
  node.files.length === 0 ? none : knowledge.files(node.files)

/** Decides on a node whose inputs are known. */
export function decide(
  graph: Graph,
  node: Node,
  inputs: Parts["inputs"],
  knowledge: Knowledge,
  forced: boolean
): Decision {
  const parts = partsOf(node, inputs, knowledge)
  const key = keyOf(node, parts)
  const outputs = knowledge.outputs(key)
  if (outputs === undefined) {
    const failure = knowledge.failure(node.name)
    if (failure?.key === key) {
      const reason = `it failed: ${failure.message}`
      return { action: "run", key, parts, expected: undefined, cause: "retry", reason, differences: [] }
    }
    const why = explain(knowledge.traces(node.name), present(graph, node, parts, inputs), knowledge.codeParts)
    return { action: "run", key, parts, expected: undefined, ...why }
  }
  if (forced) {
    return { action: "run", key, parts, expected: outputs, cause: "forced", reason: "forced", differences: [] }
  }
  const declared = node.stage.outputs === "files" ? none : node.stage.outputs
  const lacking = Object.keys(declared).find((name) => !Object.hasOwn(outputs, name))
  if (lacking !== undefined) {
    const reason = `its output '${lacking}' is not in its trace`
    return { action: "run", key, parts, expected: undefined, cause: "lost", reason, differences: [] }
  }
  for (const name in outputs) {
    if (!knowledge.has(outputs[name].digest)) {
      const reason = `its output '${name}' is no longer in the cache`
      return { action: "run", key, parts, expected: outputs, cause: "lost", reason, differences: [] }
    }
  }
  return { action: "reuse", key, outputs }
}

function present(graph: Graph, node: Node, parts: Omit<Parts, "inputs">, inputs: Present["inputs"]): Present {
  return {
    code: parts.code,
    parameters: node.encoded,
    numericClass: node.numericClass,
    files: parts.files,
    inputs,
    sources: sourcesOf(graph, node)
  }
}

/** Where each single input comes from, by name: `node:output`. */
export function sourcesOf(graph: Graph, node: Node): Readonly<Record<string, string>> {
  const sources: Record<string, string> = {}
  for (const input of node.inputs) {
    if (!input.collection) sources[input.name] = `${graph.nodes[input.sources[0].node].name}:${input.sources[0].output}`
  }
  return sources
}

/** A node that waits for one that will run: its key is not known, but what it is made of besides its inputs is. */
function decideOpen(graph: Graph, node: Node, first: Node, knowledge: Knowledge): Run {
  const earlier = knowledge.traces(node.name)
  const parts = { code: knowledge.code(node), files: filesOf(node, knowledge) }
  const why = explain(earlier, present(graph, node, parts, undefined), knowledge.codeParts)
  const own = why.cause !== "input" || why.differences.length > 0
  const waits = `its input ${first.name} runs first`
  return {
    action: "run",
    key: undefined,
    parts: undefined,
    expected: undefined,
    ...(own ? why : { cause: "input", reason: waits, differences: [waits] })
  }
}

export interface Plan {
  readonly graph: Graph
  /** By node index; undefined for nodes outside the selection. */
  readonly decisions: ReadonlyArray<Decision | undefined>
  /** Selected nodes, in graph order. */
  readonly selection: ReadonlyArray<number>
  /** Nodes of the selection that would run, in graph order. */
  readonly runs: ReadonlyArray<number>
}

/**
 * Plans the selected nodes (closed under needs, in graph order). Those in `held` are taken where they are there, and do
 * not run where they are not.
 */
export function makePlan(
  graph: Graph,
  selection: ReadonlyArray<number>,
  knowledge: Knowledge,
  forced: ReadonlySet<number> = new Set(),
  held: ReadonlySet<number> = new Set()
): Plan {
  const decisions: Array<Decision | undefined> = new Array(graph.nodes.length)
  const standing: Array<Settled | undefined> = new Array(graph.nodes.length)
  const settled = (index: number) => standing[index]
  const runs: Array<number> = []
  for (const index of selection) {
    const node = graph.nodes[index]
    const inputs = inputDigests(node, settled)
    const decision =
      inputs === undefined
        ? decideOpen(graph, node, firstOpen(graph, node, standing), knowledge)
        : decide(graph, node, inputs, knowledge, forced.has(index))
    if (decision.action === "run" && (held.has(index) || needsSkipped(node, standing))) {
      decisions[index] = { ...decision, held: true }
      standing[index] = { state: "skipped" }
      continue
    }
    decisions[index] = decision
    // What runs again under a known key is expected to give what it gave.
    const outputs = decision.action === "reuse" ? decision.outputs : decision.expected
    if (outputs !== undefined && decision.key !== undefined)
      standing[index] = { state: "there", key: decision.key, outputs }
    if (decision.action === "run") runs.push(index)
  }
  return { graph, decisions, selection, runs }
}

/** Nodes that do not run this time, and of those the ones that have run before: what they gave is no longer true. */
export function heldBack({ decisions }: Plan): { readonly count: number; readonly outdated: number } {
  let [count, outdated] = [0, 0]
  for (const decision of decisions) {
    if (decision?.action !== "run" || decision.held !== true) continue
    count++
    if (decision.cause !== "new") outdated++
  }
  return { count, outdated }
}

const needsSkipped = (node: Node, standing: ReadonlyArray<Settled | undefined>): boolean =>
  node.inputs.some(({ collection, sources }) => !collection && standing[sources[0].node]?.state === "skipped")

function firstOpen(graph: Graph, node: Node, standing: ReadonlyArray<Settled | undefined>): Node {
  for (const input of node.inputs) {
    for (const source of input.sources) if (standing[source.node] === undefined) return graph.nodes[source.node]
  }
  return node
}
