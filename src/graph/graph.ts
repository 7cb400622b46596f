/**
 * The graph: every node that the targets reach, once, in an order in which each stands after what it needs.
 * Pure and iterative: chains of twenty thousand nodes must not exhaust the stack.
 */
import { nodeNameProblem } from "../foreign/names.ts"
import { canonical, sortNames } from "./canonical.ts"
import { type Collected, flatten, type Shape } from "./collection.ts"
import type { EngineUse } from "./compute.ts"
import { CycleError, DeclarationError } from "./errors.ts"
import { pathProblem } from "./paths.ts"
import type { AnyStage, Inputs, NodeReference, OutputReference } from "./stage.ts"

/** Where an input comes from: an output of an earlier node, by its place in `Graph.nodes`. */
export interface Source {
  readonly node: number
  readonly output: string
}

export interface NodeInput {
  readonly name: string
  /** How a collection is built, of places in `sources`; undefined for a single input. */
  readonly collection: Shape | undefined
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
  /** Its compute module. */
  readonly module: URL
  /** What that computes with. */
  readonly engine: EngineUse | undefined
  readonly numericClass: string | undefined
  /** Folders that its outputs are also written to: one for each study, or variant of one, whose report it is. */
  readonly publish: ReadonlyArray<string>
}

/** A node that takes nothing but collections: it sets together what others have made (a report). */
export const isCollecting = ({ inputs }: Pick<Node, "inputs">): boolean =>
  inputs.length > 0 && inputs.every(({ collection }) => collection !== undefined)

export interface Graph {
  readonly nodes: ReadonlyArray<Node> // each after all that it needs
  readonly byName: ReadonlyMap<string, Node>
  /** Place of a node that was asked for; undefined if the graph has none with its stage and parameters. */
  readonly indexOf: (reference: NodeReference) => number | undefined
  /** For each node the nodes that take one of its outputs. */
  readonly dependents: ReadonlyArray<ReadonlyArray<number>>
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** A node on its way into the graph: what it needs comes first. */
interface Draft {
  readonly reference: NodeReference
  readonly inputs: ReadonlyArray<DraftInput> // by name, in order
  readonly needs: ReadonlyArray<NodeReference>
  next: number // the next of `needs` to visit
}

interface DraftInput {
  readonly name: string
  readonly collection: Shape | undefined
  readonly outputs: ReadonlyArray<OutputReference>
}

const isOutput = (one: Inputs[string] | Collected<OutputReference>): one is OutputReference =>
  "output" in one && typeof one.output === "string"

function draftInput(inputs: Inputs, name: string): DraftInput {
  const given = inputs[name]
  if (isOutput(given)) return { name, collection: undefined, outputs: [given] }
  const { members, shape } = flatten(given, isOutput)
  return { name, collection: shape, outputs: members }
}

/** What a node needs, as its stage declares it. */
function draftOf(reference: NodeReference): Draft {
  const declared: Inputs = reference.stage.inputs?.(reference.parameters) ?? {}
  const inputs = sortNames(Object.keys(declared)).map((name) => draftInput(declared, name))
  const needs: Array<NodeReference> = []
  for (const { outputs } of inputs) for (const { node } of outputs) needs.push(node)
  return { reference, inputs, needs, next: 0 }
}

const OPEN = -1
const none: ReadonlyArray<string> = []

/** Builds the graph of everything the targets need. Throws `CycleError`, `ParameterError`, `DeclarationError`. */
export function buildGraph(targets: ReadonlyArray<NodeReference>): Graph {
  const nodes: Array<Mutable<Node>> = []
  const dependents: Array<Array<number>> = []
  /** Places in the graph, by the references' ids; `OPEN` as long as a need is. */
  const places: Array<number | undefined> = []
  const path: Array<Draft> = []

  const enter = (reference: NodeReference) => {
    const place = places[reference.id]
    if (place === undefined) {
      places[reference.id] = OPEN
      path.push(draftOf(reference))
    } else if (place !== OPEN) {
      const node = nodes[place]
      const { publish } = reference
      if (publish !== undefined && !node.publish.includes(publish)) node.publish = [...node.publish, publish]
    } else {
      const cycle = [...path.slice(path.findIndex((draft) => draft.reference.id === reference.id)), { reference }]
      throw new CycleError({ path: cycle.map((draft) => nameOf(draft.reference)) })
    }
  }

  const finish = ({ reference, inputs, needs }: Draft) => {
    const { stage, parameters, encoded, publish } = reference
    const index = nodes.length
    const engine = stage.engine?.(parameters)
    places[reference.id] = index
    dependents.push([])
    for (const need of needs) {
      const list = dependents[places[need.id]!]
      if (list[list.length - 1] !== index) list.push(index)
    }
    nodes.push({
      index,
      name: nameOf(reference),
      stage,
      parameters,
      encoded,
      inputs: inputs.map(({ name, collection, outputs }) => ({
        name,
        collection,
        sources: outputs.map(({ node, output }) => ({ node: places[node.id]!, output }))
      })),
      files: filesOf(reference),
      module: stage.compute(parameters),
      engine,
      numericClass: engine?.numericClass,
      publish: publish === undefined ? none : [publish]
    })
  }

  for (const target of targets) {
    enter(target)
    while (path.length > 0) {
      const draft = path[path.length - 1]
      if (draft.next < draft.needs.length) enter(draft.needs[draft.next++])
      else finish(path.pop()!)
    }
  }
  return { nodes, byName: tellApart(nodes), indexOf: (reference) => places[reference.id], dependents }
}

/** Patterns of the files that a node reads. Throws `DeclarationError`. */
function filesOf({ stage, parameters }: NodeReference): ReadonlyArray<string> {
  const patterns = stage.files?.(parameters) ?? none
  for (const pattern of patterns) {
    const problem = pathProblem(pattern)
    if (problem !== undefined)
      throw new DeclarationError({ where: `stage '${stage.name}'`, problem: `the file '${pattern}' ${problem}` })
  }
  return patterns
}

const nameOf = ({ stage, label }: NodeReference) => `${stage.name}/${label}`

/**
 * Names are the stage and its label. Where two different nodes would have the same one (two studies that differ in
 * something that is not part of it), the axes on which they differ are added to both; for what is on no axis, the parameters.
 */
function tellApart(nodes: ReadonlyArray<Mutable<Node>>): ReadonlyMap<string, Node> {
  const byName = new Map<string, Mutable<Node>>()
  const add = (
    same: ReadonlyArray<Mutable<Node>>,
    members: ReadonlyArray<Readonly<Record<string, unknown>>>,
    names: ReadonlyArray<string>
  ) => {
    for (const [i, node] of same.entries())
      node.name = [node.name, ...names.map((name) => `${name}=${shellSafe(members[i][name])}`)].join(",")
  }
  const alike = (some: ReadonlyArray<Mutable<Node>>) =>
    [...Map.groupBy(some, ({ name }) => name).values()].filter((same) => same.length > 1)
  for (const same of alike(nodes)) {
    const axes = same.map(({ stage, parameters }) => stage.axes?.(parameters) ?? {})
    add(same, axes, tellingApart(axes))
    for (const still of alike(same)) {
      const parameters = still.map((node) => node.parameters)
      add(still, parameters, differingIn(parameters))
    }
  }
  for (const node of nodes) byName.set(node.name, node)
  for (const { name } of nodes) {
    const problem = nodeNameProblem(name)
    if (problem !== undefined)
      throw new DeclarationError({
        where: `the node ${JSON.stringify(name.slice(0, 200))}`,
        problem: `${problem}: logs are called after nodes, so a name is a path within a folder. Change the stage's label.`
      })
  }
  return byName
}

type Members = Readonly<Record<string, unknown>>
const valueIn = (members: Members, name: string) => canonical(members[name] ?? null)

/** Names of the members in which some records differ, in order. */
const differingIn = (records: ReadonlyArray<Members>): ReadonlyArray<string> =>
  [...new Set(records.flatMap((members) => Object.keys(members)))]
    .sort()
    .filter((name) => new Set(records.map((members) => valueIn(members, name))).size > 1)

/** Those that all have, and of the others (the momentum of one method) what does not follow from these. */
function tellingApart(records: ReadonlyArray<Members>): ReadonlyArray<string> {
  const differing = differingIn(records)
  const kept = differing.filter((name) => records.every((members) => members[name] !== undefined))
  for (const name of differing) {
    const groups = Map.groupBy(records, (members) => JSON.stringify(kept.map((one) => valueIn(members, one))))
    const follows = [...groups.values()].every((group) => new Set(group.map((m) => valueIn(m, name))).size === 1)
    if (!kept.includes(name) && !follows) kept.push(name)
  }
  return kept.sort()
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
