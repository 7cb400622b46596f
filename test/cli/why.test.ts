/** Why a node would run: down to the parameter, the file and the function in it, or the input. */
import { expect, test } from "vitest"
import { makeProject } from "../support/project.ts"

const why = async (project: ReturnType<typeof makeProject>, node: string, ...flags: ReadonlyArray<string>) => {
  const [line] = await project.json(["why", node, ...flags])
  return line as unknown as { cause: string; reason: string; differences: ReadonlyArray<string> }
}

test("an edit is named by file and function; several by each of them", async () => {
  const project = makeProject()
  await project.json(["run"])
  project.edit("pipeline/compute/words.ts", "[a-z]+", "[a-m]+")
  expect(await why(project, "count/fox")).toMatchObject({
    cause: "code",
    reason: "pipeline/compute/words.ts changed: wordsOf"
  })
  project.edit("pipeline/compute/words.ts", "text.match", "plain(text).match")
  project.edit(
    "pipeline/compute/words.ts",
    "/** Nothing",
    "function plain(text: string) {\n  return text.trim()\n}\n/** Nothing"
  )
  project.edit("pipeline/compute/count.ts", "word.length >=", "1 + word.length >")
  expect((await why(project, "count/fox")).differences).toEqual([
    "pipeline/compute/count.ts changed: compute",
    "pipeline/compute/words.ts changed: plain is new, wordsOf"
  ])
})

test("a nested parameter is named by its path, with the value before and now", async () => {
  const project = makeProject()
  project.edit(
    "pipeline/pipeline.ts",
    "parameters: Schema.Struct({ text: Schema.String, letters:",
    "parameters: Schema.Struct({ how: Schema.Struct({ order: Schema.Struct({ rate: Schema.Finite, by: Schema.String }) }), text: Schema.String, letters:"
  )
  project.edit(
    "pipeline/pipeline.ts",
    "count.node({ text, letters",
    'count.node({ how: { order: { rate: 0.001, by: "word" } }, text, letters'
  )
  await project.json(["run"])
  project.edit("pipeline/pipeline.ts", "rate: 0.001", "rate: 0.01")
  expect(await why(project, "count/fox")).toMatchObject({
    cause: "parameter",
    reason: "how.order.rate 0.001 → 0.01",
    differences: ["how.order.rate 0.001 → 0.01"]
  })
  expect((await why(project, "count/fox", "--set", "letters=5")).differences).toEqual([
    "how.order.rate 0.001 → 0.01",
    "letters 3 → 5"
  ])
})

test("an input with other content is named with the node that it comes from", async () => {
  const project = makeProject()
  await project.json(["run"])
  project.write("texts/fox.txt", "A cat.")
  expect((await why(project, "count/fox")).reason).toBe("its input read/fox runs first")
  await project.json(["run", "read"])
  expect(await why(project, "count/fox")).toMatchObject({
    cause: "input",
    reason: "the input 'text' (read/fox:text) has other content"
  })
})
