/** A refactoring that changes no result costs a sample, not everything; one that does is found out. */
import { expect, test } from "vitest"
import { end, executed, makeProject } from "../support/project.ts"

/** Ten texts, counted. */
async function counted() {
  const project = makeProject()
  const texts = Array.from({ length: 10 }, (_, i) => `t${i}`)
  for (const text of texts) project.write(`texts/${text}.txt`, `the ${"word ".repeat(9)}of ${text}\n`)
  project.edit("pipeline/pipeline.ts", 'texts: ["fox", "sea"]', `texts: ${JSON.stringify(texts)}`)
  await project.json(["run"])
  return project
}

test("equal bytes of a sample carry all results over to the new code, recorded as such", async () => {
  const project = await counted()
  const before = await project.digests()
  project.edit(
    "pipeline/compute/words.ts",
    "text.match(/[a-z]+/g) ?? []",
    "[...text.matchAll(/[a-z]+/g)].map(([word]) => word)"
  )
  const accepted = await project.json(["accept", "count"])
  expect(executed(accepted)).toHaveLength(3)
  expect(end(accepted)).toMatchObject({ type: "accepted", stage: "count" })
  const { sample, adopted } = end(accepted) as unknown as { sample: Array<string>; adopted: Array<string> }
  expect([sample.length, adopted.length]).toEqual([3, 7])
  expect(executed(accepted).sort()).toEqual([...sample].sort())
  expect(end(await project.json(["run"]))).toMatchObject({ executed: 0, reused: 21 })
  expect(await project.digests()).toEqual(before)

  const shown = (await project.run(["show", adopted[0]])).stdout
  expect(shown).toMatch(
    /adopted\n +when .*\n +from +[0-9a-f]{64}, made by the code [0-9a-f]{64}\n +because +the same bytes came again of count\/t\d, /
  )
  expect((await project.run(["show", sample[0]])).stdout).not.toContain("adopted")
  expect((await project.run(["cache", "verify"])).code).toBe(0)
  expect((await project.run(["accept", "count"])).stderr).toContain(
    "no result of 'count' differs in nothing but its code"
  )
})

test("a result that differs is named with the place, and nothing is adopted", async () => {
  const project = await counted()
  project.edit("pipeline/compute/count.ts", "JSON.stringify(sorted)", "JSON.stringify(sorted, null, 1)")
  const { code, stdout, stderr } = await project.run(["accept", "count", "--sample", "2"])
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
  expect(stderr).toMatch(
    /the results of 'count' are not the same under the new code, so none was adopted\. count\/t\d: the output 'counts' differs in line 1 \(\d+ bytes before, \d+ now\):\n {2}before: \{"the":1,"word":9\}\n {2}now: +\{\n$/
  )
  expect(executed(await project.json(["run"])).filter((name) => name.startsWith("count/"))).toHaveLength(8)
})

test("results that differ in more than code are no candidates; neither are stages that do not exist", async () => {
  const project = await counted()
  project.edit("pipeline/compute/words.ts", "text.match(/[a-z]+/g)", "text.match(/[a-z][a-z]*/g)")
  const other = await project.run(["accept", "count", "--set", "letters=4"])
  expect(other.code).toBe(2)
  expect(other.stderr).toContain("no result of 'count' differs in nothing but its code")
  expect((await project.run(["accept", "coutn"])).stderr).toContain("Did you mean 'count'?")
  expect((await project.run(["accept", "count", "--sample", "0"])).stderr).toContain("expected a number of at least 1")
})

test("new code that fails is not accepted", async () => {
  const project = await counted()
  project.edit(
    "pipeline/compute/count.ts",
    "const counts:",
    `if (parameters.letters === 3) throw new Error("broken")\n  const counts:`
  )
  const { code, stderr } = await project.run(["accept", "count"])
  expect(code).toBe(1)
  expect(stderr).toMatch(/so none was adopted\. count\/t\d fails: broken/)
})
