/**
 * A study on a real Slurm: whatever happens to nodes, jobs, workers and the one that watches, all trials are done in the
 * end, with the digests of one machine, and nothing is computed twice but what was under way.
 */
import { existsSync, readFileSync } from "node:fs"
import { afterAll, beforeAll, expect, test } from "vitest"
import { runsIn } from "../../src/cli/runs.ts"
import { readWorkers } from "../../src/cluster/workers.ts"
import { ALONE, makeProject, type Project, until } from "../support/project.ts"
import { begun, type Cluster, startCluster } from "./cluster.ts"

let cluster: Cluster
beforeAll(() => {
  cluster = startCluster()
})
afterAll(() => cluster.down())

const TRIALS = 200

function study(trials: number, more: Readonly<Record<string, string>> = {}) {
  const project = makeProject({ pipeline: "fleet", ...ALONE })
  const log = project.path("log")
  const store = project.path("store")
  const env = { ...cluster.env, TEST_LOG: log, ...more }
  const settings = ["--set", `trials=${trials}`]
  const on = ["run", "fleet", ...settings, "--remote", store, "--on", "slurm"]
  const theRun = () => runsIn(store)[0]
  const done = () => (existsSync(log) ? (readFileSync(log, "utf8").match(/ begin score\//g)?.length ?? 0) : 0)
  return { project, log, store, env, settings, on, theRun, done }
}

const OPTIONS = ["--workers", "3", "--jobs", "1", "--cpus-per-task", "2", "--time=30"]

async function report(project: Project, args: ReadonlyArray<string>, env = {}) {
  const { code, stderr } = await project.run(args, env)
  expect(code, stderr).toBe(0)
  return readFileSync(project.path("reports/fleet/scores.jsonl"), "utf8")
}

test(`${TRIALS} trials, while a node goes down, a worker is killed, a job requeued, the coordinator killed`, async () => {
  const { project, log, store, env, settings, on, theRun, done } = study(TRIALS)
  const alone = makeProject({ pipeline: "fleet", ...ALONE })
  const begin = await project.run([...on, ...OPTIONS], env)
  expect(begin.code, begin.stderr).toBe(0)
  expect(begin.stderr).toMatch(/started 3 workers as job \d+ for 400 nodes \(1 are there\)/)

  const coordinator = project.start(on, env)
  await until(() => done() > 10, 60_000)
  await cluster.slurm("scontrol", "update", "nodename=n2", "state=down", "reason=test")
  await until(() => done() > 40, 60_000)
  const [worker] = readWorkers(theRun().folder).filter(({ ended, doing }) => ended === null && doing.length > 0)
  process.kill(worker.pid, "SIGKILL")
  await until(() => done() > 70, 60_000)
  coordinator.kill("SIGKILL")
  const [job] = (await cluster.slurm("squeue", "-h", "-r", "-t", "RUNNING", "-o", "%i")).trim().split("\n")
  await cluster.slurm("scontrol", "requeue", job)
  const made = await report(project, on, env)

  expect(made).toBe(await report(alone, ["run", "fleet", ...settings]))
  expect(await project.digests(["fleet", ...settings, "--remote", store])).toEqual(
    await alone.digests(["fleet", ...settings])
  )
  // One slot on each of the machines that were lost.
  const twice = [...begun(log)].filter(([, times]) => times.length > 1)
  expect(begun(log).size).toBe(TRIALS)
  expect(twice.length).toBeLessThanOrEqual(3)
  await until(async () => (await cluster.slurm("squeue", "-h")) === "", 30_000)
})

test("a run is paused, goes on with fewer workers, is told that its time is up; what failed is told, and tried again", async () => {
  const bad = { TEST_BAD: "7" }
  const { project, log, store, env, on, theRun, done } = study(60, bad)
  const steer = async (...args: ReadonlyArray<string>) => {
    const { code, stderr } = await project.run(args.includes("--remote") ? args : [...args, "--remote", store], env)
    expect(code, stderr).toBe(0)
    return stderr
  }
  const jobs = async (...which: ReadonlyArray<string>) =>
    (await cluster.slurm("squeue", "-h", "-r", "-o", "%i", ...which)).trim().split("\n").filter(Boolean)
  const working = () => readWorkers(theRun().folder).filter(({ ended }) => ended === null)
  const slow = ["--set", "milliseconds=100"]
  await steer(...on, ...slow, ...OPTIONS)
  await until(() => done() > 3, 60_000)
  expect(await steer("pause")).toMatch(/^fleet-[0-9a-f]{8} is paused: .* `pipeline resume fleet-/)
  await until(async () => working().length === 0 && (await jobs()).length === 0, 60_000)
  const paused = done()
  expect(await steer(...on, ...slow)).toContain("is paused: `pipeline resume")

  expect(await steer("resume", "fleet")).toMatch(/goes on with 3 workers: started 3 workers as job \d+/)
  // The node that the test before has set down may still be.
  await until(() => working().length >= 2 && done() > paused, 60_000)
  const coordinator = project.start([...on, ...slow, "--workers", "1"], env)
  await until(() => working().length === 1, 60_000)
  coordinator.kill("SIGKILL")
  const job = working()[0].id.replace("slurm-", "")
  await cluster.slurm("scancel", "--signal=USR1", "--batch", job)
  await until(async () => working().length === 0 || (await jobs("-t", "PENDING")).length > 0, 60_000)
  // A training that was stopped goes on from the state that it was told to keep.
  const { code, stderr } = await project.run([...on, ...slow], env)
  expect(code).toBe(1)
  expect(stderr).toContain("climb/id=7,epochs=5: 7 has stumbled")
  expect(stderr).toMatch(/1 node failed on other machines, 1 node behind it skipped; running again tries only these/)
  expect(done()).toBe(59)
  expect([...begun(log).values()].flat().filter((epoch) => epoch > 0).length).toBeGreaterThanOrEqual(1)
  expect(await steer("cancel", "fleet")).toContain("is ended already")
  await until(async () => (await jobs()).length === 0, 30_000)
})
