/** Several runs at once on one cache share the work. */
import { execFileSync, spawn } from "node:child_process"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { expect, test } from "vitest"
import { end, executed, type Line, linesOf, makeProject, type Project, until } from "../support/project.ts"

const settings = ["--set", "nodes=5", "--set", "milliseconds=60"]
const NODES = 12

/** How often each node was computed, by what the compute modules themselves wrote down. */
const computed = (project: Project, what = "begin") => {
  const counts: Record<string, number> = {}
  if (!existsSync(project.path("log"))) return counts
  for (const line of readFileSync(project.path("log"), "utf8").trim().split("\n")) {
    const [, , moment, name] = line.split(" ")
    if (moment === what) counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}

async function undisturbed(): Promise<Readonly<Record<string, string>>> {
  const project = makeProject({ pipeline: "loads" })
  await project.json(["run", ...settings])
  return project.digests(settings)
}

test.for([2, 3])("%i runs at once compute no node twice and end with the same digests", async (count) => {
  const project = makeProject({ pipeline: "loads" })
  const env = { TEST_LOG: project.path("log") }
  const runs = await Promise.all(
    Array.from({ length: count }, () => project.json(["run", "--jobs", "1", ...settings], env))
  )
  expect(Object.values(computed(project))).toEqual(Array(NODES - 1).fill(1))
  // Every node was announced by one of them, and is there for all.
  expect(runs.flatMap(executed).sort()).toEqual([...new Set(runs.flatMap(executed))].sort())
  expect(runs.flatMap(executed)).toHaveLength(NODES)
  for (const lines of runs) {
    const { executed, reused } = end(lines) as Line & { executed: number; reused: number }
    expect(executed + reused).toBe(NODES)
  }
  expect(await project.digests(settings)).toEqual(await undisturbed())
})

test("of two runs one is killed: the other takes its node over at once", async () => {
  const project = makeProject({ pipeline: "loads" })
  const gate = project.path("gate")
  const env = { TEST_LOG: project.path("log"), TEST_GATE: gate }
  const start = () => {
    const child = project.start(["run", "--json", "--jobs", "1", "--set", "nodes=1"], env)
    let stdout = ""
    child.stdout?.on("data", (chunk) => (stdout += chunk))
    return { child, exit: new Promise<string>((resolve) => child.on("close", () => resolve(stdout))) }
  }
  const one = start()
  await until(() => Object.keys(computed(project)).length === 1)
  const [first] = Object.keys(computed(project))
  const other = start()
  await until(() => Object.keys(computed(project)).length === 2)
  one.child.kill("SIGKILL")
  writeFileSync(gate, "")
  const killed = performance.now()
  await until(() => computed(project)[first] === 2)
  console.log(`taken over after ${Math.round(performance.now() - killed)} ms`)
  expect(executed(linesOf(await other.exit)).sort()).toEqual(["make/0/0", "make/0/1", "mix/0/0", "sum/0"])
  // Only what was being computed when its run was killed was begun again.
  expect(computed(project)).toMatchObject({ [first]: 2, "mix/0": 1 })
  await one.exit
})

test("three runs that start at once on a cache with a damaged index make it again together", async () => {
  const project = makeProject({ pipeline: "loads" })
  await project.json(["run", ...settings])
  const before = await project.digests(settings)
  writeFileSync(project.path("cache/index/data.mdb"), Buffer.alloc(100_000, "garbage"))
  const more = ["--set", "rounds=0,1", ...settings]
  const runs = await Promise.all([1, 2, 3].map(() => project.json(["run", "--jobs", "1", ...more])))
  const names = runs.flatMap(executed)
  expect(names).toHaveLength(NODES)
  expect(new Set(names).size).toBe(NODES)
  expect(await project.digests(more)).toMatchObject(before)
  // What they noted in the index is all there, so that nothing is left to read from the journal.
  project.remove("cache/index")
  expect(end(await project.json(["run", ...more]))).toMatchObject({ executed: 0 })
})

const unshare = ["--pid", "--mount", "--fork", "--kill-child", "--mount-proc"]
const canUnshare = (() => {
  try {
    execFileSync("unshare", [...unshare, "true"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
})()

test.skipIf(!canUnshare).for([
  { ids: "the same process ids", before: "" },
  { ids: "other process ids", before: "true; true; true; true;" }
])("of two containers with $ids one computes a node, and the other waits for it and says so", async ({ before }) => {
  const project = makeProject({ pipeline: "loads" })
  const gate = project.path("gate")
  const env = { ...process.env, NO_COLOR: "1", TEST_LOG: project.path("log"), TEST_GATE: gate }
  const start = (prefix: string) => {
    const command = `${prefix} "${process.execPath}" src/cli/launch.js run make/0/0 --json; exit $?`
    const child = spawn("unshare", [...unshare, "sh", "-c", command], { cwd: project.root, env })
    let stdout = ""
    child.stdout.on("data", (chunk) => (stdout += chunk))
    const exit = new Promise<ReadonlyArray<Line>>((resolve) => child.on("close", () => resolve(linesOf(stdout))))
    return { exit, said: (words: RegExp) => words.test(stdout) }
  }
  const one = start("")
  await until(() => Object.keys(computed(project)).length === 1)
  const other = start(before)
  await until(() => other.said(/"waits for process \d+ on .+, in another container, which computes make\/0\/0"/))
  writeFileSync(gate, "")
  expect(end(await one.exit)).toMatchObject({ executed: 1, reused: 0 })
  expect(end(await other.exit)).toMatchObject({ executed: 0, reused: 1 })
})
