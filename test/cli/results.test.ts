/** Results that outlast a machine: archives without what is quickly made again, carried over changes of code. */
import { existsSync, readFileSync, statSync } from "node:fs"
import { expect, test } from "vitest"
import { end, executed, filesIn, makeProject, type Project } from "../support/project.ts"

const LARGE = "the quick brown fox ".repeat(1000)
const ARCHIVE = "reports/words/results.tar.zst"

/** The pipeline of words, with texts that travel by digest alone, as data sets do. */
function makeWords(): Project {
  const project = makeProject()
  for (const text of ["fox", "sea"]) project.write(`texts/${text}.txt`, `${text} ${LARGE}`)
  project.edit("pipeline/pipeline.ts", 'extension: "txt",', 'extension: "txt", keep: "digest",')
  project.write(".gitignore", "/reports/*\n!/reports/words/\n")
  return project
}

async function exported() {
  const here = makeWords()
  await here.json(["run"])
  expect(end(await here.json(["cache", "export", ARCHIVE, "--results"]))).toMatchObject({ traces: 4, blobs: 0 })
  return here
}

/** A project elsewhere, with the archive and the report as they were committed. */
async function elsewhere(here: Project) {
  const there = makeWords()
  for (const file of filesIn(here.path("reports")))
    there.write(`reports/${file}`, readFileSync(here.path("reports", file)))
  expect(end(await there.json(["cache", "import", ARCHIVE]))).toMatchObject({ traces: 4, blobs: 0 })
  return there
}

const EDIT = ["text.match(/[a-z]+/g) ?? []", "[...text.matchAll(/[a-z]+/g)].map(([word]) => word)"] as const

test("after an import the report runs alone and gives the same bytes; digests serve until something reads", async () => {
  const here = await exported()
  const there = await elsewhere(here)
  const table = there.read("reports/words/table.csv")
  there.remove("reports/words/table.csv")
  expect(executed(await there.json(["run"]))).toEqual(["table/all"])
  expect(there.read("reports/words/table.csv")).toBe(table)
  expect(existsSync(there.path(ARCHIVE))).toBe(true) // what it does not know it does not remove
  expect(statSync(there.path(ARCHIVE)).size).toBeLessThan(4000)

  expect((await there.run(["status"])).stdout).toMatch(/read +2 done \(2 by digest alone\)/)
  expect((await there.run(["plan"])).stdout).toContain("all 5 nodes are there, 2 of them by digest alone")
  expect((await there.run(["show", "read/fox"])).stdout).toMatch(
    /text +[0-9a-f]{64} {2}20,004 bytes, here by digest alone/
  )
  expect((await there.run(["why", "read/fox"])).stdout).toMatch(
    /would run: lost\n.*here by digest alone, and it was asked for/
  )
  expect(await there.run(["get", "read/fox"])).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(
      /'text' is here by digest alone \([0-9a-f]{64}\); `pipeline run 'read\/fox'` makes its bytes/
    )
  })
  // Nobody misses what was left behind on purpose.
  expect((await there.run(["cache", "verify"])).code).toBe(0)
  // A node that must run has what it reads made again, and nothing else.
  there.edit("pipeline/compute/words.ts", "[a-z]+", "[a-y]+")
  expect([...executed(await there.json(["run", "count/fox"]))].sort()).toEqual(["count/fox", "read/fox"])
})

test("results are accepted over an edit, and under another name, where their inputs are here by digest alone", async () => {
  const there = await elsewhere(await exported())
  there.edit("pipeline/compute/words.ts", ...EDIT)
  there.edit(
    "pipeline/pipeline.ts",
    "label: ({ text }) => text,\n  inputs",
    "label: ({ text }) => `of-${text}`,\n  inputs"
  )
  expect((await there.run(["why", "count/of-sea"])).stdout).toContain("pipeline/compute/words.ts changed: words")
  const lines = await there.json(["accept", "count", "--sample", "1"])
  const { sample, adopted } = end(lines) as unknown as { sample: Array<string>; adopted: Array<string> }
  expect([...sample, ...adopted].sort()).toEqual(["count/of-fox", "count/of-sea"])
  expect([...executed(lines)].sort()).toEqual([...sample, sample[0].replace("count/of-", "read/")].sort())
  expect(executed(await there.json(["run"]))).toEqual(["table/all"])
})

test("archives are checked against the reports beside them, and carried over a change of code by one command", async () => {
  const there = await elsewhere(await exported())
  const report = there.read("reports/words/table.csv")
  const check = () => there.run(["archives", "--check"])
  expect(await check()).toMatchObject({ code: 0, stdout: "1 archive of 1 committed report checked\n" })

  there.edit("pipeline/compute/words.ts", ...EDIT)
  const outdated = await check()
  expect(outdated.code).toBe(1)
  expect(outdated.stderr).toMatch(
    /results\.tar\.zst: 2 nodes of the stage 'count' would run, where only reports may: count\/fox: .*words\.ts changed.*\n.*npm run archives/
  )
  // A file that an earlier report had, as it would be in a clone.
  there.write("reports/words/old.csv", "old\n")
  const carried = await there.run(["archives"])
  expect(carried.stderr).toMatch(/running 2 of 2 nodes again: count\/fox, count\/sea/)
  expect(carried).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("1 archive of 1 committed report up to date")
  })
  expect(there.read("reports/words/table.csv")).toBe(report)
  expect((await check()).code).toBe(0)

  there.write("reports/words/table.csv", `${report}more\n`)
  expect((await check()).stderr).toContain("the committed report is not what it gives: table.csv differs")
  there.write("reports/words/table.csv", report)
  there.edit("pipeline/compute/count.ts", "JSON.stringify(sorted)", "JSON.stringify(sorted, null, 1)")
  const changed = await there.run(["archives"])
  expect(changed.code).toBe(1)
  expect(changed.stderr).toContain("the results of 'count' are not the same under the new code")
  there.remove(ARCHIVE)
  expect(await check()).toMatchObject({
    code: 0,
    stdout: "0 archives of 1 committed report checked\n",
    stderr: expect.stringContaining(`${ARCHIVE} is not there yet: \`pipeline cache export ${ARCHIVE} --results words\``)
  })
})
