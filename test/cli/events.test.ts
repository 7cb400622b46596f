/** What scripts read: the events of a run as JSON Lines, in the form that src/run/events.ts documents. */
import { expect, test } from "vitest"
import { linesOf, makeProject } from "../support/project.ts"

const MEMBERS: Readonly<Record<string, ReadonlyArray<string>>> = {
  plan: ["run", "reused"], // and seconds, where they can be predicted
  start: ["name", "stage", "key", "cause", "reason"],
  done: ["name", "stage", "key", "seconds", "outputs"],
  reused: ["name", "stage", "key"],
  failed: ["name", "stage", "message", "log"],
  skipped: ["name", "stage", "because"],
  published: ["name", "folder", "written"],
  end: ["executed", "reused", "failed", "skipped", "left", "seconds"]
}

test("a run tells of every node once, from plan to end, with the documented members and nothing else on stdout", async () => {
  const project = makeProject()
  project.write("texts/tree.txt", "slow to grow")
  project.edit("pipeline/pipeline.ts", 'texts: ["fox", "sea"]', 'texts: ["fox", "sea", "tree", "none"]')
  project.edit(
    "pipeline/compute/count.ts",
    "const counts:",
    `if (inputs.text.bytes().length === 12) throw new Error("too short")\n  const counts:`
  )
  const { code, stdout } = await project.run(["run", "--json"])
  expect(code).toBe(1)
  const lines = linesOf(stdout)
  expect(lines[0]).toEqual({ type: "plan", run: 9, reused: 0 })
  expect(lines[lines.length - 1]).toMatchObject({ type: "end", executed: 6, reused: 0, failed: 2, skipped: 1 })
  for (const { type, ...members } of lines) expect([type, Object.keys(members)]).toEqual([type, MEMBERS[String(type)]])

  const ends = lines.filter(({ type }) => ["done", "reused", "failed", "skipped"].includes(String(type)))
  expect(new Set(ends.map(({ name }) => name)).size).toBe(9)
  expect(ends).toHaveLength(9)
  for (const end of ends.filter(({ type }) => type === "done" || type === "failed")) {
    const start = lines.findIndex(({ type, name }) => type === "start" && name === end.name)
    expect(start).toBeGreaterThan(0)
    expect(start).toBeLessThan(lines.indexOf(end))
  }
  expect(lines.filter(({ type }) => type === "published")).toEqual([
    { type: "published", name: "table/all", folder: "reports/words", written: 2 }
  ])
})
