/** How runs end: interrupted, out of budget, failing in one way again and again; and who is told. */
import { expect, test } from "vitest"
import { end, executed, filesIn, linesOf, makeProject, type Project, publishedIn, until } from "../support/project.ts"

/** Checkpoints are kept at every epoch. */
const always = { PIPELINE_CHECKPOINT_SECONDS: "0" }
const training = ["run", "training", "--set", "epochs=100000", "--set", "milliseconds=1"]

async function interrupted(project: Project, args: ReadonlyArray<string>) {
  const child = project.start(args, always)
  let [stdout, stderr] = ["", ""]
  child.stdout?.on("data", (chunk) => (stdout += chunk))
  child.stderr?.on("data", (chunk) => (stderr += chunk))
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve))
  const states = () => filesIn(project.path("cache/checkpoints")).join()
  const before = states()
  await until(() => /to run|"start"/.test(stdout + stderr) && states() !== before)
  child.kill("SIGINT")
  return { code: await ended, stdout, stderr }
}

test("Ctrl-C tells what has finished, what goes on from a checkpoint, and what is left", async () => {
  const project = makeProject({ pipeline: "loads" })
  const { code, stderr } = await interrupted(project, training)
  expect(code).toBe(130)
  expect(stderr).toContain("interrupted: 0 finished, 1 goes on from its last checkpoint, 0 left. Run again to go on.\n")
  const json = await interrupted(project, [...training, "--json"])
  expect(linesOf(json.stdout).at(-1)).toEqual({ type: "interrupted", finished: 0, goOn: 1, left: 0 })
  // What is forced begins at the beginning, whatever was kept.
  const forced = await interrupted(project, [...training, "--force"])
  expect(forced.stderr).toContain("interrupted: 0 finished, 1 left.")
})

const TEXTS = ["fox", "sea", "one", "two", "three"]
const all = ["--set", `texts=${TEXTS.join(",")}`]

/** The words of five texts. */
function words() {
  const project = makeProject()
  const starts: Readonly<Record<string, string>> = { one: "alpha", two: "beta", three: "gamma" }
  for (const name of TEXTS.slice(2)) project.write(`texts/${name}.txt`, `${starts[name]} words of ${name}\n`)
  return project
}

test("a stage that fails in the same way k times starts nothing more; the others go on", async () => {
  const project = words()
  project.edit(
    "pipeline/compute/count.ts",
    "const counts",
    `throw new Error("no words in " + inputs.text.node)\n  const counts`
  )
  const { code, stdout, stderr } = await project.run(["run", ...all, "--jobs", "1", "--max-failures", "2", "--json"])
  expect(code, stderr).toBe(1)
  const lines = linesOf(stdout)
  const count = (type: string, stage: string) =>
    lines.filter((line) => line.type === type && line.stage === stage).length
  expect([count("failed", "count"), count("skipped", "count"), count("done", "read")]).toEqual([2, 3, 5])
  expect(lines).toContainEqual({
    type: "notice",
    message: "count failed 2 times in the same way: no more of it is started (--max-failures)"
  })
  // Each in a way of its own: all are tried.
  const message = '"no words in " + inputs.text.node'
  project.edit("pipeline/compute/count.ts", message, "Buffer.from(inputs.text.bytes()).toString().slice(4, 14)")
  const again = linesOf((await project.run(["run", ...all, "--max-failures", "2", "--json"])).stdout)
  expect(again.filter(({ type }) => type === "failed")).toHaveLength(5)
  expect((await project.run(["run", "--max-failures", "0"])).stderr).toContain("--max-failures 0: expected")
})

test("a study without an order takes a budget too: what it collects, one after another", async () => {
  const project = words()
  const first = await project.json(["run", ...all, "--budget", "2 trials"])
  expect(end(first)).toMatchObject({ executed: 5, failed: 0, left: 3 })
  expect(executed(first)).toEqual(expect.arrayContaining(["count/fox", "count/sea"]))
  expect(project.read(`${publishedIn(first)}/table.csv`)).toContain("fox")
  const rest = await project.json(["run", ...all, "--budget", "1h"])
  expect(end(rest)).toMatchObject({ executed: 7, failed: 0, left: 0 })
  expect(end(await project.json(["run", ...all]))).toMatchObject({ executed: 0 })
})

test("--notify runs a command at the end, with the last line; that it fails changes nothing", async () => {
  const project = makeProject()
  project.write("tell.sh", 'printf "%s|%s" "$PIPELINE_STATUS" "$1" > told\n')
  const { code } = await project.run(["run", "--notify", "sh tell.sh"])
  expect(code).toBe(0)
  expect(project.read("told")).toMatch(/^0\|words: 5 executed, 0 reused in /)
  project.edit("pipeline/compute/count.ts", "const counts", `throw new Error("no")\n  const counts`)
  expect((await project.run(["run", "--notify", "sh tell.sh"])).code).toBe(1)
  expect(project.read("told")).toMatch(/^1\|words: 0 executed, .* failed/)
  const failing = await project.run(["run", "read", "--notify", "exit 3; true"])
  expect([failing.code, failing.stderr]).toEqual([0, expect.stringContaining("ended with exit code 3")])
})
