/**
 * The graph: every node that the targets reach, once, in an order in which each stands after what it needs.
 * Pure and iterative: chains of twenty thousand nodes must not exhaust the stack.
 */
import { canonical, sortNames } from "./canonical.ts"
import { CycleError } from "./errors.ts"
import type { AnyStage, Inputs, NodeReference, OutputReference } from "./stage.ts"

/** Where an input comes from: an output of an earlier node, by its place in `Graph.nodes`. */
export interface Source {
  readonly node: number
  readonly output: string
}

export interface NodeInput {
  readonly name: string
  readonly collection: boolean
  readonly sources: ReadonlyArray<Source> // exactly one unless a collection
}

export interface Node {
  readonly index: number
  /** Unique in its graph: `train/mnist/layers=16,depth=1,filters=1,seed=3`. */
  readonly name: string
  readonly stage: AnyStage
  readonly parameters: Readonly<Record<string, unknown>>
  /** Canonical text of the parameters as it enters the key. */
  readonly encoded: string
  readonly inputs: ReadonlyArray<NodeInput>
  /** Patterns of the files it reads. */
  readonly files: ReadonlyArray<string>
  readonly module: URL
  readonly numericClass: string | undefined
  readonly publish: string | undefined
}

export interface Graph {
  readonly nodes: ReadonlyArray<Node> // each after all that it needs
  readonly byName: ReadonlyMap<string, Node>
  /** Place of a node that was asked for; undefined if the graph has none with its stage and parameters. */
  readonly indexOf: (reference: NodeReference) => number | undefined
  /** For each node the nodes that take one of its outputs. */
  readonly dependents: ReadonlyArray<ReadonlyArray<number>>
}

/** A node on its way into the graph: what it needs comes first. */
interface Draft {
  readonly reference: NodeReference
  readonly inputs: Inputs
  readonly names: ReadonlyArray<string> // of the inputs, in order
  readonly needs: ReadonlyArray<NodeReference>
  next: number // the next of `needs` to visit
  index: number // its place in the graph; none as long as a need of it is open
  publish: string | undefined
}

const OPEN = -1

const sourcesIn = (inputs: Inputs, name: string): ReadonlyArray<OutputReference> => {
  const given = inputs[name]
  return Array.isArray(given) ? given : [given as OutputReference]
}

/** What a node needs, as its stage declares it. */
function draftOf(reference: NodeReference): Draft {
  const { stage, parameters, publish } = reference
  const inputs = stage.inputs?.(parameters) ?? {}
  const names = sortNames(Object.keys(inputs))
  const needs: Array<NodeReference> = []
  for (const name of names) for (const { node } of sourcesIn(inputs, name)) needs.push(node)
  return { reference, inputs, names, needs, next: 0, index: OPEN, publish }
}

/** Builds the graph of everything the targets need. Throws `CycleError`, `ParameterError`, `DeclarationError`. */
export function buildGraph(targets: ReadonlyArray<NodeReference>): Graph {
  const drafts: Array<Draft | undefined> = []
  const order: Array<Draft> = []
  const path: Array<Draft> = []
  const enter = (reference: NodeReference) => {
    const known = drafts[reference.id]
    if (known === undefined) {
      const draft = draftOf(reference)
      drafts[reference.id] = draft
      path.push(draft)
      return
    }
    known.publish ??= reference.publish
    if (known.index !== OPEN) return
    const cycle = [...path.slice(path.indexOf(known)), known]
    throw new CycleError({ path: cycle.map((d) => `${d.reference.stage.name}/${d.reference.label}`) })
  }
  for (const target of targets) {
    enter(target)
    while (path.length > 0) {
      const draft = path[path.length - 1]
      if (draft.next < draft.needs.length) enter(draft.needs[draft.next++])
      else {
        draft.index = order.length
        order.push(draft)
        path.pop()
      }
    }
  }

  const indexOf = (reference: NodeReference) => drafts[reference.id]?.index
  const names = nameNodes(order.map((draft) => draft.reference))
  const dependents: Array<Array<number>> = order.map(() => [])
  const nodes = order.map(({ reference, inputs, names: inputNames, needs, publish }, index): Node => {
    const { stage, parameters, encoded } = reference
    for (const need of needs) {
      const list = dependents[indexOf(need)!]
      if (list[list.length - 1] !== index) list.push(index)
    }
    return {
      index,
      name: names[index],
      stage,
      parameters,
      encoded,
      inputs: inputNames.map((name) => ({
        name,
        collection: Array.isArray(inputs[name]),
        sources: sourcesIn(inputs, name).map(({ node, output }) => ({ node: indexOf(node)!, output }))
      })),
      files: stage.files?.(parameters) ?? none,
      module: stage.compute(parameters),
      numericClass: stage.numericClass?.(parameters),
      publish
    }
  })
  return { nodes, byName: new Map(nodes.map((node) => [node.name, node])), indexOf, dependents }
}

const none: ReadonlyArray<string> = []

/**
 * Names are the stage and its label. Where two different nodes would have the same one (two studies that differ in
 * something that is no axis), the parameters in which they differ are added to both.
 */
function nameNodes(references: ReadonlyArray<NodeReference>): ReadonlyArray<string> {
  const names: Array<string> = new Array(references.length)
  const first = new Map<string, number>()
  const same = new Map<string, Array<number>>()
  references.forEach((reference, i) => {
    const name = `${reference.stage.name}/${reference.label}`
    names[i] = name
    const other = first.get(name)
    if (other === undefined) first.set(name, i)
    else if (same.get(name)?.push(i) === undefined) same.set(name, [other, i])
  })
  for (const list of same.values()) {
    const name = names[list[0]]
    const all = list.map((i) => references[i].parameters)
    const differing = [...new Set(all.flatMap((parameters) => Object.keys(parameters)))]
      .sort()
      .filter((key) => new Set(all.map((parameters) => canonical(parameters[key] ?? null))).size > 1)
    list.forEach((i, j) => {
      const extra = differing.map((key) => `${key}=${shellSafe(all[j][key])}`)
      names[i] = [name, ...extra].join(",")
    })
  }
  return names
}

const shellSafe = (value: unknown) =>
  (typeof value === "string" ? value : canonical(value ?? null)).replace(/[^A-Za-z0-9.+-]+/g, "_")

/** Nodes that the given ones need, themselves included, in graph order. */
export function closure({ nodes }: Graph, targets: Iterable<number>): ReadonlyArray<number> {
  const wanted = new Uint8Array(nodes.length)
  for (const target of targets) wanted[target] = 1
  // Each node stands after what it needs, so one pass from the end reaches all.
  for (let index = nodes.length - 1; index >= 0; index--) {
    if (wanted[index] === 0) continue
    for (const input of nodes[index].inputs) for (const { node } of input.sources) wanted[node] = 1
  }
  const indices: Array<number> = []
  for (let index = 0; index < nodes.length; index++) if (wanted[index] === 1) indices.push(index)
  return indices
}
