/**
 * The graph: every node that the targets reach, once, in an order in which each stands after what it needs.
 * Pure and iterative: chains of twenty thousand nodes must not exhaust the stack.
 */
import { canonical } from "./canonical.ts"
import { CycleError } from "./errors.ts"
import type { AnyStage, NodeReference, OutputReference } from "./stage.ts"

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
  /** The node equal to this one but for the next smaller extent: where both run, this one goes on from its end. */
  readonly after: number | undefined
}

export interface Graph {
  readonly nodes: ReadonlyArray<Node> // each after all that it needs
  readonly byName: ReadonlyMap<string, Node>
  /** For each node the nodes that take one of its outputs. */
  readonly dependents: ReadonlyArray<ReadonlyArray<number>>
}

interface Draft {
  readonly reference: NodeReference
  readonly id: string
  readonly inputs: ReadonlyArray<{ name: string; collection: boolean; sources: ReadonlyArray<OutputReference> }>
  readonly needs: ReadonlyArray<NodeReference>
  next: number // the next of `needs` to visit
  state: "open" | "done"
  index: number
  publish: string | undefined
}

const idOf = (reference: NodeReference) => `${reference.stage.name} ${reference.encoded}`

/** Builds the graph of everything the targets need. Throws `CycleError`, `ParameterError`, `DeclarationError`. */
export function buildGraph(targets: ReadonlyArray<NodeReference>): Graph {
  const drafts = new Map<string, Draft>()
  const byReference = new Map<NodeReference, Draft>()
  const order: Array<Draft> = []

  const open = (reference: NodeReference): Draft => {
    const id = idOf(reference)
    const declared = reference.stage.inputs?.(reference.parameters) ?? {}
    const inputs = Object.keys(declared)
      .sort()
      .map((name) => {
        const given = declared[name] as OutputReference | ReadonlyArray<OutputReference>
        const collection = Array.isArray(given)
        return { name, collection, sources: (collection ? given : [given]) as ReadonlyArray<OutputReference> }
      })
    const needs = inputs.flatMap((input) => input.sources.map((source) => source.node))
    return { reference, id, inputs, needs, next: 0, state: "open", index: -1, publish: reference.publish }
  }

  const find = (reference: NodeReference): Draft | undefined => {
    let draft = byReference.get(reference)
    if (draft === undefined) {
      draft = drafts.get(idOf(reference))
      if (draft === undefined) return undefined
      byReference.set(reference, draft)
    }
    draft.publish ??= reference.publish
    return draft
  }

  const visit = (target: NodeReference) => {
    if (find(target) !== undefined) return
    const path: Array<Draft> = []
    const enter = (reference: NodeReference) => {
      const draft = open(reference)
      drafts.set(draft.id, draft)
      byReference.set(reference, draft)
      path.push(draft)
    }
    enter(target)
    while (path.length > 0) {
      const draft = path[path.length - 1]
      if (draft.next < draft.needs.length) {
        const need = draft.needs[draft.next++]
        const found = find(need)
        if (found === undefined) enter(need)
        else if (found.state === "open") {
          const cycle = [...path.slice(path.indexOf(found)), found]
          throw new CycleError({ path: cycle.map((d) => `${d.reference.stage.name}/${d.reference.label}`) })
        }
      } else {
        draft.state = "done"
        draft.index = order.length
        order.push(draft)
        path.pop()
      }
    }
  }
  for (const target of targets) visit(target)

  const names = nameNodes(order.map((draft) => draft.reference))
  const shorter = nextShorter(order.map((draft) => draft.reference))
  const dependents: Array<Array<number>> = order.map(() => [])
  const nodes = order.map((draft, index): Node => {
    const { stage, parameters, encoded } = draft.reference
    for (const need of new Set(draft.needs.map((reference) => find(reference)!.index))) dependents[need].push(index)
    return {
      index,
      name: names[index],
      stage,
      parameters,
      encoded,
      inputs: draft.inputs.map(({ name, collection, sources }) => ({
        name,
        collection,
        sources: sources.map((source) => ({ node: find(source.node)!.index, output: source.output }))
      })),
      files: stage.files?.(parameters) ?? [],
      module: stage.compute(parameters),
      numericClass: stage.numericClass?.(parameters),
      publish: draft.publish,
      after: shorter[index]
    }
  })
  return { nodes, byName: new Map(nodes.map((node) => [node.name, node])), dependents }
}

/**
 * For each node the one equal to it but for the next smaller extent, where that stands before it: then it can not need
 * this one, and may be waited for.
 */
function nextShorter(references: ReadonlyArray<NodeReference>): ReadonlyArray<number | undefined> {
  const families = new Map<string, Array<{ readonly index: number; readonly extent: number }>>()
  references.forEach(({ stage, parameters }, index) => {
    if (stage.extent === undefined) return
    const { [stage.extent]: extent, ...rest } = parameters
    const id = `${stage.name} ${canonical(rest)}`
    const family = families.get(id)
    const member = { index, extent: Number(extent) }
    if (family === undefined) families.set(id, [member])
    else family.push(member)
  })
  const shorter: Array<number | undefined> = new Array(references.length)
  for (const family of families.values()) {
    family.sort((a, b) => a.extent - b.extent)
    for (let i = 1; i < family.length; i++)
      if (family[i - 1].index < family[i].index) shorter[family[i].index] = family[i - 1].index
  }
  return shorter
}

/**
 * Names are the stage and its label. Where two different nodes would have the same one (two studies that differ in
 * something that is no axis), the parameters in which they differ are added to both.
 */
function nameNodes(references: ReadonlyArray<NodeReference>): ReadonlyArray<string> {
  const same = new Map<string, Array<number>>()
  references.forEach((reference, i) => {
    const name = `${reference.stage.name}/${reference.label}`
    const list = same.get(name)
    if (list === undefined) same.set(name, [i])
    else list.push(i)
  })
  const names: Array<string> = new Array(references.length)
  for (const [name, list] of same) {
    if (list.length === 1) {
      names[list[0]] = name
      continue
    }
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
export function closure(graph: Graph, targets: Iterable<number>): ReadonlyArray<number> {
  const wanted = new Set(targets)
  const stack = [...wanted]
  while (stack.length > 0) {
    for (const input of graph.nodes[stack.pop()!].inputs) {
      for (const { node } of input.sources) {
        if (!wanted.has(node)) {
          wanted.add(node)
          stack.push(node)
        }
      }
    }
  }
  return [...wanted].sort((a, b) => a - b)
}
