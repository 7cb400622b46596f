/** Results in one file, carried to another project, with the real command. */
import { execFileSync } from "node:child_process"
import { createHash } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { zstdCompressSync, zstdDecompressSync } from "node:zlib"
import * as fc from "fast-check"
import { expect, test } from "vitest"
import { endBlocks, entryBlocks, readTar } from "../../src/foreign/tar.ts"
import { end, executed, filesIn, makeProject } from "../support/project.ts"

const LARGE = "the quick brown fox ".repeat(1000)

async function exported() {
  const project = makeProject()
  project.write("texts/fox.txt", LARGE)
  await project.json(["run"])
  expect(end(await project.json(["cache", "export", "words.tar.zst"]))).toMatchObject({
    traces: 5,
    blobs: 1,
    missing: 0
  })
  return project
}

test("an export imported elsewhere makes the run a no-op with the same digests", async () => {
  const here = await exported()
  const there = makeProject()
  there.write("texts/fox.txt", LARGE)
  const archive = here.path("words.tar.zst")
  expect(end(await there.json(["cache", "import", archive]))).toMatchObject({ traces: 5, blobs: 1 })
  expect(end(await there.json(["run"]))).toMatchObject({ executed: 0, reused: 5 })
  expect(await there.digests()).toEqual(await here.digests())
  expect(there.read("reports/words/table.csv")).toBe(here.read("reports/words/table.csv"))
  expect(end(await there.json(["cache", "import", archive]))).toMatchObject({ traces: 0 })
  // What is known of the code came along: a later edit is explained down to the file.
  there.edit("pipeline/compute/words.ts", "[a-z]+", "[a-m]+")
  expect((await there.run(["why", "count/fox"])).stdout).toContain("pipeline/compute/words.ts changed")
  expect((await there.run(["cache", "verify"])).code).toBe(0)
})

test("the same results give the same archive, and other programs read it", async () => {
  const here = await exported()
  const first = readFileSync(here.path("words.tar.zst"))
  await here.json(["cache", "export", "again.tar.zst"])
  expect(readFileSync(here.path("again.tar.zst"))).toEqual(first)
  here.write("words.tar", zstdDecompressSync(first))
  const names = execFileSync("tar", ["-tf", here.path("words.tar")], { encoding: "utf8" })
    .trim()
    .split("\n")
  expect(names.slice(0, 3)).toEqual(["pipeline-archive.json", "codes.json", "traces.jsonl"])
  const blob = execFileSync("tar", ["-xOf", here.path("words.tar"), names[3]], { encoding: "utf8" })
  expect(blob).toBe(LARGE)
})

test("of a truncated, altered or foreign file nothing is taken, and one message says so", async () => {
  const here = await exported()
  const good = readFileSync(here.path("words.tar.zst"))
  const altered = Buffer.from(good)
  altered[altered.length >> 1] ^= 1
  const there = makeProject()
  there.write("texts/fox.txt", LARGE)
  const cases = [
    good.subarray(0, good.length >> 1),
    good.subarray(0, -2),
    altered,
    Buffer.from("no archive"),
    Buffer.alloc(0)
  ]
  for (const bytes of cases) {
    writeFileSync(there.path("bad.tar.zst"), bytes)
    expect(await there.run(["cache", "import", "bad.tar.zst"])).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "pipeline: bad.tar.zst: it is damaged, cut short, or no archive of a pipeline's cache; nothing was imported\n"
    })
  }
  expect((await there.run(["cache", "import", "nowhere.tar.zst"])).stderr).toContain("found nothing there")
  expect(filesIn(there.path("cache/blobs"))).toEqual([])
  expect(filesIn(there.path("cache/tmp"))).toEqual([])
  expect(executed(await there.json(["run"]))).toHaveLength(5)
})

test("an archive that was sealed again with another artifact in it is refused by the artifact's digest", async () => {
  const here = await exported()
  const tar = zstdDecompressSync(readFileSync(here.path("words.tar.zst")))
  tar[tar.indexOf(LARGE.slice(0, 100)) + 5] ^= 1
  const packed = zstdCompressSync(tar)
  const seal = Buffer.from("502a4d1820000000", "hex")
  const digest = createHash("sha256").update(packed).digest()
  here.write("forged.tar.zst", Buffer.concat([packed, seal, digest]))
  const there = makeProject()
  const { code, stderr } = await there.run(["cache", "import", here.path("forged.tar.zst")])
  expect(code).toBe(1)
  expect(stderr).toMatch(/the artifact [0-9a-f]{12}… in it is damaged; nothing was imported/)
  expect(filesIn(there.path("cache/blobs"))).toEqual([])
})

test("tar files are read as they were written, however they are cut into chunks", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 1500 }), { maxLength: 4 }),
      fc.integer({ min: 1, max: 700 }),
      async (contents, cut) => {
        const entries = contents.map((bytes, i) => ({ name: `blobs/${i}`, bytes }))
        const file = Buffer.concat([...entries.flatMap((entry) => [...entryBlocks(entry)]), endBlocks()])
        const chunks = async function* () {
          for (let at = 0; at < file.length; at += cut) yield file.subarray(at, at + cut)
        }
        const read: Array<{ name: string; bytes: Uint8Array }> = []
        for await (const { name, bytes } of readTar(chunks(), 1 << 20)) {
          const pieces: Array<Uint8Array> = []
          for await (const piece of bytes) pieces.push(piece)
          read.push({ name, bytes: new Uint8Array(Buffer.concat(pieces)) })
        }
        expect(read).toEqual(entries.map(({ name, bytes }) => ({ name, bytes: new Uint8Array(bytes) })))
      }
    ),
    { numRuns: 50 }
  )
})
