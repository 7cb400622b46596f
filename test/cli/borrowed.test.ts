/** A study that borrows: it takes another study's nodes as far as they are there, and runs none of them. */
import { expect, test } from "vitest"
import { executed, makeProject } from "../support/project.ts"

/** A study of the words of at least four letters, in texts that only the study `words` reads. */
function projectThatBorrows() {
  const project = makeProject({ pipeline: "words" })
  project.edit(
    "pipeline/pipeline.ts",
    "export default",
    `const texts = ["fox", "sea"]
const long = texts.map((text) => ({ text, letters: 4 }))
const borrowing = defineStudy({
  name: "borrowing",
  title: "The long words of what words has read",
  settings: Schema.Struct({}),
  values: {},
  nodes: () => [table.node({ texts, letters: 4 }, { name: "long", publish: "reports/long" })],
  borrows: () => texts.map((text) => read.node({ text })),
  portions: () => long.map((one) => [count.node(one)])
})

export default`
  )
  project.edit("pipeline/pipeline.ts", "studies: [words]", "studies: [words, borrowing]")
  return project
}

test("what is not there is not made, nor what only it would serve", async () => {
  const project = projectThatBorrows()
  expect(executed(await project.json(["run", "borrowing"]))).toEqual(["table/long"])

  await project.json(["run", "read/fox"])
  const { stdout } = await project.run(["plan", "borrowing"])
  expect(stdout).toContain("2 nodes to run, 1 reused, 2 nodes left out since they need what another study has not made")
  expect(executed(await project.json(["run", "borrowing"]))).toEqual(["count/fox", "table/long"])
  expect(executed(await project.json(["run", "borrowing"]))).toEqual([])
})

test("beside the study that makes it, or named, it is run", async () => {
  const project = projectThatBorrows()
  expect(executed(await project.json(["run", "borrowing", "read/sea"])).sort()).toEqual([
    "count/sea",
    "read/sea",
    "table/long"
  ])
  expect(executed(await project.json(["run", "words", "borrowing"]))).toEqual(
    expect.arrayContaining(["read/fox", "table/all", "table/long"])
  )
})

test("--force runs its own nodes again, not what it borrows", async () => {
  const project = projectThatBorrows()
  await project.json(["run", "words", "borrowing"])
  expect(executed(await project.json(["run", "borrowing", "--force"])).sort()).toEqual([
    "count/fox,letters=4",
    "count/sea,letters=4",
    "table/long"
  ])
})
