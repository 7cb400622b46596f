/**
 * The machine stops, as when the power fails: of what was not synced to disk, any part may be there afterwards, old or
 * new, or zeros in its place. What was announced is found again all the same, from the journal and the blobs.
 */
import { appendFileSync, copyFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { expect, test } from "vitest"
import { end, executed, linesOf, makeProject } from "../support/project.ts"
import { mulberry } from "../support/random.ts"

const PAGE = 4096 // bytes, of LMDB and of the system
const first = ["--set", "rounds=0"]
const second = ["--set", "rounds=0,1"]
const third = ["--set", "rounds=0,1,2"]
const NODES = 10 // of a round

/** A data file of which the system had written some pages and not others. */
function torn(old: Buffer, fresh: Buffer, random: () => number): Buffer {
  const bytes = Buffer.from(random() < 0.5 ? fresh : fresh.subarray(0, Math.max(old.length, 2 * PAGE)))
  for (let at = 0; at < bytes.length; at += PAGE) {
    const share = random()
    if (share < 0.4) old.subarray(at, at + PAGE).copy(bytes, at)
    else if (share < 0.5) bytes.fill(0, at, at + PAGE)
  }
  return bytes
}

test("when the machine stops, nothing that was announced is lost, whatever became of the index", async () => {
  const project = makeProject({ pipeline: "loads" })
  const [data, journal] = [project.path("cache/index/data.mdb"), project.path("cache/journal")]
  await project.json(["run", ...third])
  const expected = await project.digests(third)
  for (const part of ["cache", "reports"]) project.remove(part)

  await project.json(["run", ...first])
  const old = readFileSync(data)
  await project.json(["run", ...second])
  const synced = statSync(journal).size
  const fresh = readFileSync(data)
  await project.json(["run", ...third])
  copyFileSync(journal, project.path("whole"))
  const ahead = readFileSync(data) // of the journal's synced part: committed, and lost with the machine

  const random = mulberry(5)
  for (let i = 0; i < 12; i++) {
    // The journal up to what was synced last, and what happened to be on disk of the lines that were being written.
    copyFileSync(project.path("whole"), journal)
    truncateSync(journal, synced + Math.floor(random() * 1000))
    if (i % 3 === 0) appendFileSync(journal, Buffer.alloc(500))
    writeFileSync(data, torn(random() < 0.5 ? old : fresh, ahead, random))
    // The note that the index is whole goes, durably, before the first change; that of the boot is written with it.
    rmSync(project.path("cache/index/clean"), { force: true })
    project.write("cache/index/boot", "another boot of this machine")

    const { stdout, stderr } = await project.run(["run", "--json", ...second])
    expect(stderr).toContain("index was in use when the machine stopped; it is made again from the journal")
    expect(end(linesOf(stdout))).toMatchObject({ executed: 0, reused: 2 * NODES, failed: 0 })
    const kept = await project.digests(second)
    for (const output in kept) expect(kept[output], output).toBe(expected[output])
  }

  const names = executed(await project.json(["run", ...third]))
  expect(names.filter((name) => !name.includes("/2"))).toEqual([])
  expect(await project.digests(third)).toEqual(expected)
})

test("an index that was closed in order before the machine stopped is believed", async () => {
  const project = makeProject({ pipeline: "loads" })
  await project.json(["run"])
  project.write("cache/index/boot", "another boot of this machine")
  const { stderr } = await project.run(["status"])
  expect(stderr).toBe("")
})
