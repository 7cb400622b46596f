/** The cache as a service: what is committed is there for every process, whatever becomes of the others. */
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { expect, onTestFinished, test } from "vitest"
import { type JournalRecord, lineOf } from "../../src/cache/record.ts"
import { tidy } from "../../src/cache/tidy.ts"
import { inTurn } from "../../src/cache/turns.ts"
import { keyOf, sha256 } from "../../src/graph/key.ts"
import { withCache as openedCache, type Services } from "../support/cache.ts"

function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), "pipeline-cache-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

const withCache = <A>(folder: string, use: (cache: Services) => A): Promise<A> =>
  Effect.runPromise(openedCache(folder, use, folder))

const keyFor = (name: string) =>
  keyOf(
    { stage: { name: "stage" }, encoded: "{}", numericClass: undefined },
    { code: sha256(name), inputs: {}, files: {} }
  )

function recordOf(name: string, text: string, replaces?: true): JournalRecord {
  const bytes = Buffer.from(text)
  const digest = sha256(bytes)
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
      outputs: { text: { digest, size: bytes.length } },
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
    values: { [digest]: bytes.toString("base64") },
    ...(replaces && { replaces })
  }
}

const textOf = (cache: Services, name: string) => {
  const output = cache.traces.outputs(keyFor(name))?.text
  return output && Buffer.from(Result.getOrThrow(cache.artifacts.read(output.digest))).toString()
}

test("what a killed process wrote to the journal alone is taken up by the next commit of one that lives on", async () => {
  const folder = makeFolder()
  await withCache(folder, (cache) => {
    Effect.runSync(cache.traces.commit([recordOf("a", "1")]))
    // Killed after one line, in the middle of the next.
    appendFileSync(join(folder, "journal"), lineOf(recordOf("b", "2")) + lineOf(recordOf("c", "3")).slice(0, 50))
    Effect.runSync(cache.traces.commit([recordOf("d", "4")]))
    expect(["a", "b", "c", "d"].map((name) => textOf(cache, name))).toEqual(["1", "2", undefined, "4"])
  })
  rmSync(join(folder, "index"), { recursive: true })
  await withCache(folder, (cache) => {
    expect(cache.place.notices.join("\n")).toContain("1 damaged line of the journal passed over")
    expect(["a", "b", "c", "d"].map((name) => textOf(cache, name))).toEqual(["1", "2", undefined, "4"])
  })
})

test("the first trace under a key wins, unless its artifacts are gone; what differs later is an observation", async () => {
  const folder = makeFolder()
  const check = (cache: Services) => {
    expect(textOf(cache, "a")).toBe("1")
    expect(cache.traces.observations(keyFor("a")).map((outputs) => outputs.text.digest)).toEqual([sha256("2")])
    expect(textOf(cache, "b")).toBe("4")
  }
  await withCache(folder, (cache) => {
    Effect.runSync(cache.traces.commit([recordOf("a", "1"), recordOf("b", "3")]))
    Effect.runSync(cache.traces.commit([recordOf("a", "2"), recordOf("b", "4", true)]))
    check(cache)
  })
  rmSync(join(folder, "index"), { recursive: true })
  await withCache(folder, check)
})

test("numbers drawn by processes that died keep nobody waiting", () => {
  const folder = makeFolder()
  inTurn(folder, () => {})
  for (const note of ["999999-1.0", "999998-2.1", "1-0.3"]) writeFileSync(join(folder, "opening", note), "")
  expect(inTurn(folder, () => "done")).toBe("done")
  expect(readdirSync(join(folder, "opening"))).toHaveLength(3)
  tidy(folder)
  expect(readdirSync(join(folder, "opening"))).toEqual([])
})
