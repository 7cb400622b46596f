/** Publishing writes into its folder, whatever names a trace has, and says where links lead. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { expect, onTestFinished, test } from "vitest"
import { sha256 } from "../../src/graph/key.ts"
import { publish } from "../../src/run/publish.ts"

const bytes = Buffer.from("planted\n")
const digest = sha256(bytes)

function makeProject() {
  const root = mkdtempSync(join(tmpdir(), "pipeline-publish-"))
  onTestFinished(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, "project"))
  return root
}

/** A cache that has one artifact, and knows of nothing that was published. */
const store = {
  artifacts: { read: () => Result.succeed(bytes) },
  sources: { digest: () => undefined },
  published: { files: () => ({}), note: () => Effect.void }
}
const publishIn = (root: string, folder: string, outputs: Parameters<typeof publish>[2]) =>
  Effect.runSync(publish(store, { node: "report", project: join(root, "project"), folder }, outputs))

const outputsOf = (...names: ReadonlyArray<string>) =>
  Object.fromEntries(names.map((name) => [name, { digest, size: bytes.length }]))

test("no name leads out of the folder, and where one would, nothing is written", () => {
  const root = makeProject()
  const hostile = [
    "../x",
    "a/../../../x",
    join(root, "x"),
    "..\\x",
    "a\\..\\x",
    "C:\\x",
    "c:x",
    "a/./x",
    "a//x",
    "",
    ".",
    "..",
    "x.",
    "x /y",
    "aux",
    "a/NUL.txt",
    "com1.csv",
    "x\0",
    "x\n",
    "x\u009b",
    "x:stream",
    "\ud800",
    "__proto__",
    "x".repeat(300),
    "x/".repeat(1200)
  ]
  for (const name of hostile) {
    const outputs = Object.fromEntries([
      ["index.html", { digest, size: 8 }],
      [name, { digest, size: 8 }]
    ])
    if (name !== "__proto__") expect(() => publishIn(root, "reports/a", outputs), name).toThrow('the file "')
  }
  expect(() => publishIn(root, "../reports", outputsOf("index.html"))).toThrow("not in the project")
  expect(readdirSync(root)).toEqual(["project"])
  expect(readdirSync(join(root, "project"))).toEqual([])
})

test("names that people use are written", () => {
  const root = makeProject()
  const names = [
    "index.html",
    "data/loss (1).csv",
    "figures/a b.svg",
    ".nojekyll",
    "..a/b..c",
    "größe.txt",
    "console.txt"
  ]
  expect(publishIn(root, "reports/a", outputsOf(...names))).toEqual({ written: 7, outside: [] })
  for (const name of names) expect(readFileSync(join(root, "project/reports/a", name))).toEqual(bytes)
})

test("a link that leads out of the project is followed, and told of; one within it is not", () => {
  const root = makeProject()
  mkdirSync(join(root, "elsewhere"))
  mkdirSync(join(root, "project/here"))
  symlinkSync(join(root, "elsewhere"), join(root, "project/reports"))
  symlinkSync(join(root, "project/here"), join(root, "project/within"))
  const { outside } = publishIn(root, "reports/a", outputsOf("index.html", "data/x.csv"))
  expect(outside.map((place) => place.slice(place.indexOf("elsewhere")))).toEqual(["elsewhere/a/data", "elsewhere/a"])
  expect(publishIn(root, "within/a", outputsOf("index.html"))).toEqual({
    written: 1,
    outside: []
  })
})
