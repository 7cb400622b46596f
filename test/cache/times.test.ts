/** What counts of a file is its content; times, size and inode only decide whether to look. */
import { statSync, utimesSync, writeFileSync } from "node:fs"
import { expect, test } from "vitest"
import { executed, makeProject, type Project } from "../support/project.ts"

const FOX = "texts/fox.txt"
const run = async (project: Project, ...args: ReadonlyArray<string>) =>
  [...executed(await project.json(["run", ...args]))].sort()

test.for([
  { where: "an hour back", seconds: -3600 },
  { where: "years back", seconds: -1e9 },
  { where: "in the future", seconds: 1e8 }
])("files whose times are set $where and whose content is the same rerun nothing", async ({ seconds }) => {
  const project = makeProject()
  await run(project)
  const time = Date.now() / 1000 + seconds
  for (const file of [FOX, "texts/sea.txt", "pipeline/compute/count.ts", "pipeline/compute/words.ts"])
    utimesSync(project.path(file), time, time)
  expect(await run(project)).toEqual([])
})

test("a clock that was set back hides no change: content written with an older time is found, and the way back too", async () => {
  const project = makeProject()
  const before = project.read(FOX)
  const future = Date.now() / 1000 + 1e6
  utimesSync(project.path(FOX), future, future)
  await run(project)
  project.write(FOX, "another fox")
  utimesSync(project.path(FOX), 1000, 1000)
  expect(await run(project)).toEqual(["count/fox", "read/fox", "table/all"])
  project.write(FOX, before)
  utimesSync(project.path(FOX), 999, 999)
  expect(await run(project)).toEqual([])
  expect(await run(project, "--rehash")).toEqual([])
})

test.for([[], ["--rehash"]])(
  "other content of the same size with the same modification time is found %j",
  async (args) => {
    const project = makeProject()
    const time = 1_600_000_000
    const write = (file: string, text: string) => {
      writeFileSync(project.path(file), text)
      utimesSync(project.path(file), time, time)
    }
    const text = project.read(FOX)
    const code = project.read("pipeline/compute/words.ts")
    write(FOX, text)
    write("pipeline/compute/words.ts", code)
    await run(project)

    const { size, mtimeMs, ino } = statSync(project.path(FOX))
    write(FOX, text.replace("quick", "quiet"))
    expect(statSync(project.path(FOX))).toMatchObject({ size, mtimeMs, ino })
    expect(await run(project, ...args)).toEqual(["count/fox", "read/fox", "table/all"])

    write("pipeline/compute/words.ts", code.replace("[a-z]+", "[b-z]+"))
    expect(await run(project, ...args)).toEqual(["count/fox", "count/sea", "table/all"])
  }
)

test("a file that is edited while its stage runs does not pass for the one that was planned", async () => {
  const project = makeProject()
  project.edit(
    "pipeline/compute/read.ts",
    "const file =",
    `if (process.env.EDIT !== undefined) appendFileSync(process.env.EDIT, " and more foxes")\n  const file =`
  )
  project.edit("pipeline/compute/read.ts", "import type", `import { appendFileSync } from "node:fs"\nimport type`)
  const { code, stdout } = await project.run(["run", "read/fox", "--json"], { EDIT: project.path(FOX) })
  expect(code).toBe(1)
  expect(stdout).toContain("the file texts/fox.txt was edited while it ran; run again")
  expect(await run(project, "read/fox")).toEqual(["read/fox"])
})

test("a forced check sees what no time tells, and remembers it", async () => {
  const project = makeProject()
  await run(project)
  // As after a disk was copied with its times, or a bit has flipped in place: the index believes the file unchanged.
  const { openDatabases } = await import("../../src/cache/index-store.ts")
  const store = openDatabases(project.path("cache"), false)
  const { projectId } = await import("../../src/cache/project.ts")
  const file = `f ${projectId(project.path("."))} ${FOX}`
  const entry = store.stats.get(file) as { readonly stat: unknown }
  await store.stats.put(file, { ...entry, digest: "0".repeat(64) })
  await store.root.close()
  const { code, stdout } = await project.run(["run", "--json"])
  expect(code).toBe(1)
  expect(stdout).toContain("the file texts/fox.txt was edited while it ran; run again (with --rehash if it was not)")
  expect(await run(project, "--rehash")).toEqual([])
  expect(await run(project)).toEqual([])
})
