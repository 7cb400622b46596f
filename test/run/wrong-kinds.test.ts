/** Something else in place of a checkpoint, a log, or their folders: a convenience that is lost fails no node, and nothing waits. */
import { execFileSync } from "node:child_process"
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { isOwn } from "../../src/cache/names.ts"
import { openCheckpoints } from "../../src/run/checkpoints.ts"
import { append, logPath, startLog } from "../../src/run/logs.ts"
import { end, linesOf, makeProject } from "../support/project.ts"

/** What puts a thing of another kind at a path where nothing is. */
const kinds: Readonly<Record<string, (path: string) => void>> = {
  "a folder": (path) => void mkdirSync(join(path, "x"), { recursive: true }),
  "a file": (path) => writeFileSync(path, "x"),
  "an empty file": (path) => writeFileSync(path, ""),
  "a file of 3 GB": (path) => {
    writeFileSync(path, `${"0".repeat(64)}\n`)
    truncateSync(path, 3e9)
  },
  "a FIFO": (path) => void execFileSync("mkfifo", [path]),
  "a dangling link": (path) => symlinkSync("/nowhere/at/all", path),
  "a link to a device": (path) => symlinkSync("/dev/zero", path),
  "a link to itself": (path) => symlinkSync(path, path)
}
const everyKind = Object.entries(kinds)

function makeCache(): string {
  const cache = mkdtempSync(join(tmpdir(), "pipeline-kinds-"))
  onTestFinished(() => rmSync(cache, { recursive: true, force: true }))
  return cache
}

const put = (path: string, make: (path: string) => void) => {
  rmSync(path, { recursive: true, force: true })
  mkdirSync(dirname(path), { recursive: true })
  make(path)
}

const family = "f".repeat(64)
const state = (text: string) => () => Buffer.from(text)

test.for(everyKind)("%s in place of a checkpoint is passed over, and replaced by the next", ([, make]) => {
  const cache = makeCache()
  const notices: Array<string> = []
  const open = () => openCheckpoints(cache, { family, extent: 9 }, (notice) => notices.push(notice))
  open().offer(1, state("one"), "always")
  const path = join(cache, "checkpoints", family, "2.end")
  put(path, make)
  expect(Buffer.from(open().latest()!.bytes).toString()).toBe("one")
  put(path, make)
  open().offer(2, state("two"), "always")
  expect(Buffer.from(open().latest()!.bytes).toString()).toBe("two")
  expect(notices).toEqual([])
})

test.for(everyKind)(
  "%s in place of a family's folder, or of the folder of all, costs checkpoints at most",
  ([, make]) => {
    for (const parts of [["checkpoints"], ["checkpoints", family]]) {
      const cache = makeCache()
      const notices: Array<string> = []
      const open = () => openCheckpoints(cache, { family, extent: 9 }, (notice) => notices.push(notice))
      put(join(cache, ...parts), make)
      expect(open().latest()).toBeUndefined()
      const checkpoints = open()
      checkpoints.offer(1, state("one"), "always")
      checkpoints.offer(2, state("two"), "always")
      expect(Buffer.from(open().latest()!.bytes).toString()).toBe("two")
      expect(notices).toEqual([])
    }
  }
)

test.for(everyKind)(
  "%s in place of a log, or of its folders, is moved aside, and written to by nobody",
  ([kind, make]) => {
    for (const up of [0, 1, 2, 3, 4]) {
      const cache = makeCache()
      const log = logPath(join(cache, "logs", "project"), "train/digits/layers=1")
      let path = log
      for (let i = 0; i < up; i++) path = dirname(path)
      put(path, make)
      append(log, "before it begins\n")
      const problem = startLog(cache, log)
      append(log, "words\n")
      expect(problem).toBeUndefined()
      expect(readFileSync(log, "utf8")).toBe("words\n")
      // A file in place of a log is the last log; a folder where folders belong may stay.
      const isPlain = up === 0 ? kind.includes("file") : kind === "a folder"
      const aside = existsSync(join(cache, "damaged")) ? readdirSync(join(cache, "damaged")) : []
      expect(aside.filter(isOwn.damaged)).toHaveLength(isPlain ? 0 : 1)
    }
  }
)

test.for([
  ["folders in place of checkpoint and log", (path: string) => put(path, kinds["a folder"])],
  ["FIFOs", (path: string) => put(path, kinds["a FIFO"])]
] as const)("a run goes on with %s", async ([, spoil]) => {
  const project = makeProject({ pipeline: "loads" })
  const training = (epochs: number) => ["training", "--set", `epochs=${epochs}`]
  await project.json(["run", ...training(4)])
  const [one] = readdirSync(project.path("cache/checkpoints"))
  spoil(project.path("cache/checkpoints", one, "4.end"))
  spoil(project.path(`${project.logs}/train/epochs=6.log`))
  expect(end(await project.json(["run", ...training(6)]))).toMatchObject({ executed: 1, failed: 0 })
  expect(readdirSync(project.path("cache/checkpoints", one))).toEqual(["6.end"])
})

test.skipIf(process.getuid?.() !== 0)(
  "another user's log and checkpoints are passed over, and it is said",
  async () => {
    const project = makeProject({ pipeline: "loads" })
    const training = (epochs: number) => ["training", "--set", `epochs=${epochs}`]
    await project.json(["run", ...training(4)])
    for (const path of [project.root, dirname(project.root)]) chmodSync(path, 0o755)
    execFileSync("chmod", ["-R", "a+rwX", project.path("cache")])
    project.write(`${project.logs}/train/epochs=6.log`, "old\n")
    for (const path of [`${project.logs}/train`, "cache/checkpoints"])
      execFileSync("chmod", ["-R", "go-rwx", project.path(path)])
    const { code, stdout, stderr } = await project.run(["run", "--json", ...training(6)], {}, 65534)
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    const notices = linesOf(stdout).filter(({ type }) => type === "notice")
    expect(notices.map(({ message }) => message)).toEqual([
      expect.stringMatching(/its log .*epochs=6\.log cannot be written \(permission denied\)/),
      expect.stringMatching(/its checkpoints cannot be kept in .* \(permission denied\)/)
    ])
    expect(project.read(`${project.logs}/train/epochs=6.log`)).toBe("old\n")
  }
)

test("whatever goes wrong where a node is started is its answer, and nobody waits for ever", async () => {
  const project = makeProject({ pipeline: "loads" })
  project.edit(
    "src/run/local.ts",
    "const worker = pool.take(",
    'if (tasks[0].name === "make/0/1") throw new Error("no such luck")\n        const worker = pool.take('
  )
  const { code, stdout } = await project.run(["run", "--json", "--jobs", "1"])
  expect(code).toBe(1)
  expect(linesOf(stdout).find(({ type }) => type === "failed")).toMatchObject({
    name: "make/0/1",
    message: "no such luck"
  })
  expect(end(linesOf(stdout))).toMatchObject({ failed: 1 })
})
