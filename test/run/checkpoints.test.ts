/** Long nodes that are interrupted go on from their last state and end with the same bytes. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { expect, test } from "vitest"
import { end, executed, filesIn, makeProject, type Project, repository, until } from "../support/project.ts"

const training = (epochs: number, milliseconds = 1) => [
  "training",
  "--set",
  `epochs=${epochs}`,
  "--set",
  `milliseconds=${milliseconds}`
]

/** Every epoch's state is kept. */
const always = { PIPELINE_CHECKPOINT_SECONDS: "0" }

/** What the last worker to begin wrote down: where it began, and how many epochs it went through. */
function lastOf(project: Project) {
  const lines = existsSync(project.path("log")) ? project.read("log").trim().split("\n") : []
  const [, process, ...from] = lines.findLast((line) => line.includes(" from "))?.split(" ") ?? []
  const epochs = lines.filter((line) => line.includes(` ${process} epoch `)).length
  return { from: Number(from[1]), epochs }
}
const statesOf = (project: Project) => filesIn(project.path("cache/checkpoints")).map((path) => path.split("/")[1])

async function train(project: Project, epochs: number, env: Record<string, string> = always) {
  project.remove("log")
  const lines = await project.json(["run", ...training(epochs)], { TEST_LOG: project.path("log"), ...env })
  const digests = await project.digests(training(epochs))
  return { ...lastOf(project), executed: executed(lines).length, digest: Object.values(digests)[0] }
}

/** Kills the run's scheduler after so many epochs. */
async function interrupt(project: Project, epochs: number, after: number, signal: "SIGKILL" | "SIGINT") {
  project.remove("log")
  const child = project.start(["run", ...training(epochs)], { TEST_LOG: project.path("log"), ...always })
  const exit = new Promise((resolve) => child.on("exit", resolve))
  await until(() => lastOf(project).epochs >= after)
  child.kill(signal)
  await exit
}

test("interrupted at any epoch, again and again, a training goes on and ends with the same bytes", async () => {
  const undisturbed = await train(makeProject({ pipeline: "loads" }), 400)
  expect(undisturbed).toMatchObject({ from: 0, epochs: 400 })

  const project = makeProject({ pipeline: "loads" })
  for (const [after, signal] of [
    [3, "SIGKILL"],
    [40, "SIGINT"],
    [25, "SIGKILL"]
  ] as const) // prettier-ignore
    await interrupt(project, 400, after, signal)
  const resumed = await train(project, 400)
  expect(resumed.from).toBeGreaterThanOrEqual(3 + 40 + 25 - 3)
  expect(resumed.epochs).toBe(400 - resumed.from)
  expect(resumed.digest).toBe(undisturbed.digest)
  // What was superseded has gone by itself: the end alone is left, and nothing half written.
  expect(statesOf(project)).toEqual(["400.end"])
  expect(filesIn(project.path("cache/tmp"))).toEqual([])
})

test("100 epochs start from the end of 50 of the same configuration; of another they do not", async () => {
  const alone = await train(makeProject({ pipeline: "loads" }), 100)
  const project = makeProject({ pipeline: "loads" })
  const half = await train(project, 50, {})
  expect(half).toMatchObject({ from: 0, epochs: 50 })
  expect(await train(project, 100, {})).toMatchObject({ from: 50, epochs: 50, digest: alone.digest })
  // The shorter one's end stays for others, and its result is its own.
  expect(statesOf(project).sort()).toEqual(["100.end", "50.end"])
  expect(await train(project, 50, {})).toMatchObject({ digest: half.digest, executed: 0 })
  expect(await train(project, 70, {})).toMatchObject({ from: 50, epochs: 20 })

  project.edit("pipeline/compute/train.ts", "update(String(epoch))", "update(`+${epoch}`)")
  expect(await train(project, 100, {})).toMatchObject({ from: 0, epochs: 100 })
})

test.for([
  { how: "flipped", spoil: (bytes: Buffer) => Buffer.concat([bytes.subarray(0, -1), Buffer.of(bytes.at(-1)! ^ 1)]) },
  { how: "truncated", spoil: (bytes: Buffer) => bytes.subarray(0, 100) },
  { how: "empty", spoil: () => Buffer.alloc(0) }
])("a $how checkpoint is passed over, and the one before serves", async ({ spoil }) => {
  const project = makeProject({ pipeline: "loads" })
  await train(project, 20, {})
  await train(project, 40, {})
  const [family] = readdirSync(project.path("cache/checkpoints"))
  const path = project.path("cache/checkpoints", family, "40.end")
  writeFileSync(path, spoil(readFileSync(path)))
  const alone = await train(makeProject({ pipeline: "loads" }), 60)
  expect(await train(project, 60, {})).toMatchObject({ from: 20, epochs: 40, digest: alone.digest })
})

test("killed in the middle of writing a checkpoint, the one before serves", async () => {
  const alone = await train(makeProject({ pipeline: "loads" }), 30)
  const project = makeProject({ pipeline: "loads" })
  const { code } = await project.run(["run", ...training(30)], {
    ...always,
    NODE_OPTIONS: `--import=${pathToFileURL(join(repository, "test/support/kill.js"))}`,
    KILL_AT: "blob:7:0.5",
    KILL_LOG: project.path("kills")
  })
  expect(code).toBe(null)
  expect(project.read("kills")).toBe("blob\n")
  expect(statesOf(project)).toEqual(["6"])
  expect(filesIn(project.path("cache/tmp"))).toHaveLength(1)
  expect(await train(project, 30)).toMatchObject({ from: 6, epochs: 24, digest: alone.digest })
  expect(filesIn(project.path("cache/tmp"))).toEqual([])
})

test("states are kept every so many seconds, not every epoch", async () => {
  const project = makeProject({ pipeline: "loads" })
  await train(project, 50, { PIPELINE_CHECKPOINT_SECONDS: "60" })
  expect(statesOf(project)).toEqual(["50.end"])
  expect(executed(await project.json(["run", ...training(50)]))).toEqual([])
  project.remove("cache/checkpoints")
  expect(end(await project.json(["run", ...training(50)]))).toMatchObject({ executed: 0, reused: 1 })
})

test("forced, a training begins at the beginning; a result that differs is kept beside the first, and shown", async () => {
  const project = makeProject({ pipeline: "loads" })
  // Another result each time, as chance would have it.
  project.edit("pipeline/compute/train.ts", ".update(String(epoch))", ".update(`${epoch} ${process.env.TEST_CHANCE}`)")
  const first = await train(project, 20, { ...always, TEST_CHANCE: "0" })
  const before = filesIn(project.path("cache/checkpoints"))
  project.remove("log")
  const force = ["run", "--force", ...training(20)]
  const lines = await project.json(force, { ...always, TEST_CHANCE: "1", TEST_LOG: project.path("log") })
  expect(lastOf(project)).toEqual({ from: 0, epochs: 20 })
  expect(lines.find(({ type }) => type === "notice")?.message).toMatch(
    /^train\/epochs=20: it gave other bytes than before/
  )
  expect(Object.values(await project.digests(training(20)))).toEqual([first.digest])
  const shown = (await project.run(["show", "train/epochs=20", "--set", "epochs=20"])).stdout
  expect(shown).toMatch(
    /1 later run under this key gave other bytes; the first result counts\nobservation 1\n {2}weights +[0-9a-f]{64} {2}20,000 bytes/
  )
  // Nothing of it serves others, and nothing is left.
  expect(filesIn(project.path("cache/checkpoints"))).toEqual(before)
  // The same bytes again are nothing to tell of.
  const again = await project.json(force, { ...always, TEST_CHANCE: "0" })
  expect(again.filter(({ type }) => type === "notice")).toEqual([])
})
