/**
 * The plan: for each node whether its outputs are known or it has to run, and why.
 *
 * `decide` looks at one node whose inputs are known; the plan is `decide` over the whole graph, with nodes after one
 * that will run left open: they may turn out to be there (early cutoff). The scheduler takes the same decision again
 * when the inputs are known.
 *
 * Outputs are known by the digests in their trace. Whether their bytes are here matters where something that runs reads
 * them, or where the user asked for them: then the node runs again.
 */
import { arrange, digestsIn } from "./collection.ts"
import type { Computing } from "./compute.ts"
import { type CodeParts, type Explanation, explain, type Present } from "./explain.ts"
import type { Graph, Node, NodeInput, Source } from "./graph.ts"
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
  readonly traces: (node: Node) => ReadonlyArray<Trace>
  readonly failure: (node: Node) => { readonly key: string; readonly message: string } | undefined
  readonly codeParts: CodeParts
}

/** How a node stands for those that need it. */
export type Settled =
  | { readonly state: "there"; readonly key: string; readonly outputs: OutputArtifacts }
  | { readonly state: "failed" | "skipped" }

export interface Reuse {
  readonly action: "reuse"
  readonly key: string
  /** What the key is made of. */
  readonly parts: Parts
  readonly outputs: OutputArtifacts
}

export interface Run extends Explanation {
  readonly action: "run"
  /** Unknown as long as an input is still to be made. */
  readonly key: string | undefined
  /** What the key is made of; unknown with it. */
  readonly parts: Parts | undefined
  /** It is not to run this time (`--where` leaves it out), nor can what needs it. */
  readonly excluded?: true
  /** Outputs that an earlier run under this key gave (forced, bytes lost): what is expected to come again. */
  readonly expected: OutputArtifacts | undefined
}

/** One whose inputs are known, and so its key. */
export interface KnownRun extends Run {
  readonly key: string
  readonly parts: Parts
}

export const isKnown = (run: Run): run is KnownRun => run.key !== undefined && run.parts !== undefined

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

/** Decides on a node whose inputs are known. Where their bytes are does not matter. */
export function decide(
  graph: Graph,
  node: Node,
  inputs: Parts["inputs"],
  knowledge: Knowledge,
  forced: boolean
): Reuse | KnownRun {
  const parts = partsOf(node, inputs, knowledge)
  const key = keyOf(node, parts)
  const outputs = knowledge.outputs(key)
  if (outputs === undefined) {
    const failure = knowledge.failure(node)
    if (failure?.key === key) {
      const reason = `it failed: ${failure.message}`
      return { action: "run", key, parts, expected: undefined, cause: "retry", reason, differences: [] }
    }
    const why = explain(knowledge.traces(node), present(graph, node, parts, inputs), knowledge.codeParts)
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
  return { action: "reuse", key, parts, outputs }
}

/** Names of the outputs that are here by digest alone. */
export const byDigestAlone = (outputs: OutputArtifacts, { has }: Pick<Knowledge, "has">): ReadonlyArray<string> =>
  Object.keys(outputs).filter((name) => !has(outputs[name].digest))

/** Whether an output is here by digest alone. */
export function isByDigestAlone(outputs: OutputArtifacts, { has }: Pick<Knowledge, "has">): boolean {
  for (const name in outputs) if (!has(outputs[name].digest)) return true
  return false
}

/** A node whose outputs are known runs again, because the bytes of one of them are needed. */
export function runForBytes(
  { key, parts, outputs }: Reuse,
  needed: { readonly output: string; readonly because: string }
): KnownRun {
  const reason = `its output '${needed.output}' is here by digest alone, and ${needed.because}`
  return { action: "run", key, parts, expected: outputs, cause: "lost", reason, differences: [] }
}

/** Settled inputs whose bytes are not here, with the digest that they are known by. */
export function* absentInputs(
  { inputs }: Node,
  settled: (index: number) => Settled | undefined,
  { has }: Pick<Knowledge, "has">
): Generator<Source & { readonly digest: string; readonly input: NodeInput }> {
  for (const input of inputs) {
    for (const source of input.sources) {
      const from = settled(source.node)
      const digest = from?.state === "there" ? from.outputs[source.output]?.digest : undefined
      if (digest !== undefined && !has(digest)) yield { ...source, digest, input }
    }
  }
}

/**
 * The digests of a node's inputs as far as it could read them if it ran. What is here by digest alone and cannot be made
 * again is missing in a collection; as a single input it is named instead.
 */
export function readable(
  node: Node,
  inputs: Parts["inputs"],
  settled: (index: number) => Settled | undefined,
  knowledge: Pick<Knowledge, "has">,
  unmakable: ReadonlySet<number>
): { readonly inputs: Parts["inputs"] } | { readonly unreadable: number } {
  if (unmakable.size === 0) return { inputs }
  const missing = new Map<NodeInput, Set<string>>()
  for (const { node: from, digest, input } of absentInputs(node, settled, knowledge)) {
    if (!unmakable.has(from)) continue
    if (input.collection === undefined) return { unreadable: from }
    const digests = missing.get(input)
    if (digests === undefined) missing.set(input, new Set([digest]))
    else digests.add(digest)
  }
  if (missing.size === 0) return { inputs }
  const left = { ...inputs }
  for (const [{ name, collection = [] }, gone] of missing) {
    const given = inputs[name]
    if (given === undefined || typeof given === "string") continue // not settled yet
    const digests = digestsIn(given)
    left[name] = arrange(collection, (place) => (gone.has(digests[place]) ? MISSING : digests[place]))
  }
  return { inputs: left }
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
  const earlier = knowledge.traces(node)
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
  /** Nodes whose bytes the user asked for. */
  readonly wanted: ReadonlySet<number>
  /** Nodes that are here by digest alone and cannot be made again this time: they, or what they need, are left out. */
  readonly unmakable: ReadonlySet<number>
}

/** What is to be done with some of the selected nodes. */
export interface PlanOptions {
  /** These run though their outputs are known. */
  readonly forced?: ReadonlySet<number>
  /** These are taken where their outputs are known, and do not run where they are not. */
  readonly excluded?: ReadonlySet<number>
  /** Of these the bytes are wanted, not the digests alone. */
  readonly wanted?: ReadonlySet<number>
}

const nobody: ReadonlySet<number> = new Set()

/** Plans the selected nodes (closed under needs, in graph order). */
export function makePlan(
  graph: Graph,
  selection: ReadonlyArray<number>,
  knowledge: Knowledge,
  { forced = nobody, excluded = nobody, wanted = nobody }: PlanOptions = {}
): Plan {
  const decisions: Array<Decision | undefined> = new Array(graph.nodes.length)
  const standing: Array<Settled | undefined> = new Array(graph.nodes.length)
  const settled = (index: number) => standing[index]
  const unmakable = new Set<number>()
  for (const index of selection) {
    const node = graph.nodes[index]
    const inputs = inputDigests(node, settled)
    const first =
      inputs === undefined
        ? decideOpen(graph, node, firstOpen(graph, node, standing), knowledge)
        : decide(graph, node, inputs, knowledge, forced.has(index))
    const could = first.action === "reuse" ? undefined : readable(node, inputs ?? none, settled, knowledge, unmakable)
    const cannot = could !== undefined && (excluded.has(index) || needsSkipped(node, standing) || "unreadable" in could)
    const decision =
      could === undefined || cannot || inputs === undefined || could.inputs === inputs
        ? first
        : decide(graph, node, could.inputs, knowledge, forced.has(index))
    if (decision.action === "run" && cannot) {
      decisions[index] = { ...decision, excluded: true }
      standing[index] = { state: "skipped" }
      continue
    }
    decisions[index] = decision
    // What runs again under a known key is expected to give what it gave.
    const outputs = decision.action === "reuse" ? decision.outputs : decision.expected
    if (outputs !== undefined && decision.key !== undefined)
      standing[index] = { state: "there", key: decision.key, outputs }
    if (excluded.size > 0 && decision.action === "reuse" && byDigestAlone(decision.outputs, knowledge).length > 0) {
      const needs = absentInputs(node, settled, knowledge)
      if (excluded.has(index) || [...needs].some(({ node: need }) => unmakable.has(need))) unmakable.add(index)
    }
  }

  // What runs reads bytes: where they are not here, what gave them runs too, and so on back.
  const runForBytesOf = (index: number, needed: { readonly output: string; readonly because: string }) => {
    const decision = decisions[index]
    if (decision?.action !== "reuse" || unmakable.has(index)) return
    decisions[index] = runForBytes(decision, needed)
  }
  for (let i = selection.length - 1; i >= 0; i--) {
    const index = selection[i]
    const decision = decisions[index]!
    if (decision.action === "reuse" && wanted.has(index)) {
      const [output] = byDigestAlone(decision.outputs, knowledge)
      if (output !== undefined) runForBytesOf(index, { output, because: ASKED_FOR })
    }
    if (!willRun(decisions[index]!)) continue
    const node = graph.nodes[index]
    for (const { node: from, output } of absentInputs(node, settled, knowledge))
      runForBytesOf(from, { output, because: isReadBy(node) })
  }
  const runs = selection.filter((index) => willRun(decisions[index]!))
  return { graph, decisions, selection, runs, wanted, unmakable }
}

export const ASKED_FOR = "it was asked for"
export const isReadBy = ({ stage }: Node) => `'${stage.name}' reads it`

/** A node's outputs as its trace names them, whether their bytes are here or not; undefined if it is not up to date. */
export const knownOutputs = (decision: Decision): OutputArtifacts | undefined =>
  decision.action === "reuse" ? decision.outputs : decision.cause === "lost" ? decision.expected : undefined

export const willRun = (decision: Decision) => decision.action === "run" && decision.excluded !== true

/** Nodes that do not run this time, and of those the ones that have run before: what they gave is no longer true. */
export function excludedFrom({ decisions }: Plan): { readonly count: number; readonly outdated: number } {
  let [count, outdated] = [0, 0]
  for (const decision of decisions) {
    if (decision?.action !== "run" || decision.excluded !== true) continue
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
