/** A remote behind a cache: what one machine has made another takes, and whatever the remote does no result is another. */
import { readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { expect, test } from "vitest"
import { Artifacts } from "../../../src/cache/artifacts.ts"
import { writeBlob } from "../../../src/cache/blobs.ts"
import { type Cache, openCache } from "../../../src/cache/cache.ts"
import type { JournalRecord } from "../../../src/cache/record.ts"
import { readEntry, writeEntry } from "../../../src/cache/remote/entry.ts"
import { folderTransport } from "../../../src/cache/remote/folder.ts"
import { httpTransport } from "../../../src/cache/remote/http.ts"
import { Remote, type RemoteOptions } from "../../../src/cache/remote/remote.ts"
import { makeKey, readKey } from "../../../src/cache/remote/signing.ts"
import { LIMITS, type Limits } from "../../../src/cache/remote/transport.ts"
import { Traces } from "../../../src/cache/traces.ts"
import { keyOf, sha256 } from "../../../src/graph/key.ts"
import { folderOf } from "../../support/folder.ts"
import { type Fault, type RemoteServer, serveRemote } from "../../support/remote.ts"

const keyFor = (name: string) =>
  keyOf(
    { stage: { name: "stage" }, encoded: "{}", numericClass: undefined },
    { code: sha256(name), inputs: {}, files: {} }
  )

const bytesFor = (name: string) => Buffer.from(`${name} `.repeat(10_000))
const blobOf = (name: string) => ({ digest: sha256(bytesFor(name)), size: bytesFor(name).length })

/** A result with a small artifact and a blob. */
function recordFor(name: string): JournalRecord {
  const small = Buffer.from(name)
  return {
    trace: {
      key: keyFor(name),
      name,
      stage: "stage",
      code: sha256(name),
      parameters: "{}",
      inputs: {},
      sources: {},
      files: {},
      numericClass: null,
      outputs: { blob: blobOf(name), small: { digest: sha256(small), size: small.length } },
      circumstances: {
        finished: "2026-01-01T00:00:00Z",
        seconds: 1,
        host: "",
        cpu: "",
        platform: "",
        node: "",
        packages: {},
        work: 1
      }
    },
    values: { [sha256(small)]: small.toString("base64") }
  }
}

/** Where nothing comes, so long is waited for it; where something is to come, on a busy machine too, as long as ever. */
const limitsFor = (fault?: Fault): Limits =>
  fault === "hang" || fault === "drip" ? { ...LIMITS, answerMs: 1000 } : LIMITS

type Options = Partial<RemoteOptions> & Pick<RemoteOptions, "transport">

/** Does something with a remote behind the cache; gives what was told to the user as well. */
const withRemote = <A, E, R>(options: Options, use: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    const told: Array<string> = []
    const tell = (message: string) => void told.push(message)
    const layer = Remote.layer({ writes: true, tell, pausesMs: [1, 1], ...options })
    return use.pipe(
      Effect.provide(layer),
      Effect.map((value) => ({ value, told }))
    )
  })

const inCache = <A, E>(folder: string, use: Effect.Effect<A, E, Cache>) =>
  Effect.runPromise(Effect.provide(use, openCache({ project: folder, folder, rehash: false })))

/** The same in a cache that is opened for it. */
async function behind<A, E>(options: Options, use: Effect.Effect<A, E, Cache | Remote>, folder = folderOf({})) {
  return { ...(await inCache(folder, withRemote(options, use))), folder }
}

/** Makes results and waits until they are pushed. */
const make = (folder: string, names: ReadonlyArray<string>, ms = 5000) =>
  Effect.gen(function* () {
    const artifacts = yield* Artifacts
    for (const name of names) artifacts.add([writeBlob(folder, bytesFor(name)).digest])
    yield* (yield* Traces).commit(names.map(recordFor))
    return yield* (yield* Remote).end(ms)
  })

const push = (transport: Options["transport"], names: ReadonlyArray<string>, more: Partial<RemoteOptions> = {}) => {
  const folder = folderOf({})
  return behind({ transport, ...more }, make(folder, names), folder)
}

/** What is there of results, after asking for them and for their bytes: `trace`, `bytes`. */
const take = (names: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const remote = yield* Remote
    const artifacts = yield* Artifacts
    const traces = yield* Traces
    yield* remote.ask(names.map(keyFor))
    yield* remote.bring(names.map((name) => blobOf(name).digest))
    return names.map((name) => {
      const outputs = traces.outputs(keyFor(name))
      if (outputs === undefined) return "nothing"
      expect(outputs.blob.digest).toBe(blobOf(name).digest)
      if (!artifacts.has(outputs.blob.digest)) return "trace"
      const read = artifacts.read(outputs.blob.digest)
      expect(read._tag === "Success" && Buffer.compare(read.success, bytesFor(name))).toBe(0)
      return "bytes"
    })
  })

const http = (server: RemoteServer, fault?: Fault) => httpTransport(new URL(server.url), undefined, limitsFor(fault))

test("what one machine makes another takes, by a folder and by a server", async () => {
  const server = await serveRemote()
  const root = join(folderOf({}), "shared")
  for (const transport of [() => http(server), () => folderTransport(root)]) {
    const { value, told } = await push(transport(), ["a", "b"])
    expect([value, told]).toEqual([{ pushed: 2, left: 0, problem: undefined }, []])
    const taken = await behind({ transport: transport() }, take(["a", "b", "c"]))
    expect([taken.value, taken.told]).toEqual([["bytes", "bytes", "nothing"], []])
    // Where it came from stands in the cache of whoever took it, and is still known when its index is made again.
    rmSync(join(taken.folder, "index"), { recursive: true })
    const origin = await behind(
      { transport: transport() },
      Effect.map(Traces, (traces) => [traces.origin(keyFor("a")), traces.record(keyFor("c"))]),
      taken.folder
    )
    expect(origin.value).toEqual([transport().name, undefined])
  }
  // Bytes come before the trace that names them, and what is there is not sent again.
  const puts = server.asked.filter((line) => line.startsWith("PUT"))
  for (const name of ["a", "b"])
    expect(puts.indexOf(`PUT cas/${blobOf(name).digest}`)).toBeLessThan(puts.indexOf(`PUT ac/${keyFor(name)}`))
  await push(http(server), ["a", "b"])
  expect(server.asked.filter((line) => line.startsWith("PUT"))).toEqual(puts)
  expect(readdirSync(join(root, "ac")).sort()).toEqual([keyFor("a"), keyFor("b")].sort())
})

test("a remote that misbehaves is a miss and one notice", async () => {
  const faults: ReadonlyArray<Fault> = ["drop", "break", "short", "wrong", "hang", "drip", "forget", 401, 403, 500, 507]
  const cases = faults.flatMap((fault) =>
    (["ac", "cas"] as const).map((kind) => ({ fault, kind, name: `${kind} ${fault}` }))
  )
  const server = await serveRemote()
  await push(
    http(server),
    cases.map(({ name }) => name)
  )
  server.fault = (_, path) =>
    cases.find(({ kind, name }) => path === `${kind}/${kind === "ac" ? keyFor(name) : blobOf(name).digest}`)?.fault
  const all = Effect.forEach(cases, ({ fault, name }) => withRemote({ transport: http(server, fault) }, take([name])), {
    concurrency: "unbounded"
  })
  const found = await inCache(folderOf({}), all)
  for (const [i, { fault, kind, name }] of cases.entries()) {
    const { value, told } = found[i]
    // That a trace is not there is no trouble.
    const isQuiet = fault === "forget" && kind === "ac"
    // Where so little time is given, a trace may come too late as well on a busy machine.
    const isSlow = fault === "hang" || fault === "drip"
    if (isSlow) expect(["trace", "nothing"], name).toContain(value[0])
    else expect([name, ...value]).toEqual([name, kind === "ac" ? "nothing" : "trace"])
    expect([name, told.length]).toEqual([name, isQuiet ? 0 : 1])
  }
})

test("what was spoilt or lost there is put right by the next one who makes it", async () => {
  const cases = ["cas wrong", "cas gone", "ac wrong", "ac short"]
  const server = await serveRemote()
  await push(http(server), cases)
  const whole = new Map(server.files)
  for (const name of cases) {
    const path = name.startsWith("ac") ? `ac/${keyFor(name)}` : `cas/${blobOf(name).digest}`
    const bytes = whole.get(path)!
    if (name.endsWith("gone")) server.files.delete(path)
    else server.files.set(path, name.endsWith("short") ? bytes.subarray(0, 20) : Buffer.from(bytes).fill(65, 30, 60))
  }
  const folder = folderOf({})
  const mend = Effect.andThen(take(cases), make(folder, cases))
  expect((await behind({ transport: http(server) }, mend, folder)).value).toMatchObject({ pushed: 4, left: 0 })
  expect(server.files).toEqual(whole)
})

test("what cannot be pushed is told at the end, and nothing waits for it longer than was said", async () => {
  for (const [fault, problem] of [
    [507, "no room"],
    [403, "does not allow"],
    ["drop", "closed|socket|reset"],
    ["hang", "slow|time"]
  ] as const) {
    const server = await serveRemote()
    server.fault = (method) => (method === "PUT" ? fault : undefined)
    const folder = folderOf({})
    const began = performance.now()
    const ms = fault === "hang" ? 500 : 5000
    const { value, told } = await behind({ transport: http(server, fault) }, make(folder, ["a", "b"], ms), folder)
    expect(value, String(fault)).toMatchObject({ pushed: 0, left: 2 })
    expect(value.problem, String(fault)).toMatch(new RegExp(problem))
    expect(performance.now() - began).toBeLessThan(4000)
    expect(told.length).toBeLessThanOrEqual(1)
    // Nor is there a trace whose bytes are not there.
    expect([...server.files.keys()]).toEqual([])
  }
  const server = await serveRemote()
  const { value } = await push(http(server), ["a"], { writes: false })
  expect([value.pushed, server.files.size]).toEqual([0, 0])
})

test("where keys are named, what none of them has signed is a miss", async () => {
  const folder = folderOf({})
  const [mine, other] = ["mine", "other"].map((name) => makeKey(join(folder, name)))
  expect(readKey(join(folder, "mine")).publicKey).toBe(mine.publicKey)
  const trusted = [mine.publicKey]
  const shared = (root: string) => folderTransport(root)
  const root = join(folderOf({}), "shared")
  await push(shared(root), ["unsigned"])
  await push(shared(root), ["others"], { signer: other })
  await push(shared(root), ["mine", "altered"], { signer: mine })
  // Somebody gives a trace another's signature, and other bytes to a signed one.
  const altered = writeEntry({ record: recordFor("altered"), code: { "src/a.ts": "other" } }, undefined)
  const signed = writeEntry({ record: recordFor("mine"), code: {} }, mine)
  rmSync(join(root, "ac", keyFor("altered")))
  writeFileSync(
    join(root, "ac", keyFor("altered")),
    Buffer.concat([altered, signed.subarray(signed.indexOf("signed "))])
  )
  const names = ["unsigned", "others", "altered", "mine"]
  const { value, told } = await behind({ transport: shared(root), trusted }, take(names))
  expect([value, told.length]).toEqual([["nothing", "nothing", "nothing", "bytes"], 1])
  // Whoever asks for no signatures takes all of them, and so does whoever trusts both.
  expect((await behind({ transport: shared(root) }, take(names))).value).toEqual(Array(4).fill("bytes"))
  // Computed again by somebody who is believed, it is signed.
  const here = folderOf({})
  const again = Effect.andThen(take(["unsigned"]), make(here, ["unsigned"]))
  await behind({ transport: shared(root), trusted, signer: mine }, again, here)
  expect((await behind({ transport: shared(root), trusted }, take(["unsigned"]))).value).toEqual(["bytes"])
})

test("an entry that is not what its key says is none", () => {
  const entry = writeEntry({ record: recordFor("a"), code: { "src/a.ts": sha256("a") } }, undefined)
  const read = (bytes: Buffer, key = keyFor("a")) => readEntry(bytes, key, [])
  expect(read(entry)).toEqual({ record: recordFor("a"), code: { "src/a.ts": sha256("a") } })
  expect(read(entry, keyFor("b"))).toMatch(/^it has the trace of another key/)
  for (let at = 0; at < entry.length; at += 7) {
    if (at < entry.length - 1) expect(typeof read(entry.subarray(0, at)), `cut at ${at}`).toBe("string")
    const other = Buffer.from(entry)
    other[at] ^= 2
    const found = read(other)
    if (typeof found !== "string") expect(found.record).toEqual(recordFor("a"))
  }
})
