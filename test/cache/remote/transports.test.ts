/** Transports of shared caches: a folder, and a server that behaves as badly as servers do. */
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { folderTransport, whyNoRemote } from "../../../src/cache/remote/folder.ts"
import { httpTransport } from "../../../src/cache/remote/http.ts"
import { steady } from "../../../src/cache/remote/steady.ts"
import { LIMITS, type Pieces, type Place, type Transport, type Trouble } from "../../../src/cache/remote/transport.ts"
import { sha256 } from "../../../src/graph/key.ts"
import { folderOf } from "../../support/folder.ts"
import { type Fault, serveRemote } from "../../support/remote.ts"

const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 7) % 251))
const place = (text: string, kind: Place["kind"] = "cas"): Place => ({ kind, name: sha256(text) })

async function* pieces(content: Buffer): Pieces {
  for (let from = 0; from < content.length; from += 30_000) yield content.subarray(from, from + 30_000)
}
const write = (transport: Transport, at: Place, content: Buffer) =>
  transport.write(at, content.length, () => pieces(content))

async function read(transport: Transport, at: Place): Promise<Buffer | undefined> {
  const found = await transport.read(at)
  return found && Buffer.concat(await Array.fromAsync(found))
}

const trouble = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "none",
    (error: Trouble) => error.kind
  )

const transports = {
  folder: async () => folderTransport(join(folderOf({}), "new"), LIMITS),
  http: async () => httpTransport(new URL(`${(await serveRemote()).url}/`), undefined, LIMITS)
}

describe.each(Object.entries(transports))("%s", (_, make) => {
  test("what is written is there whole, and nothing else is", async () => {
    const transport = await make()
    expect(await read(transport, place("a"))).toBeUndefined()
    expect(await transport.size(place("a"))).toBeUndefined()
    await write(transport, place("a"), bytes)
    await write(transport, place("empty", "ac"), Buffer.alloc(0))
    expect(await read(transport, place("a"))).toEqual(bytes)
    expect(await read(transport, place("empty", "ac"))).toEqual(Buffer.alloc(0))
    expect([await transport.size(place("a")), await transport.size(place("a", "ac"))]).toEqual([100_000, undefined])
  })

  test("what breaks off while it is written is not there, and its own error comes out", async () => {
    const transport = await make()
    async function* broken(): Pieces {
      yield bytes.subarray(0, 10)
      throw new RangeError("the source")
    }
    await expect(transport.write(place("a"), bytes.length, broken)).rejects.toThrow("the source")
    expect(await transport.size(place("a"))).toBeUndefined()
  })
})

test("a folder that two use: what one has written the other finds, though it was missing a moment ago", async () => {
  const root = join(folderOf({}), "shared")
  const [one, other] = [folderTransport(root, LIMITS), folderTransport(root, LIMITS)]
  for (const text of ["a", "b", "c"]) {
    expect(await read(other, place(text))).toBeUndefined()
    await write(one, place(text), bytes)
    expect(await read(other, place(text))).toEqual(bytes)
  }
  expect(readdirSync(join(root, "tmp"))).toEqual([])
})

test("who may read or write a shared folder may do so with what is made in it", async () => {
  const root = folderOf({ "ac/x": Buffer.from("") })
  const { mode } = statSync(root)
  await write(folderTransport(root, LIMITS), place("a"), bytes)
  expect(statSync(join(root, "cas")).mode & 0o7777).toBe(mode & 0o7777)
  expect(statSync(join(root, "cas", place("a").name)).mode & 0o222).toBe(0)
  expect(readFileSync(join(root, "cas", place("a").name))).toEqual(bytes)
})

test("only a folder that is empty, new or a shared cache is taken for one", async () => {
  const root = folderOf({
    "cache/pipeline-cache": Buffer.from(""),
    "home/letter": Buffer.from(""),
    "shared/ac/x": Buffer.from("")
  })
  writeFileSync(join(root, "file"), "")
  const why = (name: string) => whyNoRemote(join(root, name))
  expect(await Promise.all([why("shared"), why("new")])).toEqual([undefined, undefined])
  expect(await why("cache")).toContain("it is a local cache")
  expect(await why("home")).toContain("it is not empty, and no shared cache")
  expect(await why("file")).toBe("it is no folder")
  expect(await why("nowhere/new")).toBe("neither it nor the folder above it is there")
})

test("whatever a server does is told by its kind, in a limited time", async () => {
  const server = await serveRemote()
  const bad: ReadonlyArray<readonly [Fault, string, string]> = [
    ["drop", "again", "again"],
    ["break", "again", "none"],
    ["hang", "slow", "slow"],
    ["drip", "slow", "none"],
    [401, "refused", "refused"],
    [403, "refused", "refused"],
    [500, "again", "again"],
    [507, "full", "full"],
    ["forget", "none", "refused"]
  ]
  server.files.set(`cas/${place("a").name}`, bytes)
  for (const [fault, reading, writing] of bad) {
    server.fault = () => fault
    const limits = fault === "hang" || fault === "drip" ? { ...LIMITS, answerMs: 200 } : LIMITS
    const transport = httpTransport(new URL(server.url), { token: "secret" }, limits)
    const began = performance.now()
    expect([fault, await trouble(read(transport, place("a")))]).toEqual([fault, reading])
    expect([fault, await trouble(write(transport, place("b"), bytes))]).toEqual([fault, writing])
    expect(performance.now() - began, String(fault)).toBeLessThan(3000)
  }
  expect([...server.credentials]).toEqual(["Bearer secret"])
})

test("a remote that keeps making trouble is asked no more, and the user is told once", async () => {
  const server = await serveRemote()
  const told: Array<string> = []
  const options = { tell: (message: string) => void told.push(message), pausesMs: [1, 1] }
  const transport = steady(httpTransport(new URL(server.url), { user: "me", password: "secret" }, LIMITS), options)
  // One answer that is lost costs one more question.
  server.fault = () => (server.asked.length === 1 ? "drop" : undefined)
  expect(await read(transport, place("a"))).toBeUndefined()
  expect([server.asked.length, told]).toEqual([2, []])
  server.fault = () => 500
  for (let i = 0; i < 10; i++) await read(transport, place("a")).catch(() => {})
  expect([server.asked.length, told.length]).toEqual([8, 1])
  // Whether it can be written is another question.
  server.fault = (method) => (method === "PUT" && server.asked.length < 11 ? "drop" : undefined)
  await write(transport, place("a"), bytes)
  expect([server.asked.length, server.files.get(`cas/${place("a").name}`)]).toEqual([11, bytes])
  server.fault = () => 507
  expect(await trouble(write(transport, place("b"), bytes))).toBe("full")
  expect(await trouble(write(transport, place("c"), bytes))).toBe("refused")
  expect([server.asked.length, told.length]).toEqual([12, 1])
  expect(told[0]).toContain(`the remote ${server.url}: HTTP 500`)
  expect(told[0]).not.toContain("secret")
})
