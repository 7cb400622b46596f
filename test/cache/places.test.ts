/** Caches in odd places: read-only ones, other file systems, odd names, very many traces. */
import { execFileSync } from "node:child_process"
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { describe, expect, test } from "vitest"
import { sealed } from "../../src/cache/line.ts"
import { readRecord } from "../../src/cache/record.ts"
import { keyOf, sha256 } from "../../src/graph/key.ts"
import { canMount, mountDisk } from "../support/disk.ts"
import { ALONE, end, makeProject, type Project } from "../support/project.ts"

test("paths with blanks, quotes and letters of other scripts", async () => {
  const project = makeProject({ folder: "Ein Ordner – 実験 'ø' \"x\" $HOME %20 #1" })
  const cache = project.path("mein cache ü?.d")
  const args = ["--cache", cache]
  expect(end(await project.json(["run", ...args]))).toMatchObject({ executed: 5, failed: 0 })
  expect(end(await project.json(["run", ...args]))).toMatchObject({ executed: 0, reused: 5 })
  expect(end(await project.json(["run", "--force", ...args]))).toMatchObject({ executed: 5, failed: 0 })
  expect(existsSync(`${cache}/journal`)).toBe(true)
})

describe.skipIf(!canMount)("on another file system (to mount one takes root: skipped for others)", () => {
  test("a cache works as beside the project", async () => {
    const project = makeProject({ ...ALONE, pipeline: "loads" })
    const disk = mountDisk(64 << 20)
    expect(end(await project.json(["run", "--cache", disk.path]))).toMatchObject({ executed: 10, failed: 0 })
    expect(end(await project.json(["run", "--cache", disk.path]))).toMatchObject({ executed: 0, reused: 10 })
  })

  test("one that is mounted read-only still serves", async () => {
    const project = makeProject({ ...ALONE, pipeline: "loads" })
    const disk = mountDisk(64 << 20)
    await project.json(["run", "--cache", disk.path])
    disk.makeReadOnly()
    await expectReadOnly(project, disk.path)
  })
})

test.skipIf(process.getuid?.() !== 0)(
  "a cache without permission to write still serves (as another user)",
  async () => {
    const project = makeProject({ ...ALONE, pipeline: "loads" })
    await project.json(["run"])
    for (const path of [project.root, dirname(project.root)]) chmodSync(path, 0o755)
    execFileSync("chmod", ["-R", "a+rX,go-w", project.root])
    await expectReadOnly(project, project.path("cache"), 65534)
  }
)

test.skipIf(process.getuid?.() !== 0)(
  "a pipe in one that can only be read is told of, and not waited for (as another user)",
  async () => {
    const project = makeProject(ALONE)
    await project.json(["run"])
    for (const path of [project.root, dirname(project.root)]) chmodSync(path, 0o755)
    for (const place of ["journal", "index/data.mdb"]) {
      project.remove(`cache/${place}`)
      execFileSync("mkfifo", [project.path("cache", place)])
      execFileSync("chmod", ["-R", "a+rX,go-w", project.root])
      const { code, stderr } = await project.run(["status"], {}, 65534)
      expect({ code, stderr }).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`in it ${place} is a pipe (FIFO) where a file belongs`)
      })
      rmSync(project.path("cache", place))
      await project.json(["status"])
    }
  }
)

/** Reads are served; what would have to be written is refused. */
async function expectReadOnly(project: Project, cache: string, uid?: number) {
  const before = readFileSync(`${cache}/journal`)
  const args = ["--cache", cache]
  const ask = async (...command: ReadonlyArray<string>) => {
    const { code, stdout, stderr } = await project.run([...command, ...args], {}, uid)
    expect({ code, stderr }).toMatchObject({ code: 0 })
    return stdout
  }
  expect(await ask("run", "--json")).toContain(`"executed":0,"reused":10`)
  expect(await ask("status")).toContain("all 10 nodes are there")
  expect(await ask("plan", "--set", "nodes=5")).toContain("3 nodes to run")
  expect((await ask("get", "mix/0/1", "--out", "-")).length).toBeGreaterThan(1000)
  const refused = await project.run(["run", "--set", "nodes=5", ...args], {}, uid)
  expect(refused).toMatchObject({ code: 1, stdout: "" })
  expect(refused.stderr).toContain(
    `the cache folder ${cache} cannot be used: it is read-only, and 3 nodes would have to run`
  )
  expect(readFileSync(`${cache}/journal`)).toEqual(before)
}

test("with 100,000 traces of other nodes a run with nothing to do is as quick as without them", async () => {
  const project = makeProject(ALONE)
  await project.json(["run"])
  const few = project.path("few")
  execFileSync("cp", ["-r", project.path("cache"), few])
  const [line] = project.read("cache/journal").split("\n")
  const record = readRecord(line)
  if (typeof record === "string") throw new Error(record)
  let lines = ""
  for (let i = 0; i < 100_000; i++) {
    const made = { ...record.trace, name: `other/${i}`, stage: "other", code: sha256(String(i)) }
    const key = keyOf({ stage: { name: "other" }, encoded: made.parameters, numericClass: undefined }, made)
    const trace = { ...made, key }
    const json = JSON.stringify({ ...record, trace })
    lines += `${sealed(json)}\n`
  }
  writeFileSync(project.path("cache/journal"), lines, { flag: "a" })
  expect(end(await project.json(["run"]))).toMatchObject({ executed: 0, reused: 5 })

  const seconds = { cache: Number.POSITIVE_INFINITY, few: Number.POSITIVE_INFINITY }
  for (let i = 0; i < 3; i++) {
    for (const cache of ["cache", "few"] as const) {
      const begin = performance.now()
      expect(end(await project.json(["run", "--cache", project.path(cache)]))).toMatchObject({ executed: 0, reused: 5 })
      seconds[cache] = Math.min(seconds[cache], (performance.now() - begin) / 1000)
    }
  }
  console.log(`with 100,005 traces ${seconds.cache.toFixed(2)} s, with 5 traces ${seconds.few.toFixed(2)} s`)
  expect(seconds.cache).toBeLessThan(3 * seconds.few + 0.5) // reading them all would take seconds
})
