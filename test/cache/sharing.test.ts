/** A cache folder that lets others write: so does all that is made in it, whatever the umasks; nothing else does. */
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import * as Effect from "effect/Effect"
import { expect, onTestFinished, test } from "vitest"
import { writeBlob } from "../../src/cache/blobs.ts"
import { replaceFile, writeOut } from "../../src/cache/out-file.ts"
import { openCheckpoints } from "../../src/run/checkpoints.ts"
import { append, logPath, startLog } from "../../src/run/logs.ts"
import { withCache } from "../support/cache.ts"
import { end, makeProject } from "../support/project.ts"

function umask(mask: number) {
  const before = process.umask(mask)
  onTestFinished(() => void process.umask(before))
}

function makeParent() {
  const parent = mkdtempSync(join(tmpdir(), "pipeline-sharing-"))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  return parent
}

/** Uses a cache for all that it is for, and a place beside it. */
const use = (folder: string, beside: string) =>
  withCache(folder, ({ place: { logs } }) => {
    writeBlob(folder, Buffer.alloc(10_000))
    const log = logPath(logs, "train/one")
    startLog(folder, log)
    append(log, "words\n")
    const family = "f".repeat(64)
    openCheckpoints(folder, { family, extent: 9 }, () => {}).offer(1, () => Buffer.alloc(10), "always")
    writeOut(join(beside, "got.bin"), Buffer.alloc(10))
    replaceFile(join(beside, "report.html"), "page")
  }).pipe(Effect.runPromise)

/** Permissions of all that is in a folder, but for those to execute: `u`, `g` and `o` where they may write. */
const writers = (folder: string) =>
  new Set(
    (readdirSync(folder, { recursive: true }) as Array<string>).map((name) => {
      const { mode } = lstatSync(join(folder, name))
      return ["u", "g", "o"].filter((_, i) => (mode >> (6 - 3 * i)) & 2).join("")
    })
  )

test.for([
  [0o755, 0o022, "u"],
  [0o2775, 0o022, "ug"],
  [0o2775, 0o077, "ug"],
  [0o775, 0o022, "ug"],
  [0o777, 0o022, "ugo"],
  [0o700, 0o077, "u"]
] as const)("in a folder of mode %o under umask %o all is writable to %s", async ([mode, mask, who]) => {
  const folder = join(makeParent(), "cache")
  const beside = makeParent()
  umask(mask)
  mkdirSync(folder)
  chmodSync(folder, mode)
  await use(folder, beside)
  expect(readdirSync(folder).sort()).toEqual(
    ["blobs", "checkpoints", "index", "journal", "leases", "logs", "open", "opening", "pipeline-cache", "tmp"].sort()
  )
  expect(writers(folder)).toEqual(new Set([who]))
  expect(writers(beside)).toEqual(new Set(["u"]))
  expect(process.umask()).toBe(mask)
})

test("a new cache is as the folder that it is made in, where that passes on its group", async () => {
  umask(0o022)
  const parent = makeParent()
  chmodSync(parent, 0o2775)
  await use(join(parent, "deep/cache"), makeParent())
  expect(writers(parent)).toEqual(new Set(["ug"]))
  const sticky = makeParent()
  chmodSync(sticky, 0o1777)
  await use(join(sticky, "cache"), makeParent())
  expect(writers(sticky)).toEqual(new Set(["u"]))
})

test.skipIf(process.getuid?.() !== 0)("two users under umask 022 take turns (to be another takes root)", async () => {
  umask(0o022)
  const project = makeProject({ pipeline: "loads" })
  for (const path of [dirname(project.root), project.root]) chmodSync(path, 0o755)
  const cache = project.path("shared")
  mkdirSync(cache)
  chmodSync(cache, 0o2775)
  const run = async (nodes: number, uid: number | undefined) => {
    // Reports of the project are its owner's.
    const { code, stdout, stderr } = await project.run(
      ["run", "mix", "--set", `nodes=${nodes}`, "--json", "--cache", cache],
      {},
      uid
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    return end(
      stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line))
    )
  }
  expect(await run(2, undefined)).toMatchObject({ failed: 0 })
  expect(await run(3, 65534)).toMatchObject({ executed: 2, failed: 0 })
  expect(await run(4, undefined)).toMatchObject({ executed: 2, failed: 0 })
  expect((await project.run(["cache", "verify", "--cache", cache], {}, 65534)).code).toBe(0)
  expect(await run(5, 65534)).toMatchObject({ executed: 2, failed: 0 })
  expect(existsSync(join(cache, "journal")) && statSync(join(cache, "journal")).mode & 0o777).toBe(0o664)
})
