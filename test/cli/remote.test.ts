/** Remotes from the command line: what is there is not computed, and what is lost there is computed to the same bytes. */
import { readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { end, makeProject } from "../support/project.ts"
import { serveRemote } from "../support/remote.ts"

test("a result is computed once, whatever becomes of the remote, and is told to have come from there", async () => {
  const project = makeProject({ pipeline: "loads" })
  const shared = project.path("../shared")
  const run = async (remote = shared): Promise<Readonly<Record<string, unknown>>> => {
    const lines = await project.json(["run", "--remote", remote])
    const notices = lines.filter(({ type, message }) => type === "notice" && String(message).startsWith("the remote "))
    return { ...end(lines), notices: notices.length }
  }
  /** As on another machine. */
  const begin = () => ["cache", "reports"].forEach(project.remove)
  expect(await run()).toMatchObject({ executed: 10, failed: 0, notices: 0 })
  const digests = await project.digests()
  const report = project.read("reports/0/sum.csv")

  begin()
  expect(await run()).toMatchObject({ executed: 0, reused: 10, notices: 0 })
  expect(await project.digests()).toEqual(digests)
  expect(project.read("reports/0/sum.csv")).toBe(report)
  // The bytes of what nothing reads stayed there.
  expect(readdirSync(project.path("cache/blobs")).length).toBeLessThan(readdirSync(join(shared, "cas")).length)
  expect((await project.json(["show", "make/0/0"]))[0]).toMatchObject({ origin: shared })
  expect((await project.json(["why", "sum/0"]))[0]).toMatchObject({ origin: shared })

  // Some traces are forgotten, so their nodes read the bytes of others; then some bytes, the report's among them.
  const traces = readdirSync(join(shared, "ac"))
  const mixed = traces.filter((key) => readFileSync(join(shared, "ac", key), "utf8").includes('"stage":"mix"'))
  for (const key of mixed) rmSync(join(shared, "ac", key))
  begin()
  expect(await run()).toMatchObject({ executed: 4, reused: 6, notices: 0 })
  const bytes = readdirSync(join(shared, "cas"))
  for (const digest of bytes.filter((_, i) => i % 2 === 0)) rmSync(join(shared, "cas", digest))
  begin()
  const lossy = await run()
  expect(lossy).toMatchObject({ failed: 0, notices: lossy.executed === 0 ? 0 : 1 })
  expect(await project.digests()).toEqual(digests)
  expect(project.read("reports/0/sum.csv")).toBe(report)
  begin()
  expect(await run()).toMatchObject({ executed: 0, notices: 0 })
  expect(readdirSync(join(shared, "ac")).sort()).toEqual([...traces].sort())
})

test("a server that fails, lies and stalls by turns changes nothing but how much is computed", async () => {
  const server = await serveRemote()
  const project = makeProject({ pipeline: "loads" })
  const run = async () => end(await project.json(["run", "--remote", server.url]))
  await project.json(["run"])
  const digests = await project.digests()
  for (const seed of [0, 1, 2]) {
    let count = seed
    const faults = ["drop", 500, "wrong", "short", "forget", "break"] as const
    server.fault = () => (++count % 3 === 0 ? faults[(count / 3) % faults.length] : undefined)
    project.remove("cache")
    expect(await run(), String(seed)).toMatchObject({ failed: 0 })
    expect(await project.digests()).toEqual(digests)
  }
  // Whatever it has now, what is taken from there is right.
  server.fault = () => undefined
  project.remove("cache")
  await run()
  expect(await project.digests()).toEqual(digests)
})

test("pushed by one and pulled by another, who then needs no remote", async () => {
  const project = makeProject({ pipeline: "loads" })
  const shared = project.path("../shared")
  await project.json(["run"])
  const pushed = await project.json(["cache", "push", "loads", shared])
  expect(pushed).toMatchObject([{ type: "push", remote: shared, results: 10, failed: 0 }])
  expect(await project.json(["cache", "push", shared])).toMatchObject([{ results: 10, blobs: 0 }])
  project.remove("cache")
  expect(await project.json(["cache", "pull", "loads", shared])).toMatchObject([{ results: 10, absent: 0, missing: 0 }])
  rmSync(shared, { recursive: true })
  expect(end(await project.json(["run"]))).toMatchObject({ executed: 0, reused: 10 })
  // A word that may be a target is no folder to be made, and no password is repeated.
  const refused = async (args: ReadonlyArray<string>) => {
    const { code, stderr } = await project.run(args)
    expect(code, stderr).toBe(2)
    return stderr
  }
  expect(await refused(["cache", "push", "loads"])).toContain("a folder beside this one is ./loads")
  expect(await refused(["plan", "--remote", "https://me:hunter2@host/x"])).not.toContain("hunter2")
})
