/** What a user's targets mean in a pipeline. */
import { expect, test } from "vitest"
import { type Selection, select } from "../../src/graph/pipeline.ts"
import type { Overrides } from "../../src/graph/study.ts"
import { small } from "./small.ts"

const namesOf = ({ graph }: Selection, indices: Iterable<number>) => [...indices].map((i) => graph.nodes[i].name).sort()

/** Names of the nodes that are named, of those asked for, and of all that go with them. */
function found(targets: ReadonlyArray<string>, overrides?: Overrides) {
  const selection = select(small, targets, overrides)
  const of = (indices: Iterable<number>) => namesOf(selection, indices)
  return {
    named: of(selection.named),
    wanted: of(selection.wanted),
    all: of(selection.all),
    studies: selection.studies
  }
}

const SUMS = [
  "double/by=2,seed=0",
  "double/by=2,seed=1",
  "double/by=2,seed=2",
  "draw/seed=0",
  "draw/seed=1",
  "draw/seed=2",
  "sum/of=3"
]

test("a study is all of its nodes, of which its own are asked for; without targets the default ones are meant", () => {
  expect(found(["sums"])).toEqual({ named: SUMS, wanted: ["sum/of=3"], all: SUMS, studies: ["sums"] })
  expect(found([])).toEqual(found(["sums"]))
})

test("a node, the beginning of its name, some of its parts, a glob, a stage: these nodes and what they need", () => {
  const one = {
    named: ["double/by=2,seed=1"],
    wanted: ["double/by=2,seed=1"],
    all: ["double/by=2,seed=1", "draw/seed=1"]
  }
  for (const target of ["double/by=2,seed=1", "double/seed=1", "double/*seed=1", "d*le/**=1", "*by=2,seed=[1]"])
    expect(found([target]), target).toMatchObject({ ...one, studies: [] })
  expect(found(["draw"]).named).toEqual(["draw/seed=0", "draw/seed=1", "draw/seed=2"])
  expect(found(["sum"]).all).toEqual(SUMS)
  expect(found(["s*"]).named).toEqual(["sum/of=3"])
  expect(found(["double/seed=0", "draw/seed=2"]).all).toEqual(["double/by=2,seed=0", "draw/seed=0", "draw/seed=2"])
})

test("nodes are looked for among the studies named beside them, then the default ones, then all", () => {
  expect(found(["draw/seed=10"]).named).toEqual(["draw/seed=10"])
  expect(found(["more", "draw/seed=10"]).named).toContain("draw/seed=11")
  expect(found(["nine"])).toMatchObject({ named: ["draw/seed=9"], all: ["draw/seed=9"] })
  expect(found(["draw/seed=9"]).named).toEqual(["draw/seed=9"]) // a data set that no study takes
})

test("settings reach the studies that have them, by study where that is said", () => {
  expect(found(["sums"], { seeds: "4,5" }).named).toContain("double/by=2,seed=5")
  expect(found(["sums"], { by: "3", "sums.by": "5" }).all).toContain("double/by=5,seed=0")
  expect(found(["sums", "more"], { "more.count": "1" }).all).not.toContain("draw/seed=11")
  expect(found(["sums@by=7"]).studies).toEqual(["sums@by=7"])
  expect(found(["sums@by=7"]).all).toContain("double/by=7,seed=0")
  expect(found(["double/by=3,seed=1"], { by: "3" }).named).toEqual(["double/by=3,seed=1"])
})

test("what is mistyped is told of, with what is near", () => {
  const said = (targets: ReadonlyArray<string>, overrides?: Overrides) => {
    try {
      found(targets, overrides)
    } catch (error) {
      return (error as Error).message
    }
    return "nothing"
  }
  expect(said(["sms"])).toMatch(/sms.*Did you mean 'sums'\?/)
  expect(said(["draw/sed=1"])).toMatch(/draw\/sed=1.*Did you mean 'draw\/seed=/)
  expect(said(["double/seed=7"])).toContain("no node is called 'double/seed=7'")
  expect(said(["draw/"])).toMatch(/single node/)
  expect(said(["idle"])).toContain("no study uses it")
  expect(said(["sums@seds=1"])).toMatch(/seds/)
  expect(said(["sums"], { sed: "1" })).toMatch(/sed = 1: study 'sums' has no setting 'sed'/)
  expect(said(["sums"], { "more.count": "1" })).toContain("more.count")
  expect(said(["sums"], { seeds: "-1" })).toMatch(/seed/)
  expect(said(["*nothing*"])).not.toBe("nothing")
})

test("portions come in the study's order; without one for each study there is none", () => {
  const selection = select(small, ["sums"])
  expect(selection.portions()!.map((portion) => namesOf(selection, portion))).toEqual([
    ["double/by=2,seed=2"],
    ["double/by=2,seed=1"],
    ["double/by=2,seed=0"]
  ])
  const both = select(small, ["sums", "more"])
  expect([both.portions(), both.ordered().length]).toEqual([undefined, 3])
  expect(select(small, ["draw"]).portions()).toBeUndefined()
})

test("what a study borrows is borrowed unless another target needs it", () => {
  const borrowed = (...targets: ReadonlyArray<string>) => {
    const selection = select(small, targets)
    return namesOf(selection, selection.borrowed())
  }
  expect(borrowed("more")).toEqual(["double/by=2,seed=0"])
  expect(borrowed("more", "sums")).toEqual([])
  expect(borrowed("more", "double/by=2,seed=0")).toEqual([])
  expect(borrowed("sums")).toEqual([])
})
