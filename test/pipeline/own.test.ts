/** A study of one's own, over learning rates and depths, really run: what it says is true of its trials. */
import { expect, test } from "vitest"
import { end, executed, makeProject } from "../support/project.ts"
import { addTiny } from "../support/tiny.ts"

const STUDY = `import * as Schema from "effect/Schema"
import { defineStudy } from "../../src/graph/study.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { report } from "../stages/report.ts"
import { rmsprop } from "./assumptions.ts"
import { dataSetNamed } from "./grid.ts"

export const rates = (datasets: ReadonlyArray<ImageDataSet>) =>
  defineStudy({
    name: "rates",
    title: "Learning rates and depths",
    settings: Schema.Struct({ seeds: Schema.Array(Schema.Int) }),
    values: { seeds: [0, 1] },
    nodes: ({ seeds }, { name }) => {
      const dataset = dataSetNamed(datasets, "tiny", name).parameters
      const fixed = { filters: 1, kernel: 3, activation: "relu", residual: true, batch: 8, epochs: 2, engine: "wasm" } as const
      const trials = [0.001, 0.003, 0.01].flatMap((rate) =>
        [4, 2, 1].flatMap((depth) =>
          seeds.map((seed) => ({
            trial: { ...fixed, dataset, layers: 4, depth, seed, optimizer: rmsprop(rate) },
            expanded: null
          }))
        )
      )
      return [
        report.node(
          { title: "Learning rates and depths", question: "?", study: name, assumptions: [], trials },
          { name, publish: "reports/rates" }
        )
      ]
    }
  })
`

test("rates have names, conditions, columns and headings; means are of the seeds that there are", async () => {
  const project = makeProject({ pipeline: "own" })
  addTiny(project, 60, 12)
  project.write("pipeline/studies/rates.ts", STUDY)
  project.edit("pipeline/pipeline.ts", "studies: [", "studies: [rates(datasets), ")
  project.edit(
    "pipeline/pipeline.ts",
    "import { quick }",
    'import { rates } from "./studies/rates.ts"\nimport { quick }'
  )

  const some = executed(await project.json(["run", "rates", "--where", "learningRate=0.003"]))
  const trained = (names: ReadonlyArray<string>) => names.filter((name) => name.startsWith("train/"))
  expect(trained(some)).toHaveLength(6)
  for (const name of trained(some))
    expect(name).toMatch(/^train\/tiny\/layers=4,depth=\d,filters=1,seed=\d,learningRate=0.003$/)
  expect(end(await project.json(["run", "rates"]))).toMatchObject({ failed: 0 })

  const page = project.read("reports/rates/index.md")
  expect(page).toContain("18 trials, the full product of the networks' axes below, 3 kinds of training and 2 seeds.")
  for (const rate of [0.001, 0.003, 0.01]) expect(page).toContain(`(tiny, learningRate=${rate})`)
  const table = (name: string) => {
    const [head, ...rows] = project
      .read(`reports/rates/data/${name}.csv`)
      .trimEnd()
      .split("\n")
      .map((line) => line.split(","))
    return rows.map((row) => Object.fromEntries(head.map((column, i) => [column, row[i]])))
  }
  // Means apart from the report: of the seeds of one rate and depth.
  const trials = table("trials")
  const networks = table("networks")
  expect(networks).toHaveLength(9)
  for (const network of networks) {
    const own = trials.filter((t) => t.learning_rate === network.learning_rate && t.depth === network.depth)
    expect(own).toHaveLength(2)
    expect(network.seeds).toBe("2")
    const mean = own.reduce((sum, t) => sum + Number(t.validation_loss), 0) / 2
    expect(Number(network.validation_loss)).toBeCloseTo(mean, 12)
  }
})
