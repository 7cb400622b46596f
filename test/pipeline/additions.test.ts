/** A data set, a stage, a study of one's own: a file each and a line each, with the real command. */
import { readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { readImageSet } from "../../src/data/examples.ts"
import { parse } from "../../src/data/json.ts"
import { historyLine } from "../../src/results/history.ts"
import { executed, makeProject, type Project } from "../support/project.ts"
import { addTiny } from "../support/tiny.ts"

/** Trials of the data set `tiny`; students of a network of that of the label's losses. */
const STUDY = `import * as Schema from "effect/Schema"
import { defineStudy } from "../../src/graph/study.ts"
import type { ImageDataSet } from "../datasets/dataset.ts"
import { evaluate } from "../stages/evaluate.ts"
import { dataSetNamed } from "./grid.ts"

export const taught = (datasets: ReadonlyArray<ImageDataSet>) =>
  defineStudy({
    name: "taught",
    title: "Students of a trained network, by each loss that has targets",
    settings: Schema.Struct({ epochs: Schema.Int }),
    values: { epochs: 6 },
    nodes: ({ epochs }, { name }) => {
      const trial = {
        dataset: dataSetNamed(datasets, "tiny", name).parameters,
        layers: 2, depth: 2, filters: 2, kernel: 3, activation: "relu", residual: true, seed: 0,
        optimizer: { method: "adam", learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-7 },
        batch: 8, epochs, engine: "wasm"
      } as const
      const student = { ...trial, depth: 1, filters: 1, teacher: { ...trial, epochs: 3 } } as const
      return [
        evaluate.node({ ...trial, loss: "squared-error" }),
        evaluate.node({ ...student, loss: "squared-error" }),
        evaluate.node({ ...student, loss: "kl-divergence" })
      ]
    }
  })
`
const STAGE = `import { defineStage } from "../../src/graph/stage.ts"
import { evaluate } from "./evaluate.ts"
import { TrainParameters } from "./schemas.ts"
import { trialLabel } from "./trial.ts"

export const gap = defineStage({
  name: "gap",
  description: "validation loss less training loss",
  parameters: TrainParameters,
  label: trialLabel,
  inputs: (trial) => ({ metrics: evaluate.node(trial).output("metrics") }),
  outputs: { gap: { extension: "txt", description: "a number" } },
  compute: () => new URL("./compute/gap.ts", import.meta.url)
})
`
const COMPUTE = `import type { Compute } from "../../../src/graph/compute.ts"
import { readMetrics } from "../../../src/results/metrics.ts"

const compute: Compute = ({ inputs }) => {
  const { train, validation } = readMetrics(inputs.metrics)
  return { gap: new TextEncoder().encode(String(validation.loss - train.loss)) }
}
export default compute
`
/** A line in pipeline.ts, and the import that goes with it. */
function add(project: Project, kind: "stages" | "studies", name: string, call = name): void {
  const file = "pipeline/pipeline.ts"
  project.edit(file, "const datasets = [", `import { ${name} } from "./${kind}/${name}.ts"\nconst datasets = [`)
  project.edit(file, `  ${kind}: [`, `  ${kind}: [${call}, `)
}
const ran = async (project: Project, ...args: ReadonlyArray<string>) => executed(await project.json(["run", ...args]))
const stages = (names: ReadonlyArray<string>) => names.map((name) => name.split("/")[0])

test("a data set, a study and a stage are one file and one line each, and run nothing of others again", async () => {
  const project = makeProject({ pipeline: "own" })
  const quick = ["quick", ...["dataset=tiny", "layers=1", "filters=1", "filterLayers=1", "seeds=0", "epochs=1"]]
  const settings = quick.slice(1).flatMap((setting) => ["--set", setting])

  addTiny(project, 60, 12)
  expect(stages(await ran(project, "tiny"))).toEqual(["fetch", "preprocess"])
  expect(stages(await ran(project, "quick", ...settings)).toSorted()).toEqual(
    ["build", "classes", "evaluate", "report", "train"].toSorted()
  )

  project.write("pipeline/studies/taught.ts", STUDY)
  add(project, "studies", "taught", "taught(datasets)")
  // One teacher, whose outputs are targets of two kinds, and three that learn.
  const taught = stages(await ran(project, "taught"))
  expect(taught.toSorted()).toEqual(
    [..."build build evaluate evaluate evaluate targets targets train train train train".split(" ")].toSorted()
  )
  const histories = (await project.json(["status", "taught"])).map(({ name }) => String(name))
  const students = histories.filter((name) => name.startsWith("train/") && /loss=/.test(name))
  expect(students).toHaveLength(3)
  for (const student of students) {
    const { stdout } = await project.run(["get", `${student}:history`, "--out", "-"])
    const losses = stdout
      .trimEnd()
      .split("\n")
      .map((text) => parse(text, historyLine()).validationLoss)
    expect(losses[losses.length - 1], student).toBeLessThan(0.8 * losses[0])
  }
  const probabilities = histories.find((name) => name.startsWith("targets/") && name.includes("probabilities"))!
  expect((await project.run(["get", `${probabilities}:validation`, "--out", "validation.safetensors"])).code).toBe(0)
  const { targets } = readImageSet(readFileSync(project.path("validation.safetensors")), "validation")
  expect(targets).toHaveLength(12 * 3)
  for (let i = 0; i < 12; i++) expect(targets!.slice(3 * i, 3 * i + 3).reduce((a, b) => a + b, 0)).toBeCloseTo(1, 6)

  project.write("pipeline/stages/gap.ts", STAGE)
  project.write("pipeline/stages/compute/gap.ts", COMPUTE)
  add(project, "stages", "gap")
  project.edit(
    "pipeline/studies/taught.ts",
    "      return [",
    `      return [gap.node({ ...trial, loss: "squared-error" }),`
  )
  project.edit(
    "pipeline/studies/taught.ts",
    "import { dataSetNamed",
    'import { gap } from "../stages/gap.ts"\nimport { dataSetNamed'
  )
  expect(stages(await ran(project, "taught"))).toEqual(["gap"])
  expect(await ran(project, "quick", ...settings)).toEqual([])
  project.edit("pipeline/stages/compute/gap.ts", "validation.loss - train.loss", "train.loss - validation.loss")
  expect(stages(await ran(project, "taught"))).toEqual(["gap"])
})
