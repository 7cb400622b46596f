/** `pipeline graph`: the graph as a tree, or for other programs to draw. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import type { GraphError } from "../../graph/errors.ts"
import type { Graph } from "../../graph/graph.ts"
import { type Selection, select } from "../../graph/pipeline.ts"
import type { UsageError } from "../errors.ts"
import { attempt, onStdout, plural, print, printJson } from "../output.ts"
import { loadPipeline, overridesOf, targets, workspaceFlags } from "../workspace.ts"

export const graph = Command.make(
  "graph",
  {
    targets,
    set: workspaceFlags.set,
    engine: workspaceFlags.engine,
    seed: workspaceFlags.seed,
    format: Flag.Literals("format", ["tree", "mermaid", "dot", "json"]).pipe(
      Flag.withDefault("tree"),
      Flag.withDescription("tree for the terminal, mermaid or dot to draw, json for programs")
    ),
    stages: Flag.Boolean("stages").pipe(
      Flag.withDefault(false),
      Flag.withDescription("One vertex a stage instead of one a node")
    )
  },
  Effect.fn(function* (flags) {
    const { pipeline } = yield* loadPipeline
    const selection = yield* attempt<Selection, GraphError | UsageError>(() =>
      select(pipeline, flags.targets, overridesOf(flags))
    )
    const drawing = flags.stages ? byStage(selection) : byNode(selection)
    if (flags.format === "tree") tree(drawing, flags.stages ? "stage" : "node")
    else if (flags.format === "json") {
      for (const vertex of drawing.vertices) printJson({ type: "vertex", ...vertex })
      for (const [from, to] of drawing.edges) printJson({ type: "edge", from, to })
    } else if (flags.format === "mermaid") {
      print("flowchart LR")
      drawing.vertices.forEach(({ name }, i) => print(`  n${i}["${name}"]`))
      const number = new Map(drawing.vertices.map(({ name }, i) => [name, i]))
      for (const [from, to] of drawing.edges) print(`  n${number.get(from)} --> n${number.get(to)}`)
    } else {
      print("digraph pipeline {\n  rankdir=LR\n  node [shape=box, fontname=sans]")
      for (const { name } of drawing.vertices) print(`  ${JSON.stringify(name)}`)
      for (const [from, to] of drawing.edges) print(`  ${JSON.stringify(from)} -> ${JSON.stringify(to)}`)
      print("}")
    }
  })
).pipe(Command.withDescription("Draws the graph: a tree in the terminal, Mermaid, Graphviz dot or JSON."))

interface Drawing {
  readonly vertices: ReadonlyArray<{ readonly name: string; readonly stage: string }>
  readonly edges: ReadonlyArray<readonly [from: string, to: string]>
}

const needs = (graph: Graph, index: number) => [
  ...new Set(graph.nodes[index].inputs.flatMap((input) => input.sources.map((source) => source.node)))
]

function byNode({ graph, all }: Selection): Drawing {
  return {
    vertices: all.map((index) => ({ name: graph.nodes[index].name, stage: graph.nodes[index].stage.name })),
    edges: all.flatMap((index) =>
      needs(graph, index).map((need) => [graph.nodes[need].name, graph.nodes[index].name] as const)
    )
  }
}

function byStage({ graph, all }: Selection): Drawing {
  const names = new Set<string>()
  const edges = new Set<string>()
  for (const index of all) {
    const to = graph.nodes[index].stage.name
    names.add(to)
    for (const need of needs(graph, index)) edges.add(`${graph.nodes[need].stage.name} ${to}`)
  }
  return {
    vertices: [...names].map((name) => ({ name, stage: name })),
    edges: [...edges].map((edge) => edge.split(" ") as unknown as readonly [string, string])
  }
}

/** Branches longer than this are cut, with the number of what is left out. */
const BRANCH = 8

/** The tree of what each result is made from; what was shown above is not unfolded again. */
function tree({ vertices, edges }: Drawing, noun: string) {
  const needed = new Map<string, Array<string>>(vertices.map(({ name }) => [name, []]))
  const isNeeded = new Set<string>()
  for (const [from, to] of edges) {
    if (from === to) continue // a stage whose nodes go on from one another
    needed.get(to)!.push(from)
    isNeeded.add(from)
  }
  const shown = new Set<string>()
  const walk = (name: string, indent: string, branch: string) => {
    const again = shown.has(name)
    shown.add(name)
    const below = needed.get(name)!
    print(`${branch}${name}${again && below.length > 0 ? onStdout("gray", " (above)") : ""}`)
    if (again) return
    const cut = below.length > BRANCH ? below.slice(0, BRANCH - 1) : below
    cut.forEach((need, i) => {
      const last = i === below.length - 1
      walk(need, `${indent}${last ? "   " : "│  "}`, `${indent}${last ? "└─ " : "├─ "}`)
    })
    if (cut.length < below.length) print(`${indent}└─ ${onStdout("gray", `and ${below.length - cut.length} more`)}`)
  }
  const tops = vertices.map(({ name }) => name).filter((name) => !isNeeded.has(name))
  for (const top of tops.slice(0, 50)) walk(top, "", "")
  if (tops.length > 50) print(`and ${tops.length - 50} more`)
  print(plural(vertices.length, noun))
}
