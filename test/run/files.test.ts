/** Files that a stage declares: whatever their names, their size, and what is in their place. */
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { writeIdx } from "../../src/data/idx.ts"
import { sha256 } from "../../src/graph/key.ts"
import { runTask } from "../../src/run/compute.ts"
import type { Task } from "../../src/run/task.ts"
import { executed, makeProject, publishedIn, repository } from "../support/project.ts"

const shape = { count: 4, test: 0, channels: 1, height: 2, width: 2, classes: 2 }
const labels = writeIdx({ shape: [4], data: Uint8Array.of(0, 1, 0, 1) })
const pixels = writeIdx({ shape: [4, 2, 2], data: new Uint8Array(16) })

/** Fetches a data set of two files as a worker does; those of `files` are there as planned. */
async function fetched(images: string, files: ReadonlyArray<string>, make: (path: string) => void) {
  const project = mkdtempSync(join(tmpdir(), "pipeline-test-"))
  onTestFinished(() => rmSync(project, { recursive: true, force: true }))
  writeFileSync(join(project, "labels"), labels)
  make(join(project, images))
  const task: Task = {
    key: "0".repeat(64),
    name: "fetch/own",
    module: relative(project, join(repository, "pipeline/stages/compute/fetch-arrays.ts")),
    parameters: {
      dataset: { name: "own", source: { kind: "idx", images, labels: "labels" }, shape },
      places: { folders: [], addresses: {} }
    },
    hints: [],
    inputs: {},
    collections: {},
    files: { labels: sha256(labels), ...Object.fromEntries(files.map((file) => [file, sha256(pixels)])) },
    absent: files.includes(images) ? [] : [images],
    threads: 1,
    timeout: undefined,
    batch: false,
    checkpoints: undefined
  }
  const answer = await runTask(
    task,
    { project, cache: join(project, "cache"), logs: join(project, "logs"), hints: {} },
    () => {}
  )
  return answer.type === "failed" ? answer.message : answer.type
}

test("what is in the place of a file is said", async () => {
  const found = async (name: string, make: (path: string) => void) => {
    const advice = `; put it there, or correct the path in the data set 'own'`
    const message = await fetched(name, [], make)
    expect(message.endsWith(advice), message).toBe(true)
    return message.slice(0, -advice.length)
  }
  expect(await found("x", () => {})).toBe("x: expected an array of NumPy or IDX, found nothing")
  expect(await found("constructor", () => {})).toBe("constructor: expected an array of NumPy or IDX, found nothing")
  expect(await found("x", (path) => mkdirSync(path))).toContain("found a folder")
  expect(await found("x", (path) => execFileSync("mkfifo", [path]))).toContain("found a pipe (FIFO)")
  expect(await found("x", (path) => symlinkSync("gone", path))).toContain("found a link to 'gone', which is not there")
  expect(await found("x", (path) => symlinkSync("x", path))).toContain("its links lead round in a circle")
})

test("a file is read whatever its name, and not at all where it is much too large", async () => {
  for (const name of ["constructor", "__proto__", "a\\b", "x (1)"])
    expect(await fetched(name, [name], (path) => writeFileSync(path, pixels)), name).toBe("done")
  const large = (path: string) => {
    writeFileSync(path, pixels)
    truncateSync(path, 5e9)
  }
  expect(await fetched("x", ["x"], large)).toBe(
    "the file x has 5,000,000,000 bytes, too many to be what it is declared as: expected at most 1,048,832 bytes"
  )
})

test("files with odd names are planned, read, and told apart", async () => {
  const project = makeProject()
  project.edit("pipeline/pipeline.ts", "[`texts/${text}.txt`]", "[asPattern(`texts/${text}.txt`)]")
  project.edit("pipeline/pipeline.ts", "import { definePipeline", "import { asPattern, definePipeline")
  // A node's name is a path of its own, that of its log: without a backslash.
  for (const _ of ["read", "count"])
    project.edit(
      "pipeline/pipeline.ts",
      "label: ({ text }) => text,",
      `label: ({ text }) => text.replace("\\\\", "-"),`
    )
  const texts = ["fox (1)", "set{a,b}", "a\\b", "fox[1]", "@(x)", "!y"]
  for (const text of texts) project.write(`texts/${text}.txt`, `the ${text}`)
  const set = ["--set", `texts=${JSON.stringify(texts)}`]
  const lines = await project.json(["run", ...set])
  expect(executed(lines)).toHaveLength(2 * texts.length + 1)
  expect(project.read(`${publishedIn(lines)}/table.csv`)).not.toContain("no result")
  // A name that the brackets would mean in a pattern.
  project.write("texts/fox1.txt", "the other fox")
  expect(await project.json(["plan", ...set])).toMatchObject([{ type: "end", run: 0 }])
})

test("a stage's file outside of the project's paths is refused", async () => {
  const project = makeProject()
  project.edit("pipeline/pipeline.ts", "[`texts/${text}.txt`]", "[`/texts/${text}.txt`]")
  const { code, stderr } = await project.run(["plan"])
  expect(code).toBe(2)
  expect(stderr).toContain("stage 'read': the file '/texts/fox.txt' is absolute")
})
