/** Nodes are looked for in all studies: one that has no place for the settings does not stand in the way. */
import * as Schema from "effect/Schema"
import { expect, test } from "vitest"
import { definePipeline, select } from "../../src/graph/pipeline.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { defineStudy } from "../../src/graph/study.ts"

const stage = (name: string, most: number) =>
  defineStage({
    name,
    description: name,
    parameters: Schema.Struct({ size: Schema.Int.check(Schema.isLessThanOrEqualTo(most)) }),
    label: ({ size }) => `size=${size}`,
    outputs: { out: { extension: "json", description: "out" } },
    compute: () => new URL(`file:///${name}.ts`)
  })
const [small, large] = [stage("small", 5), stage("large", 50)]
const study = (name: string, made: typeof small) =>
  defineStudy({
    name,
    title: name,
    settings: Schema.Struct({ size: Schema.Int }),
    values: { size: 1 },
    nodes: ({ size }) => [made.node({ size })]
  })
const pipeline = definePipeline({
  datasets: [],
  stages: [small, large],
  studies: [study("narrow", small), study("wide", large)],
  default: ["narrow"]
})
const named = (targets: ReadonlyArray<string>, size: string) => {
  const { graph, wanted } = select(pipeline, targets, { size })
  return [...wanted].map((index) => graph.nodes[index].name)
}

test("a node is found in the study that takes the settings", () => {
  expect(named(["large/size=20"], "20")).toEqual(["large/size=20"])
  expect(named(["small/size=3"], "3")).toEqual(["small/size=3"])
})

test("a study that was asked for, and settings that none takes, are told of", () => {
  expect(() => named(["narrow"], "20")).toThrow("size = 20")
  expect(() => named(["large/size=99"], "99")).toThrow("size = 99")
})
