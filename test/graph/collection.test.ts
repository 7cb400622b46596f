/** Collections: which result belongs to what is told by records, in the graph, in the key, and to the compute module. */
import * as Schema from "effect/Schema"
import { describe, expect, expectTypeOf, test } from "vitest"
import { arrange, digestsIn, withCollected } from "../../src/graph/collection.ts"
import type { Delivered, Input } from "../../src/graph/compute.ts"
import { explain } from "../../src/graph/explain.ts"
import { buildGraph, type Node } from "../../src/graph/graph.ts"
import { keyOf } from "../../src/graph/key.ts"
import { inputDigests, type Settled } from "../../src/graph/plan.ts"
import { defineStage, type Inputs, type OutputReference } from "../../src/graph/stage.ts"
import { Trace } from "../../src/graph/trace.ts"

const module = new URL("./any.ts", import.meta.url)
const part = defineStage({
  name: "part",
  description: "",
  parameters: Schema.Struct({ of: Schema.String }),
  label: ({ of }) => of,
  outputs: { a: { extension: "txt", description: "" }, b: { extension: "txt", description: "" } },
  compute: () => module
})
const a = (of: string): OutputReference => part.node({ of }).output("a")
const b = (of: string): OutputReference => part.node({ of }).output("b")

let collectors = 0
/** The node that collects this, in its graph. */
function collector(inputs: Inputs): Node {
  const stage = defineStage({
    name: `collect${collectors++}`,
    description: "",
    parameters: Schema.Struct({}),
    label: () => "all",
    inputs: () => inputs,
    outputs: "files",
    compute: () => module
  })
  const { nodes } = buildGraph([stage.node({})])
  return { ...nodes[nodes.length - 1], stage: { ...stage, name: "collect" } }
}
const present = { key: "k", outputs: { a: { digest: "A", size: 1 }, b: { digest: "B", size: 1 } } }
const there: Settled = { state: "there", ...present }
const digests = (node: Node, settled: (index: number) => Settled | undefined = () => there) =>
  inputDigests(node, settled)!.all
const keyFor = (node: Node, settled?: (index: number) => Settled | undefined) =>
  keyOf(node, { code: "c", inputs: { all: digests(node, settled) }, files: {} })

describe("a collection of records", () => {
  const node = collector({
    all: [{ first: a("x"), both: [a("y"), b("y")], none: undefined }, { first: b("x") }, { more: { deep: a("z") } }]
  })

  test("keeps its shape, members that are declared as undefined left out", () => {
    expect(digests(node)).toEqual([{ both: ["A", "B"], first: "A" }, { first: "B" }, { more: { deep: "A" } }])
  })

  test("tells missing from failed at the member's own place", () => {
    const states = new Map(node.inputs[0].sources.map(({ node }, i) => [node, i]))
    const [, , x] = node.inputs[0].sources
    const settled = (index: number): Settled => (index === x.node ? { state: "failed" } : { state: "skipped" })
    expect(states.size).toBe(3)
    expect(digests(node, settled)).toEqual([
      { both: ["missing", "missing"], first: "failed" },
      { first: "failed" },
      { more: { deep: "missing" } }
    ])
  })

  test("waits for every member", () => {
    const [{ node: first }] = node.inputs[0].sources
    expect(inputDigests(node, (index) => (index === first ? undefined : there))).toBeUndefined()
  })

  test("gives each member in its place", () => {
    const { collection, sources } = node.inputs[0]
    expect(arrange(collection!, (place) => sources[place].output)).toEqual([
      { both: ["a", "b"], first: "a" },
      { first: "b" },
      { more: { deep: "a" } }
    ])
    const all = digests(node)
    expect(typeof all === "string" ? all : digestsIn(all)).toEqual(["A", "B", "A", "B", "A"])
  })
})

test("a record whose members are called node and output is a record", () => {
  expect(digests(collector({ all: [{ node: a("x"), output: b("x") }] }))).toEqual([{ node: "A", output: "B" }])
})

describe("the key", () => {
  const records = (first: string, second: string) =>
    collector({ all: [{ [first]: a("x"), [second]: b("x") }, { [first]: a("y") }] })

  test("holds which member each result is, not in what order they are declared", () => {
    expect(keyFor(records("history", "metrics"))).toBe(
      keyFor(collector({ all: [{ metrics: b("x"), history: a("x") }, { history: a("y") }] }))
    )
    expect(keyFor(records("history", "metrics"))).not.toBe(keyFor(records("history", "terms")))
  })

  test("tells one record's missing member from another's", () => {
    const node = collector({ all: [{ one: a("x") }, { one: a("y") }] })
    const [x, y] = node.inputs[0].sources.map((source) => source.node)
    const without =
      (missing: number) =>
      (index: number): Settled =>
        index === missing ? { state: "skipped" } : there
    expect(keyFor(node, without(x))).not.toBe(keyFor(node, without(y)))
    expect(keyFor(node, without(x))).not.toBe(keyFor(node))
  })

  test("differs where the same digests stand in other records", () => {
    const shapes: ReadonlyArray<Inputs> = [
      { all: [a("x"), b("x")] },
      { all: [[a("x")], [b("x")]] },
      { all: [[a("x"), b("x")]] },
      { all: [{ a: a("x"), b: b("x") }] },
      { all: [{ a: a("x") }, { b: b("x") }] },
      { all: [{ a: a("x") }, { a: b("x") }] }
    ]
    expect(new Set(shapes.map((inputs) => keyFor(collector(inputs)))).size).toBe(shapes.length)
  })
})

test("why a collecting node runs counts results wherever they stand", () => {
  const state = { code: "c", parameters: "{}", numericClass: undefined, files: {}, sources: {} }
  const trace = (all: NonNullable<ReturnType<typeof inputDigests>>[string]) => ({
    ...{ key: "k", name: "n", stage: "s", code: "c", parameters: "{}", sources: {}, files: {}, outputs: {} },
    numericClass: null,
    inputs: { all },
    circumstances: { finished: "", seconds: 0, host: "", cpu: "", platform: "", node: "", packages: {}, work: 1 }
  })
  const reason = (before: Parameters<typeof trace>[0], now: Parameters<typeof trace>[0]) =>
    explain([trace(before)], { ...state, inputs: { all: now } }, () => undefined).reason
  expect(reason([{ a: "1", b: "2" }], [{ a: "1", b: "3" }])).toBe("1 of the 2 results in 'all' differ")
  expect(reason(["1", "2"], [{ a: "1", b: "2" }])).toBe("the results in 'all' stand in other places")
  expect(reason([{ a: "1" }], [{ a: "1", b: "2" }])).toBe("'all' collects 2 results instead of 1")
})

test("a stage that collects fewer records than there are parameters says so", () => {
  expect(withCollected([1, 2], ["a", "b"])).toEqual([
    [1, "a"],
    [2, "b"]
  ])
  expect(() => withCollected([1, 2], ["a"])).toThrow("1 records are collected of 2")
})

test("a compute module's type follows from what its stage declares", () => {
  type Declared = { readonly trials: ReadonlyArray<{ history: OutputReference; more: ReadonlyArray<OutputReference> }> }
  expectTypeOf<Delivered<Declared>>().toEqualTypeOf<{
    readonly trials: ReadonlyArray<{
      readonly history: Input | undefined
      readonly more: ReadonlyArray<Input | undefined>
    }>
  }>()
})

describe("a trace", () => {
  const fits = Schema.is(Trace)
  const digest = "0123456789abcdef".repeat(4)
  const trace = (all: unknown) => ({
    ...{ key: digest, name: "collect/all", stage: "collect", code: digest, parameters: "{}", sources: {}, files: {} },
    ...{ inputs: { all }, numericClass: null, outputs: {} },
    circumstances: {
      ...{ finished: "2026-01-01T00:00:00Z", seconds: 1, host: "h", cpu: "c", platform: "linux-x64", node: "v24" },
      ...{ packages: {}, work: 1 }
    }
  })
  /** So many lists, one in the other. */
  const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth))

  test.each([
    [true, digest],
    [true, [digest, "failed", "missing"]],
    [true, [{ history: digest, moments: ["missing", digest] }, {}]],
    [false, ["gone"]],
    [false, [{ history: "gone" }]],
    [false, [{ history: null }]],
    [false, [{ "his\ntory": digest }]],
    [false, [JSON.parse(`{"__proto__": {"a": "${digest}"}, "constructor": 1}`)]],
    [false, { history: digest }],
    [false, nested(20)],
    [false, nested(5_000)]
  ])("of a collection fits or not (%#)", (expected, all) => expect(fits(trace(all))).toBe(expected))
})
