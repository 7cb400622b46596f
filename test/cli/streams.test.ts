/** Readers that go, outputs that cannot be written, terminals that hang up. */
import { execFileSync } from "node:child_process"
import { once } from "node:events"
import { existsSync } from "node:fs"
import { expect, test } from "vitest"
import { end, makeProject } from "../support/project.ts"

test("a run goes on without readers of its output and of its progress, and survives a hang-up that is not its terminal's", async () => {
  const project = makeProject({ pipeline: "loads" })
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

test("a reader that has seen enough is no error of a command that prints", async () => {
  const project = makeProject()
  const list = project.start(["status", "--json"])
  list.stdout!.destroy()
  expect(await once(list, "exit")).toEqual([0, null])
})

test.skipIf(!existsSync("/dev/full"))("output that cannot be written is said once, and is no success", async () => {
  const project = makeProject()
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
