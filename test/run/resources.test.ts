/** Slots, timeouts, and workers that the system kills. */
import { fork } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { expect, test } from "vitest"
import { startOf } from "../../src/cache/process.ts"
import type { Trace } from "../../src/graph/trace.ts"
import { end, executed, linesOf, makeProject, repository, until } from "../support/project.ts"

/** The most that ran at any one time, by what the compute modules wrote down. */
function mostAtOnce(log: string): number {
  let [now, most] = [0, 0]
  for (const line of readFileSync(log, "utf8").trim().split("\n")) {
    now += line.split(" ")[2] === "begin" ? 1 : -1
    most = Math.max(most, now)
  }
  return most
}

test.for([
  { jobs: 1, slots: 1, most: 1 },
  { jobs: 3, slots: 1, most: 3 },
  { jobs: 3, slots: 2, most: 1 },
  { jobs: 4, slots: 2, most: 2 },
  { jobs: 2, slots: 5, most: 1 } // more than there are: it takes all
])("with $jobs slots, stages of $slots run $most at once, never more", async ({ jobs, slots, most }) => {
  const project = makeProject({ pipeline: "loads" })
  // Only stages that declare slots: their inputs are not counted.
  const args = ["run", "make", "--jobs", String(jobs), "--set", `slots=${slots}`, "--set", "nodes=7"]
  await project.json([...args, "--set", "milliseconds=60"], {
    TEST_LOG: project.path("log"),
    TEST_MEET: String(most)
  })
  expect(mostAtOnce(project.path("log"))).toBe(most)
})

/** The threads of the nodes that ran, in the order of their names, and the most at any one time. */
function threadsIn(log: string) {
  const threads: Record<string, number> = {}
  let [now, most] = [0, 0]
  for (const line of readFileSync(log, "utf8").trim().split("\n")) {
    const [, , what, name, count] = line.split(" ")
    threads[name] = Number(count)
    now += what === "begin" ? threads[name] : -threads[name]
    most = Math.max(most, now)
  }
  const names = Object.keys(threads).sort()
  return { threads: names.map((name) => threads[name]), most }
}

test.for([
  { jobs: 1, nodes: 1, threads: [1] },
  { jobs: 3, nodes: 1, threads: [3] },
  { jobs: 5, nodes: 2, threads: [3, 2] },
  { jobs: 2, nodes: 2, threads: [1, 1] }
])("of $jobs slots, $nodes nodes that start together get $threads threads", async ({ jobs, nodes, threads }) => {
  const project = makeProject({ pipeline: "loads" })
  const args = ["weave", "--set", `nodes=${nodes}`]
  const lines = await project.json(["run", ...args, "--jobs", String(jobs)], { TEST_LOG: project.path("log") })
  expect(threadsIn(project.path("log")).threads).toEqual(threads)
  const [trace] = (await project.json(["show", "weave/0"])) as unknown as ReadonlyArray<Trace>
  expect(trace.circumstances.threads ?? 1).toBe(threads[0])
  // Threads are no part of the key: with others there is nothing to do.
  expect(end(await project.json(["run", ...args, "--jobs", "7"]))).toMatchObject({ executed: 0 })
  expect(executed(lines)).toHaveLength(nodes)
})

test("slots are not given away that nodes to come would want, and there are never more threads than slots", async () => {
  const project = makeProject({ pipeline: "loads" })
  const args = ["run", "weave", "--jobs", "3", "--set", "nodes=8", "--set", "milliseconds=30"]
  await project.json(args, { TEST_LOG: project.path("log"), TEST_MEET: "3" })
  const { threads, most } = threadsIn(project.path("log"))
  expect(most).toBe(3)
  // Only the last ones may find slots free.
  expect(threads.filter((count) => count === 1).length).toBeGreaterThanOrEqual(6)
})

/** The tasks on each GPU, the most at any one time and those that began before any ended; and the most in all. */
function tasksByGpu(log: string) {
  const most: Record<string, number> = {}
  const now: Record<string, number> = {}
  let first: Record<string, number> | undefined
  let atOnce = 0
  for (const line of readFileSync(log, "utf8").trim().split("\n")) {
    const [, , what, , gpu] = line.split(" ")
    if (what === "end") first ??= { ...now }
    now[gpu] = (now[gpu] ?? 0) + (what === "begin" ? 1 : -1)
    most[gpu] = Math.max(most[gpu] ?? 0, now[gpu])
    atOnce = Math.max(
      atOnce,
      Object.values(now).reduce((a, b) => a + b)
    )
  }
  return { most, first, atOnce }
}

test.for([
  { flags: ["--gpus", "2"], most: { 2: 1 } },
  { flags: ["--gpus", "0,1"], most: { 0: 1, 1: 1 } },
  { flags: ["--gpus", "0,1", "--per-gpu", "2"], most: { 0: 2, 1: 2 } },
  { flags: [], most: { 7: 1 } } // as the environment says
])("with $flags, every task sees one GPU, never more of them than declared; others do not wait", async (given) => {
  const project = makeProject({ pipeline: "loads" })
  const env = { TEST_LOG: project.path("log"), CUDA_VISIBLE_DEVICES: "7", TEST_MEET: "5" }
  await project.json(["run", "glowing", "--jobs", "5", ...given.flags], env)
  const { most, first, atOnce } = tasksByGpu(project.path("log"))
  const { none: _, ...byGpu } = most
  expect(byGpu).toEqual(given.most)
  expect(atOnce).toBe(5)
  const withGpu = Object.values(given.most).reduce((a, b) => a + b)
  expect(first).toEqual({ ...given.most, none: 5 - withGpu })
})

test("a stage beyond its timeout is stopped with its children, and the rest goes on", async () => {
  const project = makeProject({ pipeline: "loads" })
  const { code, stdout } = await project.run(["run", "patience", "loads", "--json"], { TEST_LOG: project.path("log") })
  expect(code).toBe(1)
  const failed = linesOf(stdout).filter((line) => line.type === "failed")
  expect(failed).toMatchObject([{ name: "stuck/for-ever", message: "it was stopped after its timeout of 1 s" }])
  expect(end(linesOf(stdout))).toMatchObject({ failed: 1, executed: 10 })
  await until(() => startOf(childOf(project.path("log"))) === undefined, 2000)
})

test("a worker that dies takes its children along, though they hold on to its outputs", async () => {
  const project = makeProject({ pipeline: "loads" })
  project.edit("pipeline/compute/stuck.ts", "return new Promise(() => {})", "process.exit(3)")
  project.edit("pipeline/pipeline.ts", "timeout: 1,", "timeout: 60,") // it is to end by itself
  const { code, stdout } = await project.run(["run", "patience", "--json"], { TEST_LOG: project.path("log") })
  expect(code).toBe(1)
  const failed = linesOf(stdout).filter((line) => line.type === "failed")
  expect(failed).toMatchObject([{ message: "its process ended by itself with exit code 3" }])
  await until(() => startOf(childOf(project.path("log"))) === undefined, 2000)
})

test.for(["SIGKILL", "SIGINT"] as const)("a run that ends by %s takes a stage's children along", async (signal) => {
  const project = makeProject({ pipeline: "loads" })
  project.edit("pipeline/pipeline.ts", "timeout: 1,", "")
  const child = project.start(["run", "patience"], { TEST_LOG: project.path("log") })
  const exit = new Promise((resolve) => child.on("exit", resolve))
  await until(() => {
    try {
      return startOf(childOf(project.path("log"))) !== undefined
    } catch {
      return false
    }
  })
  child.kill(signal)
  await exit
  await until(() => startOf(childOf(project.path("log"))) === undefined, 5000)
})

test("workers that are stopped when their scheduler is killed do not outlive it, nor do their children", async () => {
  const project = makeProject({ pipeline: "loads" })
  project.edit("pipeline/pipeline.ts", "timeout: 1,", "")
  const child = project.start(["run", "patience"], { TEST_LOG: project.path("log") })
  const exit = new Promise((resolve) => child.on("exit", resolve))
  await until(() => existsSync(project.path("log")) && /child \d+/.test(project.read("log")))
  const members = [childOf(project.path("log")), Number(/^\d+ (\d+)/.exec(project.read("log"))![1])]
  for (const pid of members) process.kill(pid, "SIGSTOP")
  child.kill("SIGKILL")
  await exit
  await until(() => members.every((pid) => startOf(pid) === undefined), 5000)
})

test("a run whose launcher is killed ends in order, with its workers", async () => {
  const project = makeProject({ pipeline: "loads" })
  project.edit("pipeline/pipeline.ts", "timeout: 1,", "")
  // As the launcher starts it where the system's Node is another.
  const child = fork(project.path("src/cli/launch.js"), ["run", "patience"], {
    cwd: project.root,
    env: { ...process.env, PIPELINE_LAUNCHER: "yes", TEST_LOG: project.path("log") },
    stdio: ["ignore", "ignore", "ignore", "ipc"]
  })
  const exit = new Promise((resolve) => child.on("exit", resolve))
  await until(() => existsSync(project.path("log")) && /child \d+/.test(project.read("log")))
  child.disconnect()
  expect(await exit).toBe(130)
  await until(() => startOf(childOf(project.path("log"))) === undefined, 5000)
})

const childOf = (log: string) => Number(/child (\d+)/.exec(readFileSync(log, "utf8"))![1])

const kill = (at: string, log: string) => ({
  NODE_OPTIONS: `--import=${pathToFileURL(join(repository, "test/support/kill.js"))}`,
  KILL_AT: at,
  KILL_LOG: log
})

test("a worker that is killed in its step, as the kernel does when memory runs out, is tried once more", async () => {
  const project = makeProject({ pipeline: "loads" })
  const args = ["run", "--json", "--jobs", "1", "--set", "milliseconds=40"]
  // Every worker dies in its third task: each time another begins with the same node.
  const { code, stdout } = await project.run(args, kill("task:3:0.5", project.path("kills")))
  expect(code).toBe(0)
  const notices = linesOf(stdout).filter((line) => line.type === "notice")
  expect(notices.length).toBeGreaterThan(1)
  expect(readFileSync(project.path("kills"), "utf8").trim().split("\n")).toEqual(Array(notices.length).fill("task"))
  for (const { message } of notices) expect(message).toMatch(/killed \(SIGKILL\).*tried once more/)
  expect(executed(linesOf(stdout))).toHaveLength(10)
  expect(end(await project.json(["run", "--set", "milliseconds=40"]))).toMatchObject({ executed: 0 })
})

test("a worker that is killed twice fails its node alone", async () => {
  const project = makeProject({ pipeline: "loads" })
  project.edit(
    "pipeline/compute/make.ts",
    "busy(milliseconds)",
    "if (id === 1) process.kill(process.pid, 'SIGKILL')\n  busy(milliseconds)"
  )
  const { code, stdout } = await project.run(["run", "--json"], { TEST_LOG: project.path("log") })
  expect(code).toBe(1)
  const lines = linesOf(stdout)
  expect(lines.filter((line) => line.type === "failed")).toMatchObject([{ name: "make/0/1" }])
  expect(lines.filter((line) => line.type === "skipped").map((line) => line.name)).toEqual(["mix/0/0", "mix/0/1"])
  expect(readFileSync(project.path("log"), "utf8").match(/begin make\/1\b/g)).toHaveLength(2)
  expect(end(lines)).toMatchObject({ executed: 7, failed: 1, skipped: 2 })
})
