/** A small pipeline without files or networks: numbers that are drawn, doubled and added up. */
import * as Schema from "effect/Schema"
import { definePipeline } from "../../src/graph/pipeline.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { defineStudy } from "../../src/graph/study.ts"

const json = { extension: "json", description: "numbers" }
const module = (name: string) => () => new URL(`file:///${name}.ts`)

export const draw = defineStage({
  name: "draw",
  description: "draws a number",
  parameters: Schema.Struct({ seed: Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)) }),
  label: ({ seed }) => `seed=${seed}`,
  outputs: { number: json },
  compute: module("draw")
})
export const double = defineStage({
  name: "double",
  description: "doubles a number",
  parameters: Schema.Struct({ seed: Schema.Int, by: Schema.Int }),
  label: ({ seed, by }) => `by=${by},seed=${seed}`,
  inputs: ({ seed }) => ({ number: draw.node({ seed }).output("number") }),
  outputs: { number: json },
  compute: module("double")
})
const Seeds = Schema.Struct({ seeds: Schema.Array(Schema.Int), by: Schema.Int })
export const sum = defineStage({
  name: "sum",
  description: "adds numbers up",
  parameters: Seeds,
  label: ({ seeds }) => `of=${seeds.length}`,
  inputs: ({ seeds, by }) => ({ numbers: seeds.map((seed) => double.node({ seed, by }).output("number")) }),
  outputs: { number: json },
  compute: module("sum")
})
const idle = defineStage({
  name: "idle",
  description: "is taken by no study",
  parameters: Schema.Struct({}),
  label: () => "",
  outputs: { number: json },
  compute: module("idle")
})

export const sums = defineStudy({
  name: "sums",
  title: "Sums",
  settings: Seeds,
  values: { seeds: [0, 1, 2], by: 2 },
  nodes: (settings, { name }) => [sum.node(settings, { publish: `reports/${name}` })],
  portions: ({ seeds, by }) => [...seeds].reverse().map((seed) => [double.node({ seed, by })])
})
export const more = defineStudy({
  name: "more",
  title: "More numbers, and those of the other study that are there",
  settings: Schema.Struct({ count: Schema.Int }),
  values: { count: 2 },
  nodes: ({ count }) => [
    ...Array.from({ length: count }, (_, i) => draw.node({ seed: 10 + i })),
    double.node({ seed: 0, by: 2 })
  ],
  borrows: () => [double.node({ seed: 0, by: 2 })]
})

export const small = definePipeline({
  datasets: [{ name: "nine", title: "the number of seed 9", nodes: () => [draw.node({ seed: 9 })] }],
  stages: [draw, double, sum, idle],
  studies: [sums, more],
  default: ["sums"]
})
