/** What goes on can be seen from another shell: how far a node is, what it has reached, what happened. */
import { existsSync, readdirSync } from "node:fs"
import { expect, onTestFinished, test } from "vitest"
import { end, linesOf, makeProject, until } from "../support/project.ts"

test("status says what is running and how far; logs has its epochs; events are kept, of the latest runs", async () => {
  const project = makeProject({ pipeline: "loads" })
  const set = ["--set", "epochs=5000", "--set", "milliseconds=50"]
  const run = project.start(["run", "training", ...set], { PIPELINE_CHECKPOINT_SECONDS: "0" })
  onTestFinished(() => void run.kill("SIGKILL"))
  const ended = new Promise((resolve) => run.once("exit", resolve))
  const now = () => (existsSync(project.path("cache/runs")) ? readdirSync(project.path("cache/runs")) : [])
  await until(() => now().some((file) => file.endsWith(".now")))
  await until(async () => /epoch \d+\/5000/.test((await project.run(["status", "training", ...set])).stdout))

  const { stdout } = await project.run(["status", "training", ...set])
  expect(stdout).toMatch(/^train +1 running$/m)
  expect(stdout).toMatch(/^running: training@epochs=5000,milliseconds=50, 0 of 1 node in .*/m)
  expect(stdout).toMatch(/ {2}running {2}train\/epochs=5000: epoch \d+\/5000, .*epochs\/s, about .* left/)
  const [node] = await project.json(["status", "training", ...set])
  expect(node).toMatchObject({ state: "running", progress: { total: 5000, unit: "epoch" } })
  expect((await project.run(["logs", "train/epochs=5000", ...set])).stdout).toMatch(/^epoch 1\/5000/m)

  run.kill("SIGTERM")
  await ended
  expect((await project.run(["status", "training", ...set])).stdout).toMatch(/^train +1 missing$/m)
  expect(now().map((file) => file.replace(/.*\./, ""))).toEqual(["jsonl"])
  const events = linesOf(project.read(`cache/runs/${now()[0]}`))
  expect(events.map(({ type }) => type)).toEqual(["plan", "start", "interrupted"])
  expect(events[1]).toMatchObject({ name: "train/epochs=5000", time: expect.stringMatching(/Z$/) })

  // Collected when they are no longer among the latest.
  for (let i = 10; i < 22; i++) project.write(`cache/runs/202001${i}T000000-1-1.jsonl`, "{}\n")
  await project.json(["cache", "gc", "--yes"])
  expect(now()).toHaveLength(10)
})

test("what a training has reached can be had while it runs, also of one that is made again", async () => {
  const project = makeProject({ pipeline: "loads" })
  const [state, training] = ["train/epochs=50:weights", ["training", "--set", "epochs=50"]]
  expect(end(await project.json(["run", ...training, "--set", "milliseconds=1"]))).toMatchObject({ executed: 1 })
  const slow = [...training, "--set", "milliseconds=1000"]
  const run = project.start(["run", ...slow, "--force"], { PIPELINE_CHECKPOINT_SECONDS: "0" })
  onTestFinished(() => void run.kill("SIGKILL"))
  const get = () => project.run(["get", state, "--set", "epochs=50", "--out", "weights"])
  await until(async () => /is being made again \(--force\): .* epochs=\d/.test((await get()).stderr))
  const ended = new Promise((resolve) => run.once("exit", resolve))
  run.kill("SIGTERM")
  await ended
  expect((await get()).stderr).toBe("")
})
