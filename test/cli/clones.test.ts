/** Two clones of a project, one with other code, on one cache: neither sees, nor takes, what is the other's own. */
import { existsSync } from "node:fs"
import { expect, test } from "vitest"
import { end, executed, makeProject } from "../support/project.ts"

test("results go by code, failures, logs and reports by project", async () => {
  const one = makeProject()
  const other = makeProject()
  const cache = ["--cache", one.path("shared")]
  other.edit("pipeline/compute/count.ts", "const counts:", 'console.log("other code")\n  const counts:')
  other.edit("pipeline/compute/table.ts", "const compute", "/* a comment */ const compute")
  await one.json(["run", ...cache])
  const digests = await one.digests(cache)
  const page = one.read("reports/words/table.csv")

  // What has the same code is taken; what has other code is made, under keys of its own.
  expect(executed(await other.json(["run", ...cache])).sort()).toEqual(["count/fox", "count/sea"])
  expect(end(await one.json(["run", ...cache]))).toMatchObject({ executed: 0, reused: 5 })
  expect(await one.digests(cache)).toEqual(digests)
  expect((await other.run(["logs", "count/fox", ...cache])).stdout).toBe("other code\n")
  expect((await one.run(["logs", "count/fox", ...cache])).stdout).toBe("")

  // Of the same report one publishes less, which takes nothing from the other.
  await other.json(["run", "--set", "texts=fox", ...cache])
  expect(one.read("reports/words/table.csv")).toBe(page)
  expect(end(await one.json(["run", ...cache]))).toMatchObject({ executed: 0, reused: 5 })

  other.edit("pipeline/compute/count.ts", 'console.log("other code")', 'throw new Error("no such luck")')
  const longer = ["--set", "letters=5", ...cache]
  expect((await other.run(["run", ...longer])).code).toBe(1)
  expect((await other.run(["status", ...longer])).stdout).toContain("no such luck")
  expect((await one.run(["status", ...longer])).stdout).not.toMatch(/luck|failed/)
  expect(end(await one.json(["run", "--force", ...cache]))).toMatchObject({ executed: 5, failed: 0 })
  expect(existsSync(one.path("cache"))).toBe(false)
})

test("both at once share what is the same, and wait for nobody for ever", async () => {
  const one = makeProject({ pipeline: "loads" })
  const other = makeProject({ pipeline: "loads" })
  other.edit("pipeline/compute/mix.ts", "export default", "function unreached() {}\nexport default")
  other.edit("pipeline/compute/sum.ts", "import", "/* another clone */ import")
  const args = ["--cache", one.path("shared"), "--set", "milliseconds=50", "--json"]
  const [first, second] = await Promise.all([one, other].map((project) => project.run(["run", ...args])))
  expect([first.code, second.code]).toEqual([0, 0])
  const made = [first, second].flatMap(({ stdout }) =>
    executed(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
    )
  )
  // Code that is not reached, and comments, are the same code.
  expect(made.sort()).toEqual([...new Set(made)].sort())
})
