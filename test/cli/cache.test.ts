/** Upkeep of the cache with the real command: statistics, verification, garbage collection, backup. */
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { expect, test } from "vitest"
import { end, executed, filesIn, makeProject, type Project, until } from "../support/project.ts"

/** A text that is large enough for a blob of its own, as it is when read. */
const LARGE = "the quick brown fox ".repeat(1000)

function makeLarge(): Project {
  const project = makeProject()
  project.write("texts/fox.txt", LARGE)
  return project
}

const blobsOf = (project: Project) => filesIn(project.path("cache/blobs"))

test("stats counts results by stage and bytes by kind", async () => {
  const project = makeLarge()
  await project.json(["run"])
  const lines = await project.json(["cache", "stats"])
  expect(Object.fromEntries(lines.slice(0, -1).map((line) => [line.stage, line.results]))).toEqual({
    read: 2,
    count: 2,
    table: 1
  })
  expect(end(lines)).toMatchObject({ type: "cache", blobs: 1, failures: 0 })
  expect((end(lines).bytes as Record<string, number>).blobs).toBe(LARGE.length)
  expect((await project.run(["cache", "stats"])).stdout).toMatch(/read +2 results, 20 kB/)
})

test("verify reads everything, moves a damaged blob aside, names its node, and the next run makes it again", async () => {
  const project = makeLarge()
  await project.json(["run"])
  const before = await project.digests()
  expect(await project.run(["cache", "verify"])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^read 1 blob \(20 kB\) and 5 traces\nall of it is as it should be\n$/)
  })
  const blob = project.path("cache/blobs", blobsOf(project)[0])
  const bytes = readFileSync(blob)
  bytes[100] ^= 1
  writeFileSync(blob, bytes)
  const found = await project.run(["cache", "verify"])
  expect(found.code).toBe(1)
  expect(found.stdout).toMatch(
    /is damaged .*; moved to damaged\/\n {2}read\/fox will run again when its bytes are needed\n/
  )
  expect(found.stderr).toContain("1 problem was found")
  expect(blobsOf(project)).toEqual([])
  // Its digest serves the table; whoever asks for the text itself has it made again.
  expect(executed(await project.json(["run"]))).toEqual([])
  expect(executed(await project.json(["run", "read/fox"]))).toEqual(["read/fox"])
  expect(await project.digests()).toEqual(before)
  expect((await project.run(["cache", "verify"])).code).toBe(0)
})

test("verify finds a missing blob, a damaged line of the journal and a damaged index, and mends what it can", async () => {
  const project = makeLarge()
  await project.json(["run"])
  const before = await project.digests()
  rmSync(project.path("cache/blobs", blobsOf(project)[0]))
  const missing = await project.run(["cache", "verify"])
  expect(missing.stdout).toMatch(/is not there\n {2}read\/fox will run again/)
  await project.json(["run", "read/fox"])

  const journal = project.read("cache/journal")
  project.write("cache/journal", journal.replace('"name":"count/sea"', '"name":"count/see"'))
  const line = await project.run(["cache", "verify"])
  expect(line.code).toBe(1)
  expect(line.stdout).toContain("1 damaged line in the journal; written again from the index")
  expect(project.read("cache/journal")).toContain('"name":"count/sea"')

  // A trace in the index is altered where no checksum of LMDB sees it.
  const index = readFileSync(project.path("cache/index/data.mdb"))
  for (let at = index.indexOf('"stage":"count"'); at >= 0; at = index.indexOf('"stage":"count"', at + 1))
    index[at + 9] = 67
  writeFileSync(project.path("cache/index/data.mdb"), index)
  const altered = await project.run(["cache", "verify"])
  expect(altered.code).toBe(1)
  expect(altered.stderr).toContain("the cache's index was damaged; it is made again from the journal")
  expect((await project.run(["cache", "verify"])).code).toBe(0)
  expect(end(await project.json(["run"]))).toMatchObject({ executed: 0 })
  expect(await project.digests()).toEqual(before)
})

test("gc shows what would go, removes it with --yes, and keeps what the pipeline reaches", async () => {
  const project = makeLarge()
  await project.json(["run"])
  const kept = await project.digests()
  expect((await project.run(["cache", "gc"])).stdout).toMatch(/^nothing to remove; the cache has /)
  project.write("texts/fox.txt", LARGE.toUpperCase() + "and more")
  await project.json(["run", "--set", "letters=4"])
  project.write("texts/fox.txt", LARGE)
  // What killed processes and nodes that are no more left behind.
  const litter = [`cache/blobs/00/${"0".repeat(62)}`, "cache/logs/nobody.log", `cache/checkpoints/${"0".repeat(64)}/7`]
  for (const path of litter) project.write(path, "litter")

  // A variant's results stay until it is dropped.
  const needed = await project.json(["cache", "gc"])
  expect(needed.filter((line) => line.type === "trace").map((line) => line.name)).not.toContain("count/sea")
  expect(await project.json(["drop", "words@letters=4"])).toEqual([
    { type: "dropped", name: "words@letters=4", folders: ["reports/words@letters=4"] }
  ])

  const dry = await project.json(["cache", "gc"])
  const gone = dry.filter((line) => line.type === "trace").map((line) => line.name)
  expect([...gone].sort()).toEqual(["count/fox", "count/sea", "read/fox", "table/all"])
  expect(end(dry)).toMatchObject({ removed: false, traces: 4 })
  expect(blobsOf(project)).toHaveLength(3)
  expect(litter.every((path) => existsSync(project.path(path)))).toBe(true)
  expect((await project.run(["cache", "gc"])).stdout).toContain("nothing was removed (--yes does it)")

  expect(end(await project.json(["cache", "gc", "--older-than", "1h"]))).toMatchObject({ traces: 0, bytes: 0 })
  expect(end(await project.json(["cache", "gc", "--keep-size", "1GB"]))).toMatchObject({ traces: 0 })
  expect(end(await project.json(["cache", "gc", "--yes"]))).toMatchObject({ removed: true, traces: 4 })
  expect(litter.some((path) => existsSync(project.path(path)))).toBe(false)
  expect((await project.run(["cache", "verify"])).code).toBe(0)
  expect(await project.digests()).toEqual(kept)
  expect(end(await project.json(["run"]))).toMatchObject({ executed: 0, reused: 5 })
  // The journal lost them too: an index made of it knows no more.
  rmSync(project.path("cache/index"), { recursive: true })
  expect(end(await project.json(["run"]))).toMatchObject({ executed: 0 })
  expect(executed(await project.json(["run", "--set", "letters=4"])).sort()).toEqual([
    "count/fox",
    "count/sea",
    "table/all"
  ])
})

test("gc keeps what any study needs, not the default ones alone", async () => {
  const project = makeProject({ pipeline: "loads" })
  await project.json(["run", "training"])
  expect(end(await project.json(["cache", "gc", "--yes"]))).toMatchObject({ traces: 0 })
  expect(end(await project.json(["run", "training"]))).toMatchObject({ executed: 0, reused: 1 })
})

test("gc by size removes the oldest first, and never what is needed", async () => {
  const project = makeProject()
  for (const letters of [1, 2, 3]) {
    project.write("texts/fox.txt", "the fox ".repeat(10_000 * letters))
    await project.json(["run", "--set", `letters=${letters}`])
  }
  expect(
    blobsOf(project)
      .map((path) => statSync(project.path("cache/blobs", path)).size)
      .sort()
  ).toEqual([160_000, 240_000, 80_000])
  const lines = await project.json(["cache", "gc", "--keep-size", "450kB", "--yes"])
  expect(end(lines).left).toBeLessThan(450_000)
  expect(
    blobsOf(project)
      .map((path) => statSync(project.path("cache/blobs", path)).size)
      .sort()
  ).toEqual([160_000, 240_000])
  const small = await project.run(["cache", "gc", "--keep-size", "1kB", "--yes"])
  expect(small.stderr).toContain("what the studies need, what was named and what is in use is never removed")
  expect(end(await project.json(["run"]))).toMatchObject({ executed: 0 })
  const { code, stderr } = await project.run(["cache", "gc", "--keep-size", "much"])
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: "pipeline: --keep-size much: expected a size, as in 200MB or 5GB\n"
  })
})

test("gc beside a run takes nothing that it needs, and what the run finishes then is in the new journal", async () => {
  const project = makeLarge()
  await project.json(["run", "read"])
  project.edit("pipeline/compute/count.ts", "import type", 'import { existsSync } from "node:fs"\nimport type')
  project.edit(
    "pipeline/compute/count.ts",
    "const counts:",
    `while (!existsSync(${JSON.stringify(project.path("gate"))})) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
  const counts:`
  )
  // The run needs read/fox, which the pipeline as collected (only the text 'sea') does not reach.
  const copy = project.read("pipeline/pipeline.ts")
  const child = project.start(["run", "--jobs", "1", "--json"])
  let stdout = ""
  child.stdout?.on("data", (chunk) => (stdout += chunk))
  const exit = new Promise((resolve) => child.on("exit", resolve))
  await until(() => stdout.includes('"start"'))
  project.edit("pipeline/pipeline.ts", 'texts: ["fox", "sea"]', 'texts: ["sea"]')
  utimesSync(project.path("cache/blobs", blobsOf(project)[0]), 1, 1)
  const gone = await project.json(["cache", "gc", "--yes"])
  expect(end(gone)).toMatchObject({ traces: 1 })
  expect(blobsOf(project)).toHaveLength(1)
  project.write("gate", "")
  expect(await exit).toBe(0)
  expect(stdout).not.toContain("is gone")
  project.write("pipeline/pipeline.ts", copy)
  expect(project.read("cache/journal")).toContain('"name":"table/all"')
  expect((await project.run(["cache", "verify"])).code).toBe(0)
  expect(executed(await project.json(["run"]))).toEqual(["read/fox"])
})

test("a backup is a cache itself, as it was", async () => {
  const project = makeLarge()
  await project.json(["run"])
  const before = await project.digests()
  const { code, stdout } = await project.run(["cache", "backup", "copy"])
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("copy: 1 blob, linked") })
  project.remove("cache")
  const env = { PIPELINE_CACHE: project.path("copy") }
  expect(end(await project.json(["run"], env))).toMatchObject({ executed: 0, reused: 5 })
  expect((await project.run(["cache", "verify"], env)).code).toBe(0)
  expect(readdirSync(project.path("copy"))).toContain("journal")
  expect((await project.run(["cache", "backup", "copy"])).stderr).toContain("copy: is there already; name a folder")
  expect(before).not.toEqual({})
})

test("an index that was in use when the machine stopped is made again from the journal", async () => {
  const project = makeProject()
  await project.json(["run"])
  expect(project.read("cache/index/boot")).toMatch(/^[0-9a-f-]{36}$/)
  project.write("cache/index/boot", "another boot")
  // Closed in order, and so written out: all is well.
  expect(await project.run(["run"])).toMatchObject({ code: 0, stderr: expect.stringMatching(/^words: 0 executed/) })
  project.write("cache/index/boot", "another boot")
  project.remove("cache/index/clean")
  const { stderr } = await project.run(["run"])
  expect(stderr).toContain("was in use when the machine stopped; it is made again from the journal")
  expect(stderr).toContain("words: 0 executed, 5 reused")
  expect((await project.run(["run"])).stderr).not.toContain("made again")
})
