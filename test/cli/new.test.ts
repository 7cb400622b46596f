/** `pipeline new`: what it writes works as it is, is formatted, typed and tested, and stands in pipeline.ts. */
import { execFileSync, spawnSync } from "node:child_process"
import { cpSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { named, number, parse } from "../../src/data/json.ts"
import { executed, makeProject, publishedIn, repository } from "../support/project.ts"

test("a stage and a study are written, formatted, typed, tested and run", async () => {
  const project = makeProject({ pipeline: "own" })
  for (const name of ["tsconfig.json", "biome.json", "vitest.config.ts", "test/support"])
    cpSync(join(repository, name), project.path(name), { recursive: true })
  const made = async (...words: ReadonlyArray<string>) => {
    const { code, stdout, stderr } = await project.run(["new", ...words])
    expect(code, stderr).toBe(0)
    return stdout.trim().split("\n")
  }
  const stage = await made("stage", "class-counts")
  expect(stage).toEqual([
    "pipeline/stages/class-counts.ts",
    "pipeline/stages/compute/class-counts.ts",
    "test/pipeline/stages/class-counts.test.ts",
    "pipeline/pipeline.ts"
  ])
  const study = await made("study", "first-look")
  const files = [...new Set([...stage, ...study])]
  const bin = (name: string) => join(repository, "node_modules/.bin", name)
  execFileSync(bin("biome"), ["check", "--error-on-warnings", "--vcs-enabled=false", ...files], { cwd: project.root })
  execFileSync(bin("tsc"), ["--project", "tsconfig.json"], { cwd: project.root })
  const tests = spawnSync(bin("vitest"), ["run", "test/pipeline"], { cwd: project.root, encoding: "utf8" })
  expect(tests.stdout).toMatch(/Tests .*5 passed/)

  const listed = await project.json(["list"])
  expect(listed).toContainEqual(expect.objectContaining({ type: "stage", name: "class-counts" }))
  const run = ["first-look", "--set", "layers=1", "--set", "seeds=0", "--set", "epochs=1"]
  const first = await project.json(["run", ...run])
  expect(executed(first)).toContain("report/first-look@layers=1,seeds=0,epochs=1")
  const page = project.read(`${publishedIn(first)}/index.md`)
  expect(page).toMatch(/adam, batch 32, 1 epoch\b/)
  expect(page).not.toMatch(/\b1 (epochs|seeds|trials|layers|filters|images|configurations|pairs|tests)\b/)
  expect(executed(await project.json(["run", "first-look", "--budget", "1 trial", ...run.slice(1)]))).toEqual([])

  project.edit(
    "pipeline/studies/first-look.ts",
    "nodes: (settings, { name }) => [",
    "nodes: (settings, { name }) => [\n classCounts.node({ dataset: dataSetNamed(datasets, settings.dataset, name).parameters, least: 1 }),"
  )
  project.edit(
    "pipeline/studies/first-look.ts",
    'import * as Schema from "effect/Schema"',
    'import * as Schema from "effect/Schema"\nimport { classCounts } from "../stages/class-counts.ts"'
  )
  await project.json(["run", ...run])
  const { stdout, stderr } = await project.run(["get", "class-counts/digits/least=1:counts", "--out", "-"])
  expect(stderr).toBe("")
  expect(Object.values(parse(stdout, named(number))).reduce((sum, count) => sum + count)).toBe(8000)
})

test("names that are taken or no names are refused, and nothing is written", async () => {
  const project = makeProject({ pipeline: "own" })
  const refused = async (words: ReadonlyArray<string>) => {
    const { code, stdout, stderr } = await project.run(["new", ...words])
    expect([code, stdout]).toEqual([2, ""])
    return stderr.trim()
  }
  expect(await refused(["stage", "train"])).toBe("pipeline: there is a stage 'train' already: choose another name")
  expect(await refused(["study", "digits"])).toContain("a data set 'digits' already")
  expect(await refused(["study", "../x"])).toContain("expected a name of lower-case letters")
  project.write("pipeline/studies/mine.ts", "mine")
  expect(await refused(["study", "mine"])).toBe(
    "pipeline: pipeline/studies/mine.ts is there already; nothing was written"
  )
  expect(project.read("pipeline/studies/mine.ts")).toBe("mine")
  project.edit("pipeline/pipeline.ts", "  stages: [", "  stages: Array.of(")
  project.edit("pipeline/pipeline.ts", "\n  ],\n  studies:", "\n  ),\n  studies:")
  expect(await refused(["stage", "own"])).toContain("add it by hand: import { own }")
})
