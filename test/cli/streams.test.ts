/** Readers that go, outputs that cannot be written, terminals that hang up. */
import { execFileSync, spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync } from "node:fs"
import { expect, test } from "vitest"
import { startOf } from "../../src/cache/process.ts"
import { ALONE, end, makeProject, until } from "../support/project.ts"

const LONG_MS = 120_000

test("a run goes on without readers of its output and of its progress, and survives a hang-up that is not its terminal's", async () => {
  const project = makeProject({ ...ALONE, pipeline: "loads" })
  const run = project.start(["run", "--json", "--set", "milliseconds=20"])
  await once(run.stdout!, "data")
  run.stdout!.destroy()
  run.stderr!.destroy()
  run.kill("SIGHUP")
  expect(await once(run, "exit")).toEqual([0, null])
  const plain = project.start(["run", "--set", "milliseconds=21"])
  await once(plain.stderr!, "data")
  plain.stderr!.destroy()
  expect(await once(plain, "exit")).toEqual([0, null])
  expect(end(await project.json(["run", "--set", "milliseconds=20"]))).toMatchObject({ executed: 0 })
  expect(end(await project.json(["run", "--set", "milliseconds=21"]))).toMatchObject({ executed: 0 })
})

const hasScript = spawnSync("script", ["--version"]).status === 0

test.skipIf(!hasScript)(
  "a terminal that goes takes its run along, in order, but not one under nohup (takes `script`)",
  async () => {
    const project = makeProject({ ...ALONE, pipeline: "loads" })
    await project.json(["run", "--set", "nodes=1"])
    const notes = () => readdirSync(project.path("cache/open"))
    /** Starts a run in a terminal of its own, closes that when the first node is done, and waits for the run's end. */
    const hangUp = async (before: string, milliseconds: number) => {
      const launch = `"${process.execPath}" "${project.path("src/cli/launch.js")}"`
      const line = `exec ${before} ${launch} run --set milliseconds=${milliseconds}`
      const done = project.read("cache/journal").length
      const terminal = spawn("script", ["-qec", line, "/dev/null"], {
        cwd: project.root,
        stdio: ["pipe", "ignore", "ignore"]
      })
      await until(() => project.read("cache/journal").length > done, LONG_MS)
      const pids = notes().map((name) => Number.parseInt(name, 10))
      const gone = once(terminal, "exit")
      terminal.kill("SIGKILL")
      await gone
      await until(() => pids.every((pid) => startOf(pid) === undefined), LONG_MS)
      expect(notes()).toEqual([])
      return end(await project.json(["run", "--set", `milliseconds=${milliseconds}`]))
    }
    const ended = await hangUp("", 900)
    expect(ended.executed).toBeGreaterThan(0)
    expect(ended.reused).toBeGreaterThan(0)
    expect(await hangUp("nohup", 30)).toMatchObject({ executed: 0, reused: 10 })
    expect((await project.run(["cache", "verify"])).code).toBe(0)
  }
)

test("a reader that has seen enough is no error of a command that prints", async () => {
  const project = makeProject(ALONE)
  const list = project.start(["status", "--json"])
  list.stdout!.destroy()
  expect(await once(list, "exit")).toEqual([0, null])
})

test.skipIf(!existsSync("/dev/full"))("output that cannot be written is said once, and is no success", async () => {
  const project = makeProject(ALONE)
  const { execPath } = process
  const sh = (args: string) => {
    try {
      const script = `"${execPath}" "${project.path("src/cli/launch.js")}" ${args}`
      execFileSync("sh", ["-c", script], { cwd: project.root, stdio: ["ignore", "ignore", "pipe"] })
      return undefined
    } catch (error) {
      const { status, stderr } = error as { status: number; stderr: Buffer }
      return { status, stderr: stderr.toString() }
    }
  }
  const message = "pipeline: its output cannot be written: no space is left on the disk\n"
  expect(sh("run --json > /dev/full")).toEqual({ status: 1, stderr: message })
  expect(sh("status > /dev/full")).toEqual({ status: 1, stderr: message })
  expect(end(await project.json(["run"]))).toMatchObject({ executed: 0 })
})
