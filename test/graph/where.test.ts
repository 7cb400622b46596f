/** Conditions on a grid: what they mean, what they leave out, and what is said of wrong ones. */
import * as Schema from "effect/Schema"
import { expect, test } from "vitest"
import { buildGraph } from "../../src/graph/graph.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { leftOut, parseWhere, WhereError } from "../../src/graph/where.ts"

const module = new URL("file:///none.ts")
const outputs = { out: { extension: "txt", description: "" } }
const source = defineStage({
  name: "source",
  description: "",
  parameters: Schema.Struct({ set: Schema.String }),
  label: ({ set }) => set,
  outputs,
  compute: () => module
})
const step = defineStage({
  name: "step",
  description: "",
  parameters: Schema.Struct({ set: Schema.String, layers: Schema.Int, deep: Schema.Boolean }),
  label: ({ set, layers, deep }) => `${set}/${layers}/${deep}`,
  axes: (trial) => trial,
  inputs: ({ set }) => ({ source: source.node({ set }).output("out") }),
  outputs,
  compute: () => module
})
const table = defineStage({
  name: "table",
  description: "",
  parameters: Schema.Struct({}),
  label: () => "all",
  inputs: () => ({
    steps: ["a", "b"].flatMap((set) =>
      [1, 2, 16].flatMap((layers) => [true, false].map((deep) => step.node({ set, layers, deep }).output("out")))
    )
  }),
  outputs,
  compute: () => module
})
const graph = buildGraph([table.node({})])
const all = graph.nodes.map(({ index }) => index)
const kept = (text: string) => {
  const out = leftOut(graph, all, parseWhere(text))
  return graph.nodes.filter(({ index }) => !out.has(index)).map(({ name }) => name)
}

test("what does not meet the condition is left out, with what only it needs; what collects stays", () => {
  expect(kept("set=a && layers<=2 && deep=true")).toEqual(["source/a", "step/a/1/true", "step/a/2/true", "table/all"])
})

test.each([
  ["layers = 16 && deep=false", ["a/16/false", "b/16/false"]],
  ["layers>2 && set!=b", ["a/16/true", "a/16/false"]],
  ["set=a && layers<2 || set==b && layers>=16 && deep=true", ["a/1/true", "a/1/false", "b/16/true"]],
  ["set=a && (layers=1 || layers=16) && !deep=true", ["a/1/false", "a/16/false"]],
  ['!(set="b" || layers<16) && deep=true', ["a/16/true"]]
])("%s", (text, names) => {
  expect(kept(text).filter((name) => name.startsWith("step/"))).toEqual(names.map((name) => `step/${name}`))
})

test.each([
  ["leyers<=2", 1, "no axis is called 'leyers'. Did you mean 'layers'?"],
  ["constructor=5", 1, "no axis is called 'constructor'"],
  ["__proto__=5", 1, "no axis is called '__proto__'"],
  ["set=a && layers<=two", 18, "'layers' takes a number, not 'two'"],
  ["set<b", 1, "'set' is not a number"],
  ["set=zzz", 5, "no set is called 'zzz'. There are a, b."],
  ["layers<=2 &&", 13, "expected the name of an axis, found the end"],
  ["layers 2", 8, "expected one of <= >= != == = < > after 'layers', found '2'"],
  ["(layers=2", 10, "expected ')', found the end"],
  ["layers=2 set=a", 10, "expected &&, || or the end, found 'set'"],
  ["layers=2 & set=a", 10, '"&" means nothing here'],
  ["layers=3", 1, "nothing in the grid meets it"]
])("%s is told of, at character %i", (text, position, problem) => {
  const error = (() => {
    try {
      return kept(text)
    } catch (caught) {
      return caught
    }
  })() as WhereError
  expect(error).toBeInstanceOf(WhereError)
  expect(error.message).toContain(problem)
  expect(error.position).toBe(position)
})
