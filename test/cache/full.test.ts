/** A full disk: told of in plain words before anything breaks, nothing damaged, and the run goes on when there is room. */
import { spawnSync } from "node:child_process"
import { readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs"
import { constants, tmpdir } from "node:os"
import { describe, expect, test } from "vitest"
import { asDiskFull, needRoom } from "../../src/cache/space.ts"
import { sha256 } from "../../src/graph/key.ts"
import { canMount, mountDisk } from "../support/disk.ts"
import { end, executed, filesIn, linesOf, makeProject } from "../support/project.ts"

const MEGABYTE = 1 << 20
const large = ["--set", "kilobytes=1024", "--set", "nodes=6"]

const FULL =
  /no space is left on the disk: (\d+\.\d) MB are needed at (.*), (\d+\.\d) MB are free\. Nothing that was finished is lost; make room and run again\./

function expectFull({ stderr, code }: { readonly stderr: string; readonly code: number | null }, cache: string) {
  expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(FULL) })
  const [, needed, path, free] = FULL.exec(stderr)!
  expect(path).toBe(cache)
  expect(Number(needed)).toBeGreaterThan(Number(free))
  expect(stderr).not.toMatch(/^\s+at /m)
}

async function undisturbed(args: ReadonlyArray<string>) {
  const project = makeProject({ pipeline: "loads" })
  await project.json(["run", ...args])
  return project.digests(args)
}

describe.skipIf(!canMount)("on a small disk (to mount one takes root: skipped for others)", () => {
  test("a run that fills it says how much is needed, loses nothing, and goes on when there is room", async () => {
    const project = makeProject({ pipeline: "loads" })
    const disk = mountDisk(12 * MEGABYTE)
    const cache = `${disk.path}/cache`
    const args = [...large, "--cache", cache]
    const first = await project.run(["run", "--json", ...args])
    expectFull(first, cache)
    const announced = executed(linesOf(first.stdout))
    expect(announced.length).toBeGreaterThan(2)
    for (const file of filesIn(`${cache}/blobs`))
      expect(sha256(readFileSync(`${cache}/blobs/${file}`))).toBe(file.replace("/", ""))
    // Again, with nothing changed: the same words, and still no harm.
    expectFull(await project.run(["run", "--json", ...args]), cache)

    disk.resize(64 * MEGABYTE)
    const then = executed(await project.json(["run", ...args]))
    expect(then.filter((name) => announced.includes(name))).toEqual([])
    expect(then.length + announced.length).toBeLessThanOrEqual(14)
    expect(await project.digests(args)).toEqual(await undisturbed(large))
  })

  test("whatever is left free, no run crashes, and all is well afterwards", async () => {
    const project = makeProject({ pipeline: "loads" })
    const disk = mountDisk(24 * MEGABYTE)
    const cache = `${disk.path}/cache`
    const args = ["--cache", cache]
    await project.json(["run", ...args])
    const digests = await project.digests(args)
    for (const [round, free] of [0, 4096, 20_000, 500_000, 1.2 * MEGABYTE, 4.1 * MEGABYTE, 5 * MEGABYTE].entries()) {
      const filler = fillUpTo(disk.path, free)
      const more = [...args, "--set", `rounds=0,${round + 1}`]
      const result = await project.run(["run", ...more])
      expect(result.code).not.toBe(null)
      if (result.code !== 0) expectFull(result, cache)
      const status = await project.run(["status", ...args])
      if (status.code !== 0) expectFull(status, cache)
      rmSync(filler)
      expect(await project.digests(args)).toEqual(digests)
      const { code, stderr } = await project.run(["run", ...more])
      expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.not.stringContaining("damaged") })
    }
  })

  test("one that is wholly full is made room on by garbage collection, and then a run goes on", async () => {
    const project = makeProject({ pipeline: "loads" })
    const disk = mountDisk(48 * MEGABYTE)
    const cache = `${disk.path}/cache`
    const args = ["--cache", cache]
    await project.json(["run", ...args])
    await project.json(["run", ...large, ...args])
    const filler = fillUpTo(disk.path, 0)
    expectFull(await project.run(["run", "--set", "rounds=7", ...args]), cache)
    // What a variant gave stays until it is dropped, which takes no room.
    expectFull(await project.run(["cache", "gc", "--yes", ...args]), cache)
    const dropped = await project.run(["drop", "loads@nodes=6,kilobytes=1024", ...args])
    expect(dropped, dropped.stderr).toMatchObject({ code: 0, stdout: "dropped loads@nodes=6,kilobytes=1024\n" })
    const { code, stdout, stderr } = await project.run(["cache", "gc", "--yes", ...args])
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^the cache is only read: .*\nthe disk is full: \d+ files went first, \d\d MB\n$/)
    })
    expect(stdout).toMatch(/^make: 7 results\n/)
    expect(end(await project.json(["run", ...args]))).toMatchObject({ executed: 0, reused: 10 })
    expect(end(await project.json(["run", "--set", "rounds=7", ...args]))).toMatchObject({ executed: 10, failed: 0 })
    expect((await project.run(["cache", "verify", ...args])).code).toBe(0)
    // Where nothing can go, that is all there is to say.
    rmSync(filler)
    await project.run(["cache", "gc", "--yes", ...args])
    fillUpTo(disk.path, 0)
    expectFull(await project.run(["cache", "gc", "--yes", ...args]), cache)
  })

  test.for([12, 24, 48])(
    "one that may have %i files says so in the same way, and what is there is read",
    async (files) => {
      const project = makeProject({ pipeline: "loads" })
      const { path } = mountDisk(64 * MEGABYTE, files)
      const cache = `${path}/cache`
      const { code, stderr } = await project.run(["run", "--cache", cache])
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(
          /^(.*\n)*pipeline: no more files can be made on the disk, its inodes are used up: \d+ are needed at .*, \d+ are free\. Nothing that was finished is lost; make room and run again\.\n$/
        )
      })
      const status = await project.run(["status", "--cache", cache])
      if (status.code !== 0) expect(status.stderr).toContain("its inodes are used up")
      if (files > 24) expect(status).toMatchObject({ code: 0, stdout: expect.stringContaining("10 nodes") })
    }
  )

  test("a new cache on a full disk is refused in the same words", async () => {
    const project = makeProject({ pipeline: "loads" })
    const disk = mountDisk(2 * MEGABYTE)
    fillUpTo(disk.path, 0)
    const cache = `${disk.path}/cache`
    expectFull(await project.run(["run", "--cache", cache]), cache)
  })
})

test("what a file may not be as large as, and a quota that is used up, are said in the same way", async () => {
  const project = makeProject({ pipeline: "loads" })
  const line = `ulimit -f 1000; exec "${process.execPath}" "${project.path("src/cli/launch.js")}" run --set kilobytes=2048`
  const { status, stderr } = spawnSync("sh", ["-c", line], { cwd: project.root, encoding: "utf8" })
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(
      /pipeline: a file may not become as large as is needed \(a limit of the file system or `ulimit -f`\): \d+\.\d MB are written at .*\. Nothing that was finished is lost; make room and run again\.\n$/
    )
  })
  expect((await project.run(["cache", "verify"])).code).toBe(0)
  expect(end(await project.json(["run", "--set", "kilobytes=2048"]))).toMatchObject({ failed: 0 })
  // Node's codes, and the numbers that LMDB gives.
  for (const code of ["EDQUOT", constants.errno.EDQUOT])
    expect(String(asDiskFull({ code }, "/cache", { bytes: 1, files: 1 }))).toContain("the disk quota is used up")
  expect(() => needRoom(tmpdir(), { bytes: 1, files: 2 ** 52 })).toThrow("its inodes are used up")
})

/** Fills a disk until so many bytes are free. */
function fillUpTo(path: string, free: number): string {
  const { bavail, bsize } = statfsSync(path)
  const file = `${path}/filler`
  writeFileSync(file, Buffer.alloc(Math.max(0, bavail * bsize - Math.ceil(free / bsize) * bsize), 1))
  return file
}
