/** What a study does not make where what it borrows is not there, whichever studies run beside it. */
import * as Schema from "effect/Schema"
import { expect, test } from "vitest"
import { outOfReach } from "../../src/graph/borrowed.ts"
import { definePipeline, select } from "../../src/graph/pipeline.ts"
import { makePlan } from "../../src/graph/plan.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { defineStudy } from "../../src/graph/study.ts"
import { nothingKnown } from "../support/knowledge.ts"

const stage = (name: string) =>
  defineStage({
    name,
    description: name,
    parameters: Schema.Struct({ seed: Schema.Int }),
    label: ({ seed }) => `seed=${seed}`,
    outputs: { out: { extension: "json", description: "out" } },
    compute: () => new URL(`file:///${name}.ts`)
  })
const [train, draw] = [stage("train"), stage("draw")]
/** Collects both, so it runs whatever there is. */
const report = defineStage({
  name: "report",
  description: "collects",
  parameters: Schema.Struct({ what: Schema.String }),
  label: ({ what }) => what,
  inputs: () => ({ all: [train.node({ seed: 0 }).output("out"), draw.node({ seed: 0 }).output("out")] }),
  outputs: { page: { extension: "json", description: "page" } },
  compute: () => new URL("file:///report.ts")
})
const common = { settings: Schema.Struct({}), values: {}, title: "a study" }
const pipeline = definePipeline({
  datasets: [],
  stages: [train, draw, report],
  studies: [
    defineStudy({
      ...common,
      name: "borrowing",
      nodes: () => [report.node({ what: "borrowing" })],
      borrows: () => [train.node({ seed: 0 })],
      portions: () => [[train.node({ seed: 0 }), draw.node({ seed: 0 })]]
    }),
    defineStudy({ ...common, name: "other", nodes: () => [stage("else").node({ seed: 0 })] })
  ],
  default: ["other"]
})

test.each([[["borrowing"]], [["borrowing", "other"]]])("what is of no use without it is not made (%j)", (targets) => {
  const { graph, all, borrowed, ordered } = select(pipeline, targets)
  const plan = makePlan(graph, all, nothingKnown, { excluded: borrowed() })
  const left = outOfReach(plan, ordered())
  expect([...left].map((index) => graph.nodes[index].name).sort()).toEqual(["draw/seed=0", "train/seed=0"])
})
