/** Stores of blobs and traces, as the cache's own folder is them: nothing half, nothing wrong, whatever comes in. */
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { expect, test } from "vitest"
import { copyBlob } from "../../src/cache/blob-store.ts"
import { blobPath } from "../../src/cache/blobs.ts"
import { localBlobs } from "../../src/cache/local-blobs.ts"
import { localTraces } from "../../src/cache/local-traces.ts"
import type { JournalRecord } from "../../src/cache/record.ts"
import { keyOf, sha256 } from "../../src/graph/key.ts"
import { withCache } from "../support/cache.ts"
import { folderOf } from "../support/folder.ts"

const bytes = Buffer.alloc(3_000_000, "blob")
const artifact = { digest: sha256(bytes), size: bytes.length }
const pieces = (...list: ReadonlyArray<Uint8Array>) => Stream.fromIterable(list)
const halves = pieces(bytes.subarray(0, 1_000_000), bytes.subarray(1_000_000))
/** What it fails with, or what it gives. */
const run = <A, E extends { readonly _tag: string }>(effect: Effect.Effect<A, E>) =>
  Effect.runPromise(Effect.match(effect, { onSuccess: (value) => value, onFailure: ({ _tag }) => _tag }))

test("a blob is copied from store to store as it is, in pieces", async () => {
  const [here, there] = [localBlobs(folderOf({})), localBlobs(folderOf({}))]
  expect(await run(here.has(artifact.digest))).toBe(false)
  await run(here.put(artifact, halves))
  await run(here.put(artifact, halves))
  await run(copyBlob(here, there, artifact))
  expect(await run(there.has(artifact.digest))).toBe(true)
  const got = await Effect.runPromise(Stream.runCollect(there.get(artifact)))
  expect(sha256(Buffer.concat([...got]))).toBe(artifact.digest)
  expect([...got].length).toBeGreaterThan(1)
  expect(readdirSync(join(there.place, "tmp"))).toEqual([])
})

test("bytes that are not what the digest promises, or stop coming, leave nothing", async () => {
  const folder = folderOf({})
  const { put } = localBlobs(folder)
  const wrong = [
    pieces(bytes.subarray(1)),
    pieces(bytes, bytes),
    pieces(),
    pieces(Buffer.concat([bytes.subarray(0, -1), Buffer.from("x")]))
  ]
  for (const stream of wrong) expect(await run(put(artifact, stream))).toBe("BlobDamaged")
  const torn = Stream.concat(pieces(bytes.subarray(0, 9)), Stream.fail({ _tag: "Torn" } as const))
  expect(await run(put(artifact, torn))).toBe("Torn")
  expect(existsSync(blobPath(folder, artifact.digest))).toBe(false)
  expect(readdirSync(join(folder, "tmp"))).toEqual([])
})

test("a blob that is gone or altered is never given", async () => {
  const folder = folderOf({})
  const { get, put } = localBlobs(folder)
  expect(await run(Stream.runCollect(get(artifact)))).toBe("BlobDamaged")
  await run(put(artifact, halves))
  writeFileSync(blobPath(folder, artifact.digest), bytes.subarray(1))
  expect(await run(Stream.runCollect(get(artifact)))).toBe("BlobDamaged")
  rmSync(blobPath(folder, artifact.digest))
  expect(await run(Stream.runCollect(get(artifact)))).toBe("BlobDamaged")
})

test("a place that cannot be written says so in its type, and is no defect", async () => {
  const folder = folderOf({ file: Buffer.from("no folder") })
  expect(await run(localBlobs(join(folder, "file")).put(artifact, halves))).toBe("StoreFailed")
})

const made = {
  name: "step",
  stage: "step",
  code: sha256("code"),
  parameters: "{}",
  inputs: {},
  sources: {},
  files: {},
  numericClass: null,
  outputs: { text: { digest: sha256("text"), size: 4 } },
  circumstances: {
    finished: "2026-01-01T00:00:00.000Z",
    seconds: 1,
    host: "host",
    cpu: "cpu",
    platform: "linux-x64",
    node: "v24.0.0",
    packages: {},
    work: 1
  }
}
const key = keyOf({ stage: { name: "step" }, encoded: "{}", numericClass: undefined }, made)
const record: JournalRecord = {
  trace: { ...made, key },
  values: { [sha256("text")]: Buffer.from("text").toString("base64") }
}

test("a record that one store gives another one takes, and the node has succeeded there", async () => {
  const folder = folderOf({})
  await Effect.runPromise(
    withCache(join(folder, "cache"), async ({ storage, traces, failures }) => {
      const store = localTraces(storage)
      const node = { name: "step", encoded: "{}", stage: { name: "step" } }
      await run(failures.note(node, { name: "step", key, message: "it failed", log: "", finished: "" }))
      expect(failures.of(node)?.message).toBe("it failed")
      expect(await run(store.get(key))).toBeUndefined()
      await run(store.put([record]))
      expect(await run(store.get(key))).toEqual(record)
      expect(traces.outputs(key)).toEqual(made.outputs)
      expect(failures.of(node)).toBeUndefined()
    })
  )
})
