/** Names of variants: one for each, whatever was typed, and each can be read back. */
import * as Schema from "effect/Schema"
import fc from "fast-check"
import { expect, test } from "vitest"
import { variantCalled } from "../../src/cache/variants.ts"
import { definePipeline, select } from "../../src/graph/pipeline.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { defineStudy, type Overrides } from "../../src/graph/study.ts"
import { readVariant, shortName, variantName } from "../../src/graph/variant.ts"

const parameters = Schema.Struct({ text: Schema.String, n: Schema.Finite, of: Schema.Array(Schema.Finite) })
const values = { text: "a", n: 1, of: [1, 2] }
const stage = defineStage({
  name: "stage",
  description: "",
  parameters,
  label: () => "it",
  outputs: { out: { extension: "txt", description: "" } },
  compute: () => new URL(import.meta.url)
})
const study = defineStudy({
  name: "study",
  title: "",
  settings: parameters,
  values,
  nodes: (settings, { name }) => [stage.node(settings, { name, publish: `reports/${name}` })]
})
const pipeline = definePipeline({ stages: [stage], studies: [study], default: ["study"] })
const found = (targets: ReadonlyArray<string>, overrides: Overrides = {}) => {
  const { graph, studies } = select(pipeline, targets, overrides)
  return { studies, nodes: graph.nodes.map(({ name, publish, parameters }) => ({ name, publish, parameters })) }
}

test("a study with other settings has a name, a node and a folder of its own; by whatever way they were typed", () => {
  const variant = found(["study"], { of: "3, 4", n: "2.0" })
  expect(variant.studies).toEqual(["study@n=2,of=3,4"])
  expect(variant.nodes).toEqual([
    {
      name: "stage/study@n=2,of=3,4",
      publish: ["reports/study@n=2,of=3,4"],
      parameters: { text: "a", n: 2, of: [3, 4] }
    }
  ])
  expect(found(["study@n=2,of=3,4"])).toEqual(variant)
  expect(found(["study@of=[3,4]"], { n: "2" })).toEqual(variant)
  expect(found(["study@n=7,of=3,4"], { "study.n": "2" })).toEqual(variant)
  // What is declared is no variant.
  expect(found(["study"], { n: "1", of: "1,2" }).studies).toEqual(["study"])
  expect(found(["study@n=1"])).toEqual(found([]))
})

test("a study and its variant stand side by side", () => {
  expect(found(["study", "study@n=2"]).nodes.map(({ publish }) => publish)).toEqual([
    ["reports/study"],
    ["reports/study@n=2"]
  ])
})

test("what is asked for by its nodes concerns the variants of all studies that these belong to", () => {
  const other = defineStudy({
    name: "other",
    title: "",
    settings: parameters,
    values: { ...values, text: "b" },
    nodes: (settings) => [stage.node(settings)]
  })
  const two = definePipeline({ stages: [stage], studies: [study, other], default: ["study", "other"] })
  const concerned = (targets: ReadonlyArray<string>, overrides: Overrides = {}) =>
    select(two, targets, overrides).concerned()
  expect(concerned(["stage/*"], { n: "2" })).toEqual(["study@n=2", "other@n=2"])
  expect(concerned(["stage"], { "other.n": "2" })).toEqual(["other@n=2"])
  expect(concerned(["stage/study@n=2"], { n: "2" })).toEqual(["study@n=2"])
  expect(concerned(["stage/*"])).toEqual([])
  expect(concerned(["study", "stage/*"], { n: "2" })).toEqual(["study@n=2"])
})

test("a study and its variant whose report is one node each have it in their folder", () => {
  const twins = defineStudy({
    name: "twins",
    title: "",
    settings: Schema.Struct({ n: Schema.Finite, hint: Schema.String }),
    values: { n: 1, hint: "a" },
    nodes: ({ n }, { name }) => [stage.node({ ...values, n }, { name, publish: `reports/${name}` })]
  })
  const both = definePipeline({ stages: [stage], studies: [twins], default: ["twins"] })
  const [{ publish }, ...others] = select(both, ["twins", "twins@hint=b"]).graph.nodes
  expect([publish, others]).toEqual([["reports/twins", "reports/twins@hint=b"], []])
})

test("any settings have a name that is safe in paths and shells and gives them back", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.array(fc.integer()),
      (text, n, of) => {
        const settings = { text, n: n + 0, of }
        const name = variantName("study", values, settings)
        expect(name).toMatch(/^[\w.+\-@=,%]+$/)
        expect(shortName(name).length).toBeLessThanOrEqual(150)
        const read = readVariant(name)?.overrides ?? {}
        expect(found(["study"], { ...read }).nodes[0].parameters).toEqual(settings)
      }
    )
  )
})

test("what is wrong with a variant is said as of any study", () => {
  const refusal = (target: string) => {
    try {
      found([target])
      return "none"
    } catch (error) {
      return (error as Error).message
    }
  }
  expect(refusal("study@m=2")).toContain("study 'study': has no setting 'm'. Did you mean 'n'")
  expect(refusal("study@n=x")).toContain("study 'study': n = \"x\": expected a number")
  expect(refusal("studi@n=2")).toContain("Did you mean 'study@n=2'?")
  expect(refusal("study@")).toContain("study 'study': 'study@' names no variant: expected study@NAME=VALUE,…")
})

test("a variant that was run is known by its name, or by a beginning that is no whole name and no other one's", () => {
  const variant = (target: string) => ({ target, name: shortName(target), ran: "", file: "" })
  const long = `quick@layers=${Array.from({ length: 99 }, (_, i) => i).join(",")}`
  const all = ["quick@epochs=8", "quick@epochs=80", "quick@optimizer=%7B%7D", long].map(variant)
  const called = (typed: string) => variantCalled(typed, all)?.target
  expect(called("quick@epochs=8")).toBe("quick@epochs=8")
  expect(called("quick@opt")).toBe("quick@optimizer=%7B%7D")
  expect(called(shortName(long))).toBe(long)
  for (const none of ["quick@epo", "quick@epochs=", "quick", "quick@epochs=9"]) expect(called(none)).toBeUndefined()
})
