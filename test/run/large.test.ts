/** Artifacts that are larger than memory should be: outputs written to files, inputs read from theirs. */
import { createHash } from "node:crypto"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { blobPath } from "../../src/cache/blobs.ts"
import { sha256 } from "../../src/graph/key.ts"
import { runTask } from "../../src/run/compute.ts"
import type { Task } from "../../src/run/task.ts"

const MODULE = `
import { writeFileSync } from "node:fs"
import { join } from "node:path"
export default ({ inputs, scratch }) => {
  const file = (name, bytes) => {
    const path = join(scratch("key"), name)
    writeFileSync(path, bytes)
    return { path }
  }
  const seen = Object.entries(inputs).map(([name, input]) => [name, input.file?.().size ?? "in memory"])
  return { large: file("large", Buffer.alloc(20_000, 7)), small: file("small", "few"), seen: Buffer.from(JSON.stringify(seen)) }
}
`

/** Runs the module on blobs of zeros of these sizes. */
async function run(sizes: Readonly<Record<string, number>>, spoil: (path: string) => void = () => {}) {
  const project = mkdtempSync(join(tmpdir(), "pipeline-test-"))
  onTestFinished(() => rmSync(project, { recursive: true, force: true }))
  const cache = join(project, "cache")
  mkdirSync(cache)
  writeFileSync(join(project, "module.mjs"), MODULE)
  const inputs = Object.entries(sizes).map(([name, size]) => {
    const hash = createHash("sha256")
    for (let left = size; left > 0; left -= 1 << 20) hash.update(Buffer.alloc(Math.min(left, 1 << 20)))
    const digest = hash.digest("hex")
    const path = blobPath(cache, digest)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, "")
    truncateSync(path, size)
    spoil(path)
    return [name, { node: "node", output: name, digest, value: undefined }] as const
  })
  const task: Task = {
    key: "0".repeat(64),
    name: "stage/x",
    module: "module.mjs",
    parameters: {},
    hints: [],
    inputs: Object.fromEntries(inputs),
    collections: {},
    files: {},
    absent: [],
    threads: 1,
    timeout: undefined,
    batch: false,
    checkpoints: undefined
  }
  return { cache, answer: await runTask(task, { project, cache, logs: join(project, "logs"), hints: {} }, () => {}) }
}

test("outputs in files become artifacts like others; inputs are files where they are large together", async () => {
  const { cache, answer } = await run({ a: 10_000, b: 20_000 })
  if (answer.type !== "done") throw new Error(JSON.stringify(answer))
  const { large, small, seen } = answer.outputs
  expect(large).toEqual({ artifact: { digest: sha256(Buffer.alloc(20_000, 7)), size: 20_000 }, value: undefined })
  expect(readFileSync(blobPath(cache, large.artifact.digest))).toEqual(Buffer.alloc(20_000, 7))
  expect(small.value).toBe(Buffer.from("few").toString("base64"))
  expect(JSON.parse(Buffer.from(String(seen.value), "base64").toString())).toEqual([
    ["a", "in memory"],
    ["b", "in memory"]
  ])
  expect(existsSync(join(cache, "scratch")) ? readdirSync(join(cache, "scratch")) : []).toEqual([])
  const sizes = { a: (256 << 20) - 10_000, b: 20_000 }
  const { answer: other } = await run(sizes)
  if (other.type !== "done") throw new Error(JSON.stringify(other))
  expect(JSON.parse(Buffer.from(String(other.outputs.seen.value), "base64").toString())).toEqual(Object.entries(sizes))
})

test("a large input whose bytes are others is told of, and moved aside", async () => {
  const { answer } = await run({ a: (256 << 20) + 1 }, (path) => writeFileSync(path, "x", { flag: "r+" }))
  expect(answer).toMatchObject({ type: "damaged", message: expect.stringContaining("is damaged (its bytes have") })
})
