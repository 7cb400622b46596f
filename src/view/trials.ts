/**
 * Trials as rows: all parameters, all metrics, and where they come from: what `pipeline table` prints. A row is a node of
 * a stage that declares `metrics`, with the nodes that it needs at its own place in the grid (its build, its training).
 */
import * as Result from "effect/Result"
import type { Artifacts } from "../cache/artifacts.ts"
import type { Traces } from "../cache/traces.ts"
import { type Graph, isCollecting, type Node } from "../graph/graph.ts"
import type { Selection } from "../graph/pipeline.ts"
import type { Decision, Knowledge } from "../graph/plan.ts"
import type { Trace } from "../graph/trace.ts"
import { axesOf } from "../graph/where.ts"

export type Value = string | number | boolean | null

/** origin: which node, how long it took, what it computed in. */
export type Kind = "parameter" | "metric" | "origin"

export interface Column {
  readonly name: string
  readonly kind: Kind
}

export interface TrialTable {
  readonly columns: ReadonlyArray<Column>
  readonly rows: ReadonlyArray<ReadonlyArray<Value>>
  /** Trials that are in no row, by why. */
  readonly without: {
    readonly missing: number
    readonly stale: number
    readonly failed: number
    readonly absent: number
  }
}

/** A node's metrics are no JSON object. */
export class MetricsUnreadable extends Error {
  readonly _tag = "MetricsUnreadable"
}

/** What of the cache it is read from. */
export interface Results {
  readonly traces: Pick<Traces["Service"], "get">
  readonly artifacts: Pick<Artifacts["Service"], "read">
}

interface Looked {
  readonly plan: { readonly graph: Graph; readonly decisions: ReadonlyArray<Decision | undefined> }
  readonly knowledge: Pick<Knowledge, "has" | "failure">
}

/**
 * The nodes whose metrics are asked for: of studies all, else those that are named, or are of the same trials as nodes
 * that are named (a glob over trainings). By index.
 */
export function scoredNodes({ graph, named, all, studies }: Selection): ReadonlyArray<number> {
  const isScored = (index: number) => graph.nodes[index].stage.metrics !== undefined
  const found = new Set((studies.length > 0 ? all : [...named]).filter(isScored))
  const stack = studies.length > 0 ? [] : [...named]
  const seen = new Set(stack)
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    for (const dependent of graph.dependents[index]) {
      if (seen.has(dependent) || !isSameTrial(graph.nodes[dependent], graph.nodes[index])) continue
      seen.add(dependent)
      stack.push(dependent)
      if (isScored(dependent)) found.add(dependent)
    }
  }
  return [...found].sort((a, b) => a - b)
}

/** Whether two nodes stand at one place of a grid, as far as both have axes. */
function isSameTrial(one: Node, other: Node): boolean {
  const [axes, others] = [axesOf(one), axesOf(other)]
  if (axes === undefined || others === undefined || isCollecting(one)) return false
  return Object.keys(axes).every((axis) => !Object.hasOwn(others, axis) || axes[axis] === others[axis])
}

/** A trial's nodes, the scored one first. */
function nodesOf(graph: Graph, scored: Node): ReadonlyArray<Node> {
  const nodes = [scored]
  for (const node of nodes) {
    for (const { sources, collection } of node.inputs) {
      const source = graph.nodes[sources[0]?.node]
      if (collection === undefined && !nodes.includes(source) && isSameTrial(node, source)) nodes.push(source)
    }
  }
  return nodes
}

type Entries = Array<readonly [name: string, value: Value]>

/** Members of members as `optimizer.learningRate`; lists as text. */
function flatten(value: object, before = ""): Entries {
  const entries: Entries = []
  for (const [member, one] of Object.entries(value)) {
    const name = `${before}${member}`
    if (one === undefined) continue
    if (typeof one !== "object" || one === null) entries.push([name, one])
    else if (Array.isArray(one)) entries.push([name, JSON.stringify(one)])
    else entries.push(...flattenOnce(one, `${name}.`))
  }
  return entries
}

/** Thousands of trials share a data set's description and an optimizer. */
const flattened = new WeakMap<object, { readonly before: string; readonly entries: Entries }>()

function flattenOnce(value: object, before: string): Entries {
  const known = flattened.get(value)
  if (known?.before === before) return known.entries
  const entries = flatten(value, before)
  flattened.set(value, { before, entries })
  return entries
}

/** How an axis may be called that has the parameter `optimizer.decay.rate`: `rate`, `decayRate`, … or without the last. */
const axisNames = new Map<string, ReadonlyArray<string>>()

function axesFor(name: string): ReadonlyArray<string> {
  let names = axisNames.get(name)
  if (names === undefined) {
    const parts = name.split(".")
    const joined = (list: ReadonlyArray<string>) =>
      list.map((_, i) => list.slice(i).reduce((one, part) => one + part[0].toUpperCase() + part.slice(1)))
    axisNames.set(name, (names = [...joined(parts), ...joined(parts.slice(0, -1))]))
  }
  return names
}

/** Its place on the axes, then the parameters that are on none; what a parameter means that is left out. */
function parametersOf({ stage, parameters }: Node): Entries {
  const given: Record<string, unknown> = { ...stage.asBefore, ...parameters }
  for (const hint of stage.hints ?? []) delete given[hint]
  const axes = axesOf({ stage, parameters }) ?? {}
  const isAxis = ([name, value]: Entries[number]) =>
    Object.hasOwn(axes, name) || axesFor(name).some((axis) => Object.hasOwn(axes, axis) && axes[axis] === value)
  return [...Object.entries(axes), ...flatten(given).filter((entry) => !isAxis(entry))]
}

function metricsOf(node: Node, digest: string, { artifacts }: Results): Entries {
  const text = Buffer.from(Result.getOrThrow(artifacts.read(digest))).toString("utf8")
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {}
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new MetricsUnreadable(
      `${node.name}: its output '${node.stage.metrics}' is no JSON object, so it has no metrics: it begins ${JSON.stringify(text.slice(0, 40))}`
    )
  return flatten(value)
}

/** Of all nodes of a trial together. */
function originOf(node: string, key: string, traces: ReadonlyArray<Trace>): Entries {
  const memory = traces.flatMap((trace) => trace.circumstances.peakMemory ?? [])
  const classes = [...new Set(traces.flatMap(({ numericClass }) => numericClass ?? []))]
  return [
    ["seconds", traces.reduce((sum, trace) => sum + trace.circumstances.seconds, 0)],
    ["peakMemory", memory.length === 0 ? null : Math.max(...memory)],
    ["numericClass", classes.length === 0 ? null : classes.sort().join("+")],
    ["finished", traces[0]?.circumstances.finished ?? null],
    ["node", node],
    ["key", key]
  ]
}

/** Columns as they come up, each value at its place. */
function makeColumns() {
  const columns: Array<Column> = []
  const places = new Map<string, number>()
  return {
    columns,
    put(row: Array<Value>, kind: Kind, entries: Entries) {
      for (const [name, value] of entries) {
        const id = `${kind} ${name}`
        let place = places.get(id)
        if (place === undefined) {
          places.set(id, (place = columns.length))
          columns.push({ kind, name })
        }
        row[place] = value
      }
    }
  }
}

/** What is known of these trials. Throws `MetricsUnreadable`, `BlobDamaged`. */
export function trialTable(scored: ReadonlyArray<number>, { plan, knowledge }: Looked, results: Results): TrialTable {
  const { graph, decisions } = plan
  const { columns, put } = makeColumns()
  const rows: Array<Array<Value>> = []
  const without = { missing: 0, stale: 0, failed: 0, absent: 0 }
  /** By node: several trials share a build. */
  const known = new Map<number, Trace | undefined>()
  const traceOf = ({ index }: Node) => {
    if (!known.has(index)) {
      const key = decisions[index]?.key
      known.set(index, key === undefined ? undefined : results.traces.get(key))
    }
    return known.get(index)
  }
  for (const index of scored) {
    const node = graph.nodes[index]
    const decision = decisions[index]
    if (decision?.action !== "reuse") {
      if (knowledge.failure(node) !== undefined) without.failed++
      else if (decision === undefined || decision.cause === "new") without.missing++
      else without.stale++
      continue
    }
    const artifact = decision.outputs[node.stage.metrics!]
    if (!knowledge.has(artifact.digest)) {
      without.absent++
      continue
    }
    const traces = nodesOf(graph, node).flatMap((one) => traceOf(one) ?? [])
    const row: Array<Value> = []
    put(row, "parameter", parametersOf(node))
    put(row, "metric", metricsOf(node, artifact.digest, results))
    put(row, "origin", originOf(node.name, decision.key, traces))
    rows.push(row)
  }
  return inOrder(columns, rows, without)
}

const KINDS: ReadonlyArray<Kind> = ["parameter", "metric", "origin"]

/** Parameters, then metrics, then origins; a metric that is called like a parameter is called `metrics.NAME`. */
function inOrder(columns: ReadonlyArray<Column>, rows: ReadonlyArray<Array<Value>>, without: TrialTable["without"]) {
  const order = KINDS.flatMap((kind) => columns.flatMap((column, i) => (column.kind === kind ? i : [])))
  const parameters = new Set(columns.flatMap(({ kind, name }) => (kind === "parameter" ? name : [])))
  return {
    columns: order.map((i) => {
      const { kind, name } = columns[i]
      return { kind, name: kind !== "parameter" && parameters.has(name) ? `metrics.${name}` : name }
    }),
    rows: rows.map((row) => order.map((i) => row[i] ?? null)),
    without
  }
}
