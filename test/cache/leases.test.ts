/** Who is alive, and who has what: in this container, in another, on another machine. */
import { spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { open } from "lmdb"
import { expect, onTestFinished, test } from "vitest"
import { type OpenLeases, openLeases } from "../../src/cache/leases.ts"
import { isBeingWritten, markOpen, openElsewhere, ownName, ProcessIdTaken } from "../../src/cache/process.ts"
import { tidy } from "../../src/cache/tidy.ts"

const [, start, machine, container] = ownName.split("-")
const inContainer = (pid: number) => `${pid}-${start}-${machine}-1${container}`
const onMachine = (pid: number) => `${pid}-${start}-${"0".repeat(12)}-${container}`

function makeCache(): string {
  const cache = mkdtempSync(join(tmpdir(), "pipeline-leases-"))
  onTestFinished(() => rmSync(cache, { recursive: true, force: true }))
  return cache
}

/** A process's note that it has the cache open, last touched so many seconds ago. */
function note(cache: string, name: string, seconds: number): string {
  const path = join(cache, "open", name)
  const then = Date.now() / 1000 - seconds
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, "1000 elsewhere\n")
  utimesSync(path, then, then)
  return path
}

async function withLease(holder: string, seconds: number, use: (leases: OpenLeases) => void) {
  const cache = makeCache()
  note(cache, holder, seconds)
  const database = open<{ holder: string }, string>({ path: join(cache, "leases"), encoding: "json" })
  database.putSync("key", { holder })
  await database.close()
  const leases = openLeases(cache, false)
  use(leases)
  leases.close()
}

test("what a process in another container computes is taken over when that has been silent for long", async () => {
  await withLease(inContainer(7), 5, (leases) => {
    expect([...leases.held()]).toEqual(["key"])
    expect([...leases.take(["key", "other"])]).toEqual(["other"])
    expect(leases.holderOf("key")).toBe("process 7 on elsewhere, in another container")
    // Not ours to give back.
    leases.release(["key"])
    expect(leases.holderOf("key")).toBeDefined()
  })
  await withLease(inContainer(7), 60, (leases) => {
    expect(leases.holderOf("key")).toBeUndefined()
    expect([...leases.take(["key"])]).toEqual(["key"])
  })
  // A clock that was set back makes nobody silent.
  await withLease(inContainer(7), -1000, (leases) => expect([...leases.take(["key"])]).toEqual([]))
  // Here the system knows, whatever the note says.
  await withLease(`999999-${start}-${machine}-${container}`, 0, (leases) =>
    expect([...leases.take(["key"])]).toEqual(["key"])
  )
})

test("a note is touched for as long as its process has the cache open", async () => {
  const cache = makeCache()
  const unmark = markOpen(cache)
  const path = join(cache, "open", ownName)
  utimesSync(path, 0, 0)
  await expect.poll(() => isBeingWritten(cache, inContainer(7), path), { timeout: 4000 }).toBe(true)
  unmark()
  expect(existsSync(path)).toBe(false)
})

test("a process with this one's id in another container is no neighbour for this one", () => {
  const cache = makeCache()
  note(cache, inContainer(process.pid), 1)
  expect(() => markOpen(cache)).toThrow(ProcessIdTaken)
  note(cache, inContainer(process.pid), 3600)
  markOpen(cache)()
  tidy(cache)
  expect(readdirSync(join(cache, "open"))).toEqual([])
})

test("a cache that is open on another machine is refused; one that was, before its machine stopped, is not", () => {
  const cache = makeCache()
  const path = note(cache, onMachine(7), 1)
  const beats = spawn("sh", ["-c", `while sleep 0.3; do echo 1000 elsewhere > '${path}'; done`])
  try {
    expect(() => markOpen(cache)).toThrow("process 7 on elsewhere, another machine, has it open")
  } finally {
    beats.kill("SIGKILL")
  }
  note(cache, onMachine(7), 3600)
  markOpen(cache)()
  expect(openElsewhere(cache)).toBe(false)
})
