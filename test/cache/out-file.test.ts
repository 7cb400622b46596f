/** A file that a user names is the earlier one or the whole new one; links, pipes and devices get the bytes. */
import { execFileSync } from "node:child_process"
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import { expect, onTestFinished, test } from "vitest"
import { isStdout, outFile, writeOut } from "../../src/cache/out-file.ts"

function folder() {
  const path = mkdtempSync(join(tmpdir(), "pipeline-test-"))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return (name: string) => join(path, name)
}
const read = (path: string) => readFileSync(path, "utf8")
const text = (words: string) => Buffer.from(words)

test("the earlier file stands until the new one is whole, and keeps its permissions", () => {
  const at = folder()
  writeFileSync(at("file"), "earlier")
  chmodSync(at("file"), 0o640)
  const out = outFile(at("file"))
  writeFileSync(out.path, "half of it")
  expect(read(at("file"))).toBe("earlier")
  out.drop()
  expect(readdirSync(at("."))).toEqual(["file"])
  writeOut(at("file"), text("new"))
  expect(read(at("file"))).toBe("new")
  expect(statSync(at("file")).mode & 0o777).toBe(0o640)
  writeOut(at("another"), text("new"))
  expect(readdirSync(at(".")).sort()).toEqual(["another", "file"])
})

test("a write that fails leaves the earlier file and nothing else", () => {
  const at = folder()
  writeFileSync(at("file"), "earlier")
  // A limit on the size of files does what a full disk does, without one.
  const script = `import { writeOut } from ${JSON.stringify(new URL("../../src/cache/out-file.ts", import.meta.url).href)}
    process.on("SIGXFSZ", () => {})
    try { writeOut(${JSON.stringify(at("file"))}, new Uint8Array(1 << 20)) } catch (error) { console.log(error.code) }`
  const command = `ulimit -f 64; exec ${JSON.stringify(process.execPath)} --input-type=module -e "$SCRIPT"`
  const env = { ...process.env, SCRIPT: script }
  expect(execFileSync("bash", ["-c", command], { encoding: "utf8", env })).toBe("EFBIG\n")
  expect(read(at("file"))).toBe("earlier")
  expect(readdirSync(at("."))).toEqual(["file"])
})

test("a link stays a link, and what it leads to is written, also where that is not there yet", () => {
  const at = folder()
  mkdirSync(at("far"))
  writeFileSync(at("far/file"), "earlier")
  symlinkSync("far/file", at("link"))
  symlinkSync("far/new", at("dangling"))
  symlinkSync("link", at("twice"))
  writeOut(at("link"), text("a"))
  expect(read(at("far/file"))).toBe("a")
  writeOut(at("twice"), text("b"))
  expect(read(at("far/file"))).toBe("b")
  writeOut(at("dangling"), text("c"))
  expect(read(at("far/new"))).toBe("c")
  expect(readlinkSync(at("link"))).toBe("far/file")
  expect(readdirSync(at("far")).sort()).toEqual(["file", "new"])
})

test("pipes and devices get the bytes and stay what they are", async () => {
  const at = folder()
  execFileSync("mkfifo", [at("pipe")])
  const reader = new Worker(
    `const { parentPort, workerData } = require("node:worker_threads")
     parentPort.postMessage(require("node:fs").readFileSync(workerData, "utf8"))`,
    { eval: true, workerData: at("pipe") }
  )
  const heard = new Promise((resolve) => reader.once("message", resolve))
  writeOut(at("pipe"), text("through the pipe"))
  expect(await heard).toBe("through the pipe")
  expect(lstatSync(at("pipe")).isFIFO()).toBe(true)
  writeOut("/dev/null", text("away"))
  expect(statSync("/dev/null").isCharacterDevice()).toBe(true)
  for (const name of ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]) expect(isStdout(name)).toBe(true)
})
