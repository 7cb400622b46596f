/** Nodes that are computed together: each keeps its own key, checkpoints, log, lease and end. */
import { existsSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"
import type { Trace } from "../../src/graph/trace.ts"
import { executed, makeProject, type Project, until } from "../support/project.ts"

const EVERY_EPOCH = { PIPELINE_CHECKPOINT_SECONDS: "0" }
const march = (atOnce: number, ...more: ReadonlyArray<string>) => ["march", "--set", `atOnce=${atOnce}`, ...more]

/** What the compute modules wrote down that starts with a word, without it. */
const notes = (project: Project, word: string) =>
  (existsSync(project.path("log")) ? readFileSync(project.path("log"), "utf8").trim().split("\n") : [])
    .map((line) => line.split(" ").slice(2))
    .flatMap(([first, ...rest]) => (first === word ? [rest.join(" ")] : []))
/** The groups that began: each node with the epoch that it went on from. */
const begun = (project: Project) => notes(project, "begin")
const epochs = (project: Project) => notes(project, "epoch")

/** Digests of all nodes where each is computed by itself. */
async function alone() {
  const project = makeProject({ pipeline: "loads" })
  await project.json(["run", ...march(1)], { TEST_LOG: project.path("log") })
  expect(begun(project)).toHaveLength(6)
  return project.digests(march(1))
}

test("as many as are allowed go together, of one class, and come to what each comes to alone", async () => {
  const project = makeProject({ pipeline: "loads" })
  const env = { TEST_LOG: project.path("log") }
  const lines = await project.json(["run", ...march(2, "--set", "nodes=9"), "--jobs", "2"], env)
  expect(executed(lines)).toHaveLength(9)
  expect(begun(project).sort()).toEqual(["0@0 2@0", "1@0 3@0", "4@0 6@0", "5@0 7@0", "8@0"])
  const own = makeProject({ pipeline: "loads" })
  await own.json(["run", ...march(1, "--set", "nodes=9")])
  expect(await project.digests(march(2, "--set", "nodes=9"))).toEqual(await own.digests(march(1, "--set", "nodes=9")))

  const [trace] = (await project.json(["show", ...march(2).slice(1), "march/2"])) as unknown as ReadonlyArray<Trace>
  expect(trace.circumstances.together).toBe(2)
  const { stdout } = await project.run(["logs", "march/2"])
  expect(stdout).toContain("2 at 6")
  // Who went with whom is no part of the key.
  expect(executed(await project.json(["run", ...march(4, "--set", "nodes=9")]))).toEqual([])
})

test("one that ends before the others is done at once, and stays so when all are killed", async () => {
  const project = makeProject({ pipeline: "loads" })
  const env = { ...EVERY_EPOCH, TEST_LOG: project.path("log") }
  const args = march(6, "--set", "milliseconds=100", "--set", "epochs=20", "--jobs", "1")
  const child = project.start(["run", ...args, "--json"], env)
  let out = ""
  child.stdout!.on("data", (chunk) => (out += chunk))
  // The last one has half as far to go.
  await until(() => out.includes('"type":"done","name":"march/5"'))
  expect(out).not.toContain('"type":"done","name":"march/3"')
  child.kill("SIGKILL")
  await until(() => child.signalCode !== null)
  expect(executed(await project.json(["run", ...args], env)).sort()).toEqual(["march/1", "march/3"])
  const [, one, three] = /^1@(\d+) 3@(\d+)$/.exec(begun(project).at(-1)!)!
  expect(Math.min(Number(one), Number(three)), "they go on from their checkpoints").toBeGreaterThanOrEqual(10)
})

test("Ctrl-C keeps the checkpoints of all", async () => {
  const project = makeProject({ pipeline: "loads" })
  const env = { ...EVERY_EPOCH, TEST_LOG: project.path("log") }
  const args = march(3, "--set", "milliseconds=100")
  const child = project.start(["run", ...args, "--jobs", "1"], env)
  await until(() => epochs(project).includes("2@2"))
  child.kill("SIGINT")
  await until(() => child.exitCode !== null)
  expect(child.exitCode).toBe(130)
  await project.json(["run", ...args], env)
  expect(epochs(project).filter((epoch) => epoch === "0@1")).toHaveLength(1)
  expect(await project.digests(args)).toEqual(await alone())
})

test("a killed worker's nodes are tried once more, each by itself, from their checkpoints", async () => {
  const project = makeProject({ pipeline: "loads" })
  const env = { ...EVERY_EPOCH, TEST_LOG: project.path("log"), TEST_LOST: project.path("lost") }
  const lines = await project.json(["run", ...march(3), "--jobs", "1"], env)
  const notices = lines.flatMap(({ type, message }) => (type === "notice" ? [String(message)] : []))
  expect(notices).toHaveLength(3)
  for (const notice of notices) expect(notice).toMatch(/^march\/[135]: .*SIGKILL.*tried once more, by itself$/)
  expect(begun(project).slice(-3).sort()).toEqual(["1@2", "3@2", "5@2"])
  expect(await project.digests(march(3))).toEqual(await alone())
})

test("one that fails takes no other along", async () => {
  const project = makeProject({ pipeline: "loads" })
  const env = { ...EVERY_EPOCH, TEST_LOG: project.path("log"), TEST_BAD: "2" }
  const { code, stderr } = await project.run(["run", ...march(3), "--jobs", "1"], env)
  expect(code).toBe(1)
  expect(stderr).toContain("2 has stumbled")
  const { "march/2:weights": _, ...others } = await alone()
  expect(await project.digests(march(3))).toEqual(others)
})

test("two runs at once share the nodes of groups: none is computed twice", async () => {
  const project = makeProject({ pipeline: "loads" })
  const env = { TEST_LOG: project.path("log") }
  const run = (atOnce: number) =>
    project.json(["run", ...march(atOnce, "--set", "milliseconds=60", "--set", "nodes=8"), "--jobs", "1"], env)
  const both = await Promise.all([run(3), run(2)])
  expect(both.flatMap(executed).sort()).toEqual(Array.from({ length: 8 }, (_, id) => `march/${id}`))
  const seen = epochs(project)
  expect(new Set(seen).size).toBe(seen.length)
})
