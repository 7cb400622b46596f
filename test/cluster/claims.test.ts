/** Claims between machines: one gets a node, the dead lose theirs, whatever their clocks and their files say. */
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { makeBook, openClaims } from "../../src/cluster/claims.ts"
import { holderName, type WorkerNote, watchWorkers, writeWorker } from "../../src/cluster/workers.ts"
import { folderOf } from "../support/folder.ts"

const LEASE = 1000
/** Places of nodes. */
const [A, B] = [0, 1]

const noteOf = (id: string, change: Partial<WorkerNote> = {}): WorkerNote => ({
  id,
  life: 0,
  beat: 0,
  host: "host",
  pid: 1,
  slots: 1,
  since: "2026-01-01T00:00:00Z",
  done: 0,
  failed: 0,
  doing: [],
  ended: null,
  ...change
})

/** Machines that share a folder; each has a clock of its own, that goes on only when it is told to. */
function machines(names: ReadonlyArray<string>) {
  const run = folderOf({})
  const folder = join(run, "claims")
  const book = makeBook(names)
  const clocks = new Map<string, number>()
  const join_ = (id: string, life = 0, startsAt = 0) => {
    clocks.set(id, startsAt)
    writeWorker(run, noteOf(id, { life }))
    const watch = watchWorkers(run, LEASE, () => clocks.get(id)!)
    const claims = openClaims(folder, holderName({ id, life }), watch, book)
    return { claims, watch, pass: (ms: number) => void clocks.set(id, clocks.get(id)! + ms) }
  }
  return { run, folder, join: join_ }
}

test("a node goes to one of many, and all others see whose it is", () => {
  const { join } = machines(["a", "b"])
  const all = Array.from({ length: 20 }, (_, i) => join(`w${i}`).claims)
  const taken = all.map((claims) => claims.take(A))
  expect(taken.filter((claim) => claim === "ours")).toHaveLength(1)
  expect(taken.filter((claim) => claim === "theirs")).toHaveLength(19)
  expect(all[3].take(B)).toBe("ours")
  all[3].done(B)
  expect(all[4].stateOf(B)).toBe("free") // it has not looked
  expect(all[4].take(B)).toBe("theirs")
  expect(all[4].lookAt(B)).toBe("done")
  all[5].look()
  expect(all[5].stateOf(B)).toBe("done")
  expect(all[5].stateOf(A)).toBe("theirs")
})

test("a worker is dead that has not written for the lease's time by the observer's clock; then one takes its node", () => {
  const { run, join } = machines(["a"])
  const owner = join("owner", 0, 9e9) // clocks may differ by months
  const [one, other] = [join("one"), join("other", 0, -5e8)]
  expect(owner.claims.take(A)).toBe("ours")
  expect([one, other].map(({ claims }) => claims.take(A))).toEqual(["theirs", "theirs"])
  for (let beat = 1; beat < 5; beat++) {
    writeWorker(run, noteOf("owner", { beat }))
    for (const { claims, pass } of [one, other]) {
      expect(claims.lookAt(A)).toBe("theirs")
      pass(0.9 * LEASE)
      expect(claims.lookAt(A)).toBe("theirs")
    }
  }
  for (const { pass } of [one, other]) pass(LEASE)
  expect([one, other].map(({ claims }) => claims.lookAt(A))).toEqual(["ours", "theirs"])
  // The one that took it is alive, for the other as well.
  other.pass(0.9 * LEASE)
  expect(other.claims.lookAt(A)).toBe("theirs")
  // Whoever was taken for dead and was not, ends it all the same.
  owner.claims.done(A)
  expect(other.claims.lookAt(A)).toBe("done")
  one.claims.done(A)
})

test("what a worker had in an earlier life, or before it ended, is free at once", () => {
  const { run, join } = machines(["a", "b"])
  const before = join("worker")
  before.claims.take(A)
  const other = join("other")
  expect(other.claims.take(A)).toBe("theirs")
  const now = join("worker", 1)
  expect(now.claims.take(A)).toBe("theirs")
  expect(now.claims.lookAt(A)).toBe("ours")
  expect(other.claims.lookAt(A)).toBe("theirs")
  now.claims.take(B)
  writeWorker(run, noteOf("worker", { life: 1, ended: "stopped" }))
  other.claims.take(B)
  expect(other.claims.lookAt(B)).toBe("ours")
})

test("a claim without a holder, half written when its machine died, and strange files hold nobody up", () => {
  const { folder, join } = machines(["a", "b"])
  mkdirSync(folder, { recursive: true })
  const book = makeBook(["a", "b"])
  const file = (what: string) => `${folder}/${book.digestAt(0)}.${what}`
  writeFileSync(file("0"), "")
  for (const name of ["x", "99", "done.tmp", "-1"]) writeFileSync(file(name === "x" ? "" : name), "strange")
  writeFileSync(`${folder}/${"0".repeat(32)}.done`, "")
  const { claims, pass } = join("worker")
  claims.look()
  expect(claims.stateOf(B)).toBe("free")
  expect(claims.lookAt(A)).toBe("theirs")
  pass(LEASE)
  expect(claims.lookAt(A)).toBe("ours")
})

test("a failure is told with its reason; a result that is lost is claimed again by one", () => {
  const { join } = machines(["a", "b"])
  const [one, other] = [join("one").claims, join("other").claims]
  one.take(A)
  one.failed(A, "it stumbled")
  other.look()
  expect(other.take(A)).toBe("failed")
  expect(other.messageOf(A)).toBe("it stumbled")
  one.take(B)
  one.done(B)
  other.look()
  const third = join("third").claims
  third.look()
  expect([other, third].map((claims) => claims.takeAgain(B))).toEqual(["ours", "theirs"])
  other.done(B)
  third.look()
  expect(third.stateOf(B)).toBe("done")
})

test("a large run spreads its claims over folders", () => {
  const names = Array.from({ length: 2500 }, (_, i) => `node/${i}`)
  const { folder, join } = machines(names)
  const one = join("one").claims
  for (let place = 0; place < 400; place++) one.take(place)
  const other = join("other").claims
  other.look()
  expect(readdirSync(folder).length).toBe(16)
  expect(other.requests).toEqual({ made: 0, read: 0, listed: 16 })
  expect(names.map((_, place) => other.stateOf(place)).filter((state) => state === "theirs")).toHaveLength(400)
})
