/** One node for equal parameters, however they are written; names that tell nodes apart; errors that say where. */
import * as Schema from "effect/Schema"
import { expect, test } from "vitest"
import { buildGraph } from "../../src/graph/graph.ts"
import { defineStage, type NodeReference, type Stage } from "../../src/graph/stage.ts"
import { untyped } from "../support/untyped.ts"

const Part = Schema.Struct({
  size: Schema.Int.check(Schema.isGreaterThan(0)),
  source: Schema.Struct({ name: Schema.String, values: Schema.Array(Schema.Finite) }),
  shade: Schema.optionalKey(Schema.String),
  places: Schema.optionalKey(Schema.Array(Schema.String))
})
type Part = typeof Part.Type

const declaration = {
  description: "a part",
  parameters: Part,
  asBefore: { shade: "grey" },
  hints: ["places" as const],
  label: ({ size }: Part) => `size=${size}`,
  outputs: { data: { extension: "txt", description: "text" } },
  compute: () => new URL("file:///nowhere.ts")
}
const cut = defineStage({ ...declaration, name: "cut" })
const glue = defineStage({
  ...declaration,
  name: "glue",
  inputs: (part) => ({ right: cut.node(part).output("data"), left: cut.node({ ...part, size: 1 }).output("data") })
})
const part = (size: number, name = "a"): Part => ({ size, source: { name, values: [1, 2.5] } })
const names = (targets: ReadonlyArray<NodeReference>) => buildGraph(targets).nodes.map((node) => node.name)

test("equal parameters are one node, in whatever order and by whatever objects", () => {
  const { source, size } = part(2)
  const turned = { source: { values: [1, 2.5], name: "a" }, size }
  expect(cut.node(turned).id).toBe(cut.node(part(2)).id)
  expect(cut.node({ size, source }).id).toBe(cut.node(part(2)).id)
  expect(names([cut.node(part(2)), cut.node(turned), glue.node(part(2))])).toEqual([
    "cut/size=2",
    "cut/size=1",
    "glue/size=2"
  ])
})

test("what differs is another node: a value, an element, a number from its text", () => {
  const ids = [part(2), part(3), part(2, "b"), { ...part(2), source: { name: "a", values: [1, 2] } }]
  expect(new Set(ids.map((one) => cut.node(one).id)).size).toBe(ids.length)
  expect(glue.node(part(2)).id).not.toBe(cut.node(part(2)).id)
})

test("a parameter at its value from before, and a hint, are no other node", () => {
  const plain = cut.node(part(2))
  for (const more of [{ shade: "grey" }, { places: ["here"] }, { shade: "grey", places: [] }]) {
    const same = cut.node({ ...part(2), ...more })
    expect({ id: same.id, encoded: same.encoded }).toEqual({ id: plain.id, encoded: plain.encoded })
  }
  expect(cut.node({ ...part(2), shade: "red" }).id).not.toBe(plain.id)
})

test("a folder to publish in is taken from whichever reference names one", () => {
  const [node] = buildGraph([cut.node(part(2)), cut.node(part(2), { publish: "reports/cut" })]).nodes
  expect(node.publish).toEqual(["reports/cut"])
})

test("nodes of one name are told apart by what differs", () => {
  const red = { ...part(2), shade: "dark red" }
  const graph = buildGraph([cut.node(part(2)), cut.node(red), cut.node(part(3))])
  const all = ["cut/size=2,shade=null", "cut/size=2,shade=dark_red", "cut/size=3"]
  expect(graph.nodes.map((node) => node.name)).toEqual(all)
  for (const [index, name] of all.entries()) expect(graph.byName.get(name)?.index).toBe(index)
  expect(graph.byName.has("cut/size=2")).toBe(false)
})

test("parameters that do not fit are told of with their place, all at once", () => {
  const wrong = { size: 0, source: { name: 3, values: [] }, colour: "red" }
  expect(() => cut.node(untyped(wrong))).toThrow(/stage 'cut': .*colour = "red": .*size = 0: .*source\.name = 3: /)
})

test("stages in a circle are told of with their path", () => {
  const a: Stage<Part, "data"> = defineStage({
    ...declaration,
    name: "a",
    inputs: (one) => ({ b: b.node(one).output("data") })
  })
  const b: Stage<Part, "data"> = defineStage({
    ...declaration,
    name: "b",
    inputs: (one) => ({ a: a.node(one).output("data") })
  })
  expect(() => buildGraph([a.node(part(2))])).toThrow("a/size=2 → b/size=2 → a/size=2")
})

test("axes tell nodes of one name apart, but for what follows from the others", () => {
  const axes = Schema.Record(Schema.String, Schema.Union([Schema.String, Schema.Finite]))
  const trained = defineStage({
    name: "trained",
    description: "",
    parameters: Schema.Struct({ size: Schema.Int, training: axes }),
    label: ({ size }) => `size=${size}`,
    axes: ({ size, training }) => ({ size, ...training }),
    outputs: {},
    compute: () => new URL("file:///none.ts")
  })
  const nameOf = (...trainings: ReadonlyArray<Readonly<Record<string, string | number>>>) =>
    buildGraph(trainings.map((training) => trained.node({ size: 2, training }))).nodes.map(({ name }) => name)
  expect(nameOf({ rate: 0.001 }, { rate: 0.01 })).toEqual(["trained/size=2,rate=0.001", "trained/size=2,rate=0.01"])
  expect(nameOf({ method: "sgd", momentum: 0.9 }, { method: "adam", beta: 0.9 })).toEqual([
    "trained/size=2,method=sgd",
    "trained/size=2,method=adam"
  ])
  expect(nameOf({ method: "sgd", momentum: 0.9 }, { method: "sgd", momentum: 0.5 }, { method: "adam" })).toEqual([
    "trained/size=2,method=sgd,momentum=0.9",
    "trained/size=2,method=sgd,momentum=0.5",
    "trained/size=2,method=adam,momentum=null"
  ])
})
