/** Trials as rows, with the real command on a small study. */
import { readFileSync } from "node:fs"
import { parquetReadObjects } from "hyparquet"
import { expect, test } from "vitest"
import { makeProject, type Project, publishedIn } from "../support/project.ts"
import { addTiny } from "../support/tiny.ts"

const SET = ["dataset=tiny", "layers=1,2", "filters=1", "filterLayers=2", "seeds=0,1", "epochs=2", "examples=8"]
const flags = SET.flatMap((setting) => ["--set", setting])
const table = async (project: Project, ...args: ReadonlyArray<string>) => {
  const said = await project.run(["table", "quick", ...args, ...flags])
  expect(said, said.stderr).toMatchObject({ code: 0 })
  return said
}
const csv = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","))

test("every trial is a row with its parameters, metrics and origin, in each format; conditions, columns, order, pivot", async () => {
  const project = makeProject({ pipeline: "own" })
  addTiny(project, 120, 30)
  await project.json(["run", "quick", ...flags])

  const rows = await project.json(["table", "quick", ...flags])
  expect(rows).toHaveLength(6) // one layer has one architecture, two have both; two seeds
  expect(rows[0]).toMatchObject({
    dataset: "tiny",
    layers: 1,
    seed: 0,
    learningRate: 3e-3,
    epochs: 2,
    "metrics.epochs": 2,
    status: "finished",
    numericClass: expect.stringMatching(/^wasm-f32/),
    seconds: expect.any(Number),
    key: expect.stringMatching(/^[0-9a-f]{64}$/)
  })
  if (process.platform === "linux") expect(rows[0].peakMemory).toBeGreaterThan(1e7)
  const metrics = await project.run(["get", `${rows[0].node}:metrics`, "--out", "-", ...flags])
  expect(JSON.parse(metrics.stdout).validation.loss).toBe(rows[0]["validation.loss"])

  const file = project.path("tables/all.parquet")
  await table(project, "--out", file)
  const bytes = readFileSync(file)
  const read = await parquetReadObjects({ file: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) })
  const plain = read.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value])
    )
  )
  expect(plain).toEqual(rows)

  const { stdout } = await table(
    project,
    "--format",
    "csv",
    "--sort",
    "-validation.loss",
    "--columns",
    "layers,validation.loss"
  )
  const losses = csv(stdout)
    .slice(1)
    .map((line) => Number(line[1]))
  expect(losses).toEqual(rows.map((row) => row["validation.loss"] as number).sort((a, b) => b - a))
  expect(csv((await table(project, "--format", "csv", "--differing")).stdout)[0]).not.toContain("kernel")

  const some = await table(project, "--where", "layers=2 && validation.loss>0", "--format", "md")
  expect(some.stdout.split("\n")).toHaveLength(2 + 4 + 1)
  expect(some.stderr).toContain("4 trials")
  expect((await table(project, "--format", "latex", "--columns", "architecture,numericClass")).stdout).toContain(
    "\\toprule\n  architecture & numericClass \\\\\n  \\midrule"
  )
  // A glob over trainings means their trials.
  expect(await project.json(["table", "train/*layers=2,*seed=1", ...flags])).toHaveLength(2)

  const pivot = ["--rows", "layers", "--cols", "architecture", "--metric", "validation.loss", "--over", "seed"]
  const [first] = await project.json(["table", "quick", ...pivot, ...flags])
  const [a, b] = rows.filter(({ layers }) => layers === 1).map((row) => row["validation.loss"] as number)
  expect(first).toMatchObject({
    layers: 1,
    architecture: "sequential",
    n: 2,
    least: Math.min(a, b),
    most: Math.max(a, b)
  })
  expect(first.mean).toBeCloseTo((a + b) / 2, 12)
  expect(first.standardError).toBeCloseTo(Math.abs(a - b) / 2, 12)
  expect((await table(project, ...pivot)).stdout).toMatch(/± .*, n 2, .* … /)
  expect(await project.run(["table", "quick", ...pivot.slice(0, -2), ...flags])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("its trials differ in seed (0, 1), and nothing is averaged that is not named")
  })

  // What has no result is said, not left out in silence.
  const more = await project.run(["table", "quick", ...flags, "--set", "seeds=0,1,2"])
  expect(more.stderr).toContain("6 trials; not shown: 3 have no result yet (`pipeline status quick --set")

  // Another number of epochs is a variant beside this one; both can be compared.
  const lines = await project.json(["run", "quick", ...flags, "--set", "epochs=3"])
  expect(publishedIn(lines)).toMatch(/^reports\/quick@dataset=tiny,.*,epochs=3,/)
  const names = (await project.json(["list"])).flatMap(({ type, name }) => (type === "variant" ? [name as string] : []))
  expect(names).toHaveLength(2)
  const said = await project.json(["compare", ...names])
  expect(said.filter(({ type }) => type === "parameter")).toEqual([
    { type: "parameter", name: "epochs", values: [2, 3] },
    { type: "parameter", name: "metrics.epochs", values: [2, 3] }
  ])
  const loss = said.find(({ type, metric }) => type === "metric" && metric === "validation.loss")
  expect(loss).toMatchObject({ pairs: 6, seeds: 2, verdict: expect.stringMatching(/^open: 2 of the \d+ seeds/) })
  const text = await project.run(["compare", ...names])
  expect(text.stdout).toMatch(/epochs +2 +3\n/)
  expect(text.stdout).toContain("validation.loss by configuration")
})
