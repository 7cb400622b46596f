/** What reruns after which change, on the tiny pipeline of words, with the real command. */

import { cpSync } from "node:fs"
import { expect, test } from "vitest"
import { end, executed, makeProject, openProject } from "../support/project.ts"

test("a second run executes nothing", async () => {
  const project = makeProject()
  expect(executed(await project.json(["run"])).sort()).toEqual([
    "count/fox",
    "count/sea",
    "read/fox",
    "read/sea",
    "table/all"
  ])
  const again = await project.json(["run"])
  expect(end(again)).toMatchObject({ type: "end", executed: 0, reused: 5, failed: 0, skipped: 0 })
})

test("a changed parameter reruns what has it and what comes after; changing it back runs nothing", async () => {
  const project = makeProject()
  await project.json(["run"])
  expect(executed(await project.json(["run", "--set", "letters=5"])).sort()).toEqual([
    "count/fox",
    "count/sea",
    "table/all"
  ])
  expect(executed(await project.json(["run"]))).toEqual([])
  expect(executed(await project.json(["run", "--set", "letters=5"]))).toEqual([])
})

test("a comment, a type and a function that is not reached change nothing; a helper's line reruns its stage and names the file", async () => {
  const project = makeProject()
  await project.json(["run"])
  project.edit(
    "pipeline/compute/words.ts",
    "/** The words of a text. */",
    "// Another comment.\ntype Words = ReadonlyArray<string>\n"
  )
  project.edit("pipeline/compute/words.ts", "text.length", "text.length + 1")
  project.edit("pipeline/compute/words.ts", "ReadonlyArray<string> =>", "Words =>")
  expect(executed(await project.json(["run"]))).toEqual([])

  project.edit("pipeline/compute/words.ts", "/[a-z]+/g", "/[a-z']+/g")
  const why = await project.run(["why", "count/fox"])
  expect(why.stdout).toContain("pipeline/compute/words.ts changed")
  // The counts come out as before, so the table, which is made of them, does not run: early cutoff.
  const lines = await project.json(["run"])
  expect(executed(lines).sort()).toEqual(["count/fox", "count/sea"])
  expect(lines.filter((line) => line.type === "reused").map((line) => line.name)).toEqual(["table/all"])
})

test("a changed file reruns what reads it; touching it does not", async () => {
  const project = makeProject()
  await project.json(["run"])
  project.write("texts/fox.txt", project.read("texts/fox.txt"))
  expect(executed(await project.json(["run"]))).toEqual([])
  project.write("texts/fox.txt", "A cat.")
  const plan = await project.json(["plan"])
  expect(plan.find((line) => line.name === "read/fox")).toMatchObject({
    cause: "input",
    reason: "the file texts/fox.txt changed"
  })
  expect(executed(await project.json(["run"])).sort()).toEqual(["count/fox", "read/fox", "table/all"])
})

test("one more member of the grid runs itself and what collects", async () => {
  const project = makeProject()
  await project.json(["run"])
  project.write("texts/tree.txt", "Trees that are slow to grow bear the best fruit.")
  const lines = await project.json(["run", "--set", "texts=fox,sea,tree"])
  expect(executed(lines).sort()).toEqual(["count/tree", "read/tree", "table/all"])
})

test("a published report that was deleted or changed is written again without running anything", async () => {
  const project = makeProject()
  await project.json(["run"])
  const table = project.read("reports/words/table.csv")
  project.remove("reports")
  expect(executed(await project.json(["run"]))).toEqual([])
  expect(project.read("reports/words/table.csv")).toBe(table)
  project.write("reports/words/table.csv", "spoilt")
  expect(executed(await project.json(["run"]))).toEqual([])
  expect(project.read("reports/words/table.csv")).toBe(table)
})

test("a copy of the project in another folder reuses everything from the same cache; so does a renamed study", async () => {
  const project = makeProject()
  await project.json(["run"])
  const before = await project.digests()
  cpSync(project.root, `${project.root} – copié`, {
    recursive: true,
    filter: (path) => !path.startsWith(project.path("cache"))
  })
  const copy = openProject(`${project.root} – copié`)
  const env = { PIPELINE_CACHE: project.path("cache") }
  expect(end(await copy.json(["run"], env))).toMatchObject({ executed: 0, reused: 5 })
  expect(copy.read("reports/words/table.csv")).toBe(project.read("reports/words/table.csv"))
  copy.edit("pipeline/pipeline.ts", 'name: "words"', 'name: "vocabulary"')
  copy.edit("pipeline/pipeline.ts", 'default: ["words"]', 'default: ["vocabulary"]')
  expect(end(await copy.json(["run"], env))).toMatchObject({ executed: 0, reused: 5 })
  expect(copy.read("reports/vocabulary/table.csv")).toBe(project.read("reports/words/table.csv"))
  expect(await project.digests()).toEqual(before)
})

test("one job and two give the same digests; forcing keeps them", async () => {
  const one = makeProject()
  const two = makeProject()
  await one.json(["run", "--jobs", "1"])
  await two.json(["run", "--jobs", "2"])
  const digests = await one.digests()
  expect(Object.keys(digests)).toHaveLength(6)
  expect(await two.digests()).toEqual(digests)
  expect(executed(await two.json(["run", "--force"]))).toHaveLength(5)
  expect(await two.digests()).toEqual(digests)
  expect(executed(await two.json(["run", "count", "--force"])).sort()).toEqual(["count/fox", "count/sea"])
})

test("plan, run --dry-run and status agree and run nothing", async () => {
  const project = makeProject()
  const plan = await project.json(["plan"])
  expect(end(plan)).toEqual({ type: "end", run: 5, reused: 0, absent: 0 })
  expect(plan.slice(0, -1).map(({ name, cause }) => [name, cause])).toEqual([
    ["read/fox", "new"],
    ["count/fox", "new"],
    ["read/sea", "new"],
    ["count/sea", "new"],
    ["table/all", "new"]
  ])
  expect(await project.json(["run", "--dry-run"])).toEqual(plan)
  expect((await project.json(["status"])).every((line) => line.state === "missing" && line.type === "node")).toBe(true)
  await project.json(["run"])
  expect(await project.json(["plan"])).toEqual([{ type: "end", run: 0, reused: 5, absent: 0 }])
  const plans = await project.json(["plan", "--set", "letters=4"])
  expect(plans.map(({ name, cause, reason }) => [name, cause, reason])).toEqual([
    ["count/fox", "parameter", "letters 3 → 4"],
    ["count/sea", "parameter", "letters 3 → 4"],
    ["table/all", "parameter", "letters 3 → 4"],
    [undefined, undefined, undefined]
  ])
  for (const { state, key } of await project.json(["status"])) {
    expect(state).toBe("done")
    expect(key).toMatch(/^[0-9a-f]{64}$/)
  }
})
