/** Damage to the cache's files: found, told of, mended; never a crash of the process, never a wrong result. */
import { readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs"
import { expect, test } from "vitest"
import { openDatabases } from "../../src/cache/index-store.ts"
import { sha256 } from "../../src/graph/key.ts"
import {
  ALONE,
  end,
  executed,
  filesIn,
  linesOf,
  makeProject,
  type Project,
  preparedProject
} from "../support/project.ts"

const NODES = 10 // of the study loads with its defaults

const prepared = preparedProject({ ...ALONE, pipeline: "loads" }, async (project) => {
  await project.json(["run"])
  return project.digests()
})

async function made() {
  const { project, prepared: digests } = await prepared()
  return { project, digests }
}

const blobOf = (project: Project, digest: string) => project.path("cache/blobs", digest.slice(0, 2), digest.slice(2))

const flip = (path: string, at?: number) => {
  const bytes = readFileSync(path)
  bytes[at ?? bytes.length >> 1] ^= 1
  writeFileSync(path, bytes)
}

const DAMAGE = {
  "with a flipped bit": (path: string) => flip(path),
  truncated: (path: string) => truncateSync(path, statSync(path).size >> 1),
  empty: (path: string) => truncateSync(path, 0),
  deleted: (path: string) => rmSync(path)
}

/** Under every blob's name are its bytes. */
function expectSound(project: Project) {
  for (const file of filesIn(project.path("cache/blobs")))
    expect(sha256(readFileSync(project.path("cache/blobs", file)))).toBe(file.replace("/", ""))
}

test.for(Object.entries(DAMAGE))("blobs %s are told of and made again when they are read", async ([how, damage]) => {
  const { project, digests } = await made()
  // All inputs of the node that collects, more than it would be tried again for one of them.
  for (const id of [0, 1, 2, 3]) damage(blobOf(project, digests[`mix/0/${id}:data`]))
  const lines = await project.json(["run", "sum", "--force"])
  expect(executed(lines).sort()).toEqual(["mix/0/0", "mix/0/1", "mix/0/2", "mix/0/3", "sum/0"])
  const notices = lines.filter((line) => line.type === "notice").map((line) => line.message)
  if (how !== "deleted") {
    expect(notices).toHaveLength(4)
    for (const notice of notices) expect(notice).toMatch(/artifact .* is damaged .*blobs.*it is made again/)
    expect(readdirSync(project.path("cache/damaged"))).toHaveLength(4)
  }
  expect(await project.digests()).toEqual(digests)
  expectSound(project)
})

test("damage two steps back is made good step by step", async () => {
  const { project, digests } = await made()
  flip(blobOf(project, digests["make/0/1:data"]))
  flip(blobOf(project, digests["mix/0/1:data"]))
  const lines = await project.json(["run", "sum", "--force"])
  expect(executed(lines).sort()).toEqual(["make/0/1", "mix/0/1", "sum/0"])
  expect(await project.digests()).toEqual(digests)
  expectSound(project)
})

test("a node whose inputs come while another of them is made again waits for it", async () => {
  const project = makeProject({ ...ALONE, pipeline: "loads" })
  const slow = ["--set", "milliseconds=300"]
  await project.json(["run", ...slow])
  const digests = await project.digests(slow)
  // mix/1 needs make/2, which runs from the start, and make/1, whose damage mix/0 finds meanwhile.
  for (const node of ["mix/0/0", "mix/0/1", "make/0/2"]) rmSync(blobOf(project, digests[`${node}:data`]))
  flip(blobOf(project, digests["make/0/1:data"]))
  const lines = await project.json(["run", "mix/0/0", "mix/0/1", "loads", "--jobs", "2", ...slow])
  expect(executed(lines).sort()).toEqual(["make/0/1", "make/0/2", "mix/0/0", "mix/0/1"])
  expect(end(lines)).toMatchObject({ executed: 4, reused: NODES - 4, failed: 0, skipped: 0 })
  expect(await project.digests(slow)).toEqual(digests)
})

test.for(["with a flipped bit", "deleted"] as const)("a report whose blob is %s is made again", async (how) => {
  const { project, digests } = await made()
  const report = readFileSync(project.path("reports/0/all.bin"))
  DAMAGE[how](blobOf(project, digests["sum/0:all.bin"]))
  project.remove("reports")
  expect(executed(await project.json(["run"]))).toEqual(["sum/0"])
  expect(readFileSync(project.path("reports/0/all.bin"))).toEqual(report)
  expect(await project.digests()).toEqual(digests)
})

test("`get` hands over no damaged bytes", async () => {
  const { project, digests } = await made()
  flip(blobOf(project, digests["mix/0/2:data"]))
  const { code, stdout, stderr } = await project.run(["get", "mix/0/2", "--out", "-"])
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
  expect(stderr).toMatch(/artifact .* is damaged .*; `pipeline run 'mix\/0\/2'` makes it again/)
  // Nothing else reads it, so nothing runs; whoever asks for it has it made again.
  expect(executed(await project.json(["run"]))).toEqual([])
  expect((await project.run(["get", "mix/0/2", "--out", "-"])).stderr).toMatch(/'data' is here by digest alone/)
  expect(executed(await project.json(["run", "mix/0/2"]))).toEqual(["mix/0/2"])
})

const noise = (length: number) => Buffer.from(Array.from({ length }, (_, i) => (i * 2654435761) >>> 13))

/** Damage to the index's data file, with what the command says of it. */
const INDEX_DAMAGE: Readonly<Record<string, readonly [(path: string) => void, RegExp | undefined]>> = {
  "truncated to a half": [(path) => truncateSync(path, statSync(path).size >> 1), /index was damaged/],
  "truncated within its second page": [(path) => truncateSync(path, 5000), /index was damaged/],
  empty: [(path) => truncateSync(path, 0), /index was damaged/],
  zeroed: [(path) => writeFileSync(path, Buffer.alloc(statSync(path).size)), /index was damaged/],
  "zeroed behind its head": [(path) => writeFileSync(path, readFileSync(path).fill(0, 8192)), /index was damaged/],
  garbage: [(path) => writeFileSync(path, noise(statSync(path).size)), /index was damaged/],
  "garbage behind its head": [
    (path) => {
      const bytes = readFileSync(path)
      noise(bytes.length - 8192).copy(bytes, 8192)
      writeFileSync(path, bytes)
    },
    /index was damaged/
  ],
  "a text": [(path) => writeFileSync(path, "not an index"), /index was damaged/],
  deleted: [(path) => rmSync(path), /index was gone/]
}

test.for(Object.entries(INDEX_DAMAGE))(
  "an index that is %s is made again from the journal",
  async ([, [damage, said]]) => {
    const { project, digests } = await made()
    damage(project.path("cache/index/data.mdb"))
    const { code, stdout, stderr } = await project.run(["run", "--json"])
    expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringMatching(said!) })
    expect(stderr).toContain(`${NODES} traces were read from the journal`)
    expect(end(linesOf(stdout))).toMatchObject({ executed: 0, reused: NODES })
    expect(await project.digests()).toEqual(digests)
    // And it is told of once.
    expect((await project.run(["status"])).stderr).toBe("")
  }
)

test("a flipped bit of an index is harmless, in either of its heads and in ten places behind them", async () => {
  const { project, digests } = await made()
  const path = project.path("cache/index/data.mdb")
  const whole = readFileSync(path)
  const PAGE = 4096
  const behind = Array.from(
    { length: 10 },
    (_, i) => 2 * PAGE + Math.floor(((i + 0.5) / 10) * (whole.length - 2 * PAGE))
  )
  for (const [i, place] of [40, PAGE + 40, ...behind].entries()) {
    const bytes = Buffer.from(whole)
    bytes[place] ^= 1 << (i % 8)
    writeFileSync(path, bytes)
    expect(await project.digests()).toEqual(digests)
  }
})

test("an index of another format is made again; so is a whole folder that was deleted", async () => {
  const { project, digests } = await made()
  const store = openDatabases(project.path("cache"), false)
  await store.meta.put("format", 0)
  await store.root.close()
  const { code, stdout, stderr } = await project.run(["run", "--json"])
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining("index was of another format") })
  expect(end(linesOf(stdout))).toMatchObject({ executed: 0, reused: NODES })
  for (const folder of ["index", "leases", "open", "opening", "tmp"]) project.remove(`cache/${folder}`)
  expect(end(await project.json(["run"]))).toMatchObject({ executed: 0, reused: NODES })
  expect(await project.digests()).toEqual(digests)
})

test("garbage in the leases and in the notes of who is there matters to nobody", async () => {
  const { project } = await made()
  for (const file of [
    "leases/data.mdb",
    "leases/lock.mdb",
    "open/17-abc",
    "open/nonsense",
    "opening/17-abc.4",
    "index/clean"
  ])
    project.write(`cache/${file}`, noise(40_000))
  expect(executed(await project.json(["run", "--set", "nodes=5"])).sort()).toEqual(["make/0/5", "mix/0/4", "sum/0"])
})

test("a small artifact that is damaged in the index is made again", async () => {
  const project = makeProject(ALONE)
  await project.json(["run"])
  const digests = await project.digests()
  const store = openDatabases(project.path("cache"), false)
  await store.values.put(digests["count/fox:counts"], Buffer.from(`{"fox":99}`))
  await store.root.close()
  // As if it had been closed in order: the probe of the whole index would have found it.
  const { size, mtimeNs, ino } = statSync(project.path("cache/index/data.mdb"), { bigint: true })
  project.write("cache/index/clean", `${size} ${mtimeNs} ${ino}`)
  expect(executed(await project.json(["run", "table/all", "--force"])).sort()).toEqual(["count/fox", "table/all"])
  expect(await project.digests()).toEqual(digests)
})

const journalOf = (project: Project) => project.path("cache/journal")

test("damaged lines of the journal cost their nodes and no others", async () => {
  const { project, digests } = await made()
  const lines = project.read("cache/journal").split("\n")
  const spoilt = lines.findIndex((line) => line.includes(`"name":"mix/0/1"`))
  lines[spoilt] = lines[spoilt].replace(/[0-9]/, (digit) => String((Number(digit) + 1) % 10))
  // A line that was torn, and one that was never a line.
  lines.splice(2, 0, lines[3].slice(0, 80), "\u0000\u0000\u0000")
  project.write("cache/journal", lines.join("\n"))
  project.remove("cache/index")
  const { code, stdout, stderr } = await project.run(["run", "--json"])
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining("3 damaged lines of the journal") })
  expect(executed(linesOf(stdout))).toEqual(["mix/0/1"])
  expect(await project.digests()).toEqual(digests)
})

test.for([
  { how: "cut in the middle of a line", spoil: (path: string) => truncateSync(path, (statSync(path).size >> 1) + 7) },
  { how: "deleted", spoil: (path: string) => rmSync(path) },
  { how: "empty", spoil: (path: string) => truncateSync(path, 0) }
])("a journal that is $how is written again from the index", async ({ spoil }) => {
  const { project, digests } = await made()
  spoil(journalOf(project))
  const { code, stdout, stderr } = await project.run(["run", "--json"])
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("journal was shorter than its index")
  })
  expect(end(linesOf(stdout))).toMatchObject({ executed: 0, reused: NODES })
  project.remove("cache/index")
  expect(end(await project.json(["run"]))).toMatchObject({ executed: 0, reused: NODES })
  expect(await project.digests()).toEqual(digests)
})

test("journal and index both garbage: all runs again, from nothing, to the same digests", async () => {
  const { project, digests } = await made()
  writeFileSync(journalOf(project), noise(statSync(journalOf(project)).size))
  writeFileSync(project.path("cache/index/data.mdb"), noise(50_000))
  expect(end(await project.json(["run"]))).toMatchObject({ executed: NODES, failed: 0 })
  expect(await project.digests()).toEqual(digests)
})
