/** A full disk: told of in plain words before anything breaks, nothing damaged, and the run goes on when there is room. */
import { readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { sha256 } from "../../src/graph/key.ts"
import { canMount, mountDisk } from "../support/disk.ts"
import { executed, filesIn, linesOf, makeProject } from "../support/project.ts"

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

  test("a new cache on a full disk is refused in the same words", async () => {
    const project = makeProject({ pipeline: "loads" })
    const disk = mountDisk(2 * MEGABYTE)
    fillUpTo(disk.path, 0)
    const cache = `${disk.path}/cache`
    expectFull(await project.run(["run", "--cache", cache]), cache)
  })
})

/** Fills a disk until so many bytes are free. */
function fillUpTo(path: string, free: number): string {
  const { bavail, bsize } = statfsSync(path)
  const file = `${path}/filler`
  writeFileSync(file, Buffer.alloc(Math.max(0, bavail * bsize - Math.ceil(free / bsize) * bsize), 1))
  return file
}
