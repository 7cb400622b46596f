/** The folder that is named as the cache: only one that is a cache, or new, is written, and only what is ours removed. */
import { execFileSync } from "node:child_process"
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { describe, expect, onTestFinished, test } from "vitest"
import { MARKER } from "../../src/cache/names.ts"
import { withCache } from "../support/cache.ts"
import { end, makeProject, type Project } from "../support/project.ts"

function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), "pipeline-folder-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const open = (folder: string) =>
  withCache(folder, () => {}).pipe(
    Effect.match({ onSuccess: () => "opened", onFailure: (error) => error._tag }),
    Effect.runPromise
  )

const old = new Date("2020-01-01")

/** Puts a file, as old as can be, wherever the program has files of its own. */
function litter(folder: string): ReadonlyArray<string> {
  const shard = "ab"
  const paths = [
    ...["tmp", "tmp/work", "tmp/17-x", "open", "opening", "leases", "index", "logs", "scratch", "scratch/paper"],
    ...["checkpoints", "checkpoints/family", "damaged", "blobs", `blobs/${shard}`, "blobs/abc", "thesis"]
  ].map((place) => join(folder, place, "thesis.txt"))
  for (const path of paths) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, "thesis")
    utimesSync(path, old, old)
    utimesSync(dirname(path), old, old)
  }
  return paths
}

/** Every file and folder with its kind, size and time of change. */
const pictureOf = (folder: string) =>
  (readdirSync(folder, { recursive: true }) as Array<string>).sort().map((name) => {
    const { mode, size, ctimeMs } = lstatSync(join(folder, name))
    return `${name} ${mode} ${size} ${ctimeMs}`
  })

test("a folder that is not empty and no cache is refused by every command, and nothing in it touched", async () => {
  const project = makeProject()
  const folder = project.path("thesis")
  litter(folder)
  const before = pictureOf(folder)
  for (const command of [
    ["status"],
    ["run"],
    ["cache", "gc", "--yes"],
    ["cache", "verify"],
    ["cache", "stats"],
    ["logs", "table/all"]
  ]) {
    const { code, stdout, stderr } = await project.run([...command, "--cache", folder])
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" })
    expect(stderr).toBe(
      `pipeline: the folder ${folder} is no cache of this program, and not empty, so nothing in it was touched. Name a cache, or a new or empty folder, with --cache DIR or PIPELINE_CACHE.\n`
    )
  }
  expect(pictureOf(folder)).toEqual(before)
})

describe("what is taken for a cache", () => {
  test("a new folder, an empty one, one with what a file system puts there; each is marked", async () => {
    const parent = makeFolder()
    mkdirSync(join(parent, "empty"))
    mkdirSync(join(parent, "disk", "lost+found"), { recursive: true })
    for (const name of ["new/and/deep", "empty", "disk"]) {
      expect(await open(join(parent, name))).toBe("opened")
      expect(readFileSync(join(parent, name, MARKER), "utf8")).toMatch(/^pipeline-cache 1\n/)
    }
  })

  test("a file, a link that leads nowhere, and one round in a circle are named as what they are", async () => {
    const parent = makeFolder()
    writeFileSync(join(parent, "file"), "")
    symlinkSync("nowhere", join(parent, "dangling"))
    symlinkSync("circle", join(parent, "circle"))
    for (const name of ["file", "dangling", "circle", "file/below"])
      expect({ name, is: await open(join(parent, name)) }).toEqual({ name, is: "CacheUnusable" })
    expect(readdirSync(parent).sort()).toEqual(["circle", "dangling", "file"])
  })

  const spoilt: ReadonlyArray<readonly [string, (path: string) => void]> = [
    ["an empty file", (path) => writeFileSync(path, "")],
    ["another text", (path) => writeFileSync(path, "something else\n".repeat(20))],
    ["a folder", (path) => mkdirSync(path)],
    ["a pipe", (path) => void execFileSync("mkfifo", [path])],
    ["a link that leads nowhere", (path) => symlinkSync("nowhere", path)]
  ]
  test.for(spoilt)(
    "beside a marker that is %s a folder is foreign, with a journal it is a cache",
    async ([, spoil]) => {
      const folder = makeFolder()
      spoil(join(folder, MARKER))
      writeFileSync(join(folder, "thesis.txt"), "thesis")
      const before = pictureOf(folder)
      expect(await open(folder)).toBe("ForeignFolder")
      expect(pictureOf(folder)).toEqual(before)
      const project = makeProject()
      await project.json(["run"])
      project.remove(`cache/${MARKER}`)
      spoil(project.path("cache", MARKER))
      expect(end(await project.json(["run"]))).toMatchObject({ executed: 0, reused: 5 })
      expect(project.read(`cache/${MARKER}`)).toMatch(/^pipeline-cache 1\n/)
    }
  )

  test("a cache from before the marker gets one: with a journal, with a spoilt first line, without any result", async () => {
    const project = makeProject()
    await project.json(["run"])
    const isMarked = () => existsSync(project.path("cache", MARKER))
    project.remove(`cache/${MARKER}`)
    expect(end(await project.json(["run"]))).toMatchObject({ executed: 0, reused: 5 })
    expect(isMarked()).toBe(true)
    project.remove(`cache/${MARKER}`)
    project.write("cache/journal", `spoilt${project.read("cache/journal")}`)
    await project.json(["status"])
    expect(isMarked()).toBe(true)

    const empty = makeFolder()
    await open(empty)
    rmSync(join(empty, MARKER))
    expect(await open(empty)).toBe("opened")
    rmSync(join(empty, MARKER))
    writeFileSync(join(empty, "thesis.txt"), "thesis")
    expect(await open(empty)).toBe("ForeignFolder")
  })

  test("a journal is not believed for its name", async () => {
    const folder = makeFolder()
    writeFileSync(join(folder, "journal"), "Dear diary, 0123456789abcdef this is no line of yours\n")
    expect(await open(folder)).toBe("ForeignFolder")
  })
})

/** What is in the cache beside what every command that opens it writes. */
const kept = (project: Project) =>
  pictureOf(project.path("cache")).filter((line) => !/^(index|leases|open|opening|pipeline-cache)\b/.test(line))

test("in a cache, too, what bears another name is never removed; reading commands remove nothing at all", async () => {
  const project = makeProject()
  await project.json(["run"])
  const foreign = litter(project.path("cache"))
  // What killed processes leave.
  const left = ["tmp/999999-3", "tmp/999999-import/x", "open/999999-5", "opening/999999-5.2"]
  for (const file of left) project.write(`cache/${file}`, "left")
  const before = kept(project)
  for (const command of [
    ["status"],
    ["plan"],
    ["why", "table/all"],
    ["show", "table/all"],
    ["list"],
    ["logs", "table/all"],
    ["cache", "stats"],
    ["cache", "gc"]
  ])
    expect(await project.run(command)).toMatchObject({ code: 0 })
  expect(kept(project)).toEqual(before)
  for (const file of left) expect(existsSync(project.path("cache", file))).toBe(true)

  expect(await project.run(["cache", "gc", "--yes"])).toMatchObject({ code: 0 })
  for (const file of left)
    expect({ file, there: existsSync(project.path("cache", file)) }).toEqual({ file, there: false })
  expect(await project.run(["cache", "verify"])).toMatchObject({ code: 0 })
  for (const path of foreign) expect(readFileSync(path, "utf8")).toBe("thesis")
})

test("garbage collection follows no link out of the cache", async () => {
  const project = makeProject()
  await project.json(["run"])
  project.write("elsewhere/old.log", "log")
  utimesSync(project.path("elsewhere/old.log"), old, old)
  for (const folder of ["logs", "scratch", "damaged"]) {
    mkdirSync(project.path("cache", folder), { recursive: true })
    symlinkSync(project.path("elsewhere"), project.path("cache", folder, "0123456789abcdef"))
  }
  expect(await project.run(["cache", "gc", "--yes"])).toMatchObject({ code: 0 })
  expect(project.read("elsewhere/old.log")).toBe("log")
})

describe("variables and flags that are set to nothing", () => {
  test("an empty PIPELINE_CACHE is not set; an empty --cache and --data-dir are refused", async () => {
    const project = makeProject()
    const before = readdirSync(project.root).sort()
    expect(await project.run(["status"], { PIPELINE_CACHE: "" })).toMatchObject({ code: 0 })
    expect(readdirSync(project.root).sort()).toEqual([...before, "cache"].sort())
    const refused = await project.run(["status", "--cache", ""])
    expect(refused).toMatchObject({ code: 2, stdout: "", stderr: "pipeline: --cache '': expected a folder\n" })
    const data = await project.run(["run", "--data-dir", ""])
    expect(data).toMatchObject({ code: 2, stdout: "", stderr: "pipeline: --data-dir '': expected a folder\n" })
    expect(readdirSync(project.root).sort()).toEqual([...before, "cache"].sort())
  })
})
