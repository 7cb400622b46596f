/** A task is what a worker anywhere can compute: it names nothing of the machine that it comes from. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import * as Schema from "effect/Schema"
import { expect, onTestFinished, test } from "vitest"
import { writeBlob } from "../../src/cache/blobs.ts"
import { buildGraph } from "../../src/graph/graph.ts"
import { keyOf, sha256 } from "../../src/graph/key.ts"
import { defineStage } from "../../src/graph/stage.ts"
import { openFreshCheckpoints } from "../../src/run/checkpoints.ts"
import { runTask } from "../../src/run/compute.ts"
import { taskOf } from "../../src/run/task-of.ts"

const MODULE = `
export default ({ parameters, engine, inputs, files, absent, checkpoints }) => {
  checkpoints.offer(parameters.epochs, () => Buffer.from("state"), "always")
  const text = [engine, parameters.epochs, inputs.bytes.bytes().length, files["a file.txt"](), absent.none].join(" ")
  return { text: Buffer.from(text), where: Buffer.from(parameters.where) }
}
`
const bytes = Buffer.alloc(20_000, 1)

/** Two stages of a project in this folder. */
function stagesIn(project: string) {
  const module = (name: string) => pathToFileURL(join(project, name))
  const first = defineStage({
    name: "first",
    description: "makes bytes",
    parameters: Schema.Struct({}),
    label: () => "one",
    outputs: { bytes: { extension: "bin", description: "bytes" } },
    compute: () => module("first.mjs")
  })
  return defineStage({
    name: "second",
    description: "uses all that a stage can",
    parameters: Schema.Struct({ epochs: Schema.Int, where: Schema.String }),
    hints: ["where"],
    extent: "epochs",
    label: () => "one",
    files: () => ["a file.txt", "none"],
    inputs: () => ({ bytes: first.node({}).output("bytes") }),
    outputs: { text: { extension: "txt", description: "text" }, where: { extension: "txt", description: "text" } },
    engine: () => ({ module: module("engine.mjs"), role: "make", numericClass: "exact" }),
    compute: () => module("stages/second.mjs")
  })
}

test("a task that is sent to a project in another place gives the same there, with what that place says of how", async () => {
  const root = mkdtempSync(join(tmpdir(), "pipeline-task-"))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const [here, there] = [join(root, "here"), join(root, "over there")]
  mkdirSync(join(here, "stages"), { recursive: true })
  writeFileSync(join(here, "stages/second.mjs"), MODULE)
  writeFileSync(join(here, "engine.mjs"), "export const make = (numericClass) => `engine of ${numericClass}`\n")
  writeFileSync(join(here, "a file.txt"), "text")
  writeBlob(join(here, "cache"), bytes)
  cpSync(here, there, { recursive: true })

  const graph = buildGraph([stagesIn(here).node({ epochs: 3, where: "unsaid" })])
  const node = graph.nodes.find(({ stage }) => stage.name === "second")!
  const parts = { code: "code", inputs: { bytes: sha256(bytes) }, files: { "a file.txt": sha256("text") } }
  const run = { action: "run", expected: undefined, cause: "new", reason: "", differences: [] } as const
  const fresh = openFreshCheckpoints(join(here, "cache"), new Set())
  const setting = { graph, artifacts: { small: () => undefined }, project: here, threads: 1, fresh }
  const task = taskOf({ node, decision: { ...run, key: keyOf(node, parts), parts } }, setting)
  expect(JSON.stringify(task)).not.toContain(root)

  const runIn = async (project: string, where: string) => {
    const workplace = {
      project,
      cache: join(project, "cache"),
      logs: join(project, "logs"),
      hints: { where, other: "x" }
    }
    const answer = await runTask(structuredClone(task), workplace, () => {})
    if (answer.type !== "done") throw new Error(JSON.stringify(answer))
    const textOf = (name: string) => Buffer.from(answer.outputs[name].value!, "base64").toString()
    return [textOf("text"), textOf("where")]
  }
  const expected = "engine of exact 3 20000 text nothing"
  expect(await runIn(here, "here")).toEqual([expected, "here"])
  rmSync(here, { recursive: true })
  expect(await runIn(there, "there")).toEqual([expected, "there"])
})
