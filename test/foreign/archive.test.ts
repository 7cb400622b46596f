/** Archives that somebody made by hand: nothing of them is taken, and the cache opens afterwards as before. */
import { createHash } from "node:crypto"
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { zstdCompressSync } from "node:zlib"
import * as Effect from "effect/Effect"
import { expect, onTestFinished, test } from "vitest"
import { importArchive } from "../../src/cache/archive.ts"
import { verify } from "../../src/cache/verify.ts"
import { endBlocks, entryBlocks } from "../../src/foreign/tar.ts"
import { keyOf, sha256 } from "../../src/graph/key.ts"
import { withCache as openedCache, type Services } from "../support/cache.ts"

function makeFolder() {
  const folder = mkdtempSync(join(tmpdir(), "pipeline-foreign-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

const withCache = <A>(folder: string, use: (cache: Services) => A | Promise<A>): Promise<A> =>
  Effect.runPromise(openedCache(join(folder, "cache"), use, folder))

// biome-ignore lint/suspicious/noExplicitAny: what is made of it is wrong on purpose
type Loose = Record<string, any>

const blob = Buffer.alloc(20_000, 7)
const small = Buffer.from("small")

/** A record as the program writes it, changed, with the key that fits what it then says. */
function recordOf(change: (trace: Loose, record: Loose) => void = () => {}): Loose {
  const trace: Loose = {
    name: "train/a",
    stage: "train",
    code: sha256("code"),
    parameters: "{}",
    inputs: {},
    sources: {},
    files: {},
    numericClass: null,
    outputs: {
      "a.json": { digest: sha256(small), size: small.length },
      "b.bin": { digest: sha256(blob), size: blob.length }
    },
    circumstances: {
      finished: "2026-01-01T00:00:00.000Z",
      seconds: 1,
      host: "h",
      cpu: "c",
      platform: "p",
      node: "n",
      packages: {},
      work: 1
    }
  }
  const record: Loose = { trace, values: { [sha256(small)]: small.toString("base64") } }
  change(trace, record)
  try {
    const encoded = {
      stage: { name: trace.stage },
      encoded: trace.parameters,
      numericClass: trace.numericClass ?? undefined
    }
    record.trace = { key: keyOf(encoded, trace as Parameters<typeof keyOf>[1]), ...trace }
  } catch {}
  return record
}

const lineOf = (record: unknown) => {
  const json = JSON.stringify(record)
  return `${sha256(json).slice(0, 16)} ${json}\n`
}

interface Parts {
  readonly manifest?: unknown
  readonly codes?: unknown
  readonly lines?: ReadonlyArray<string>
  readonly blobs?: ReadonlyArray<readonly [string, Uint8Array]>
  readonly seal?: boolean
}

/** An archive of these parts, sealed as the program seals it. */
function archiveOf({
  manifest,
  codes = {},
  lines = [lineOf(recordOf())],
  blobs = [[`blobs/${sha256(blob)}`, blob]]
}: Parts) {
  const entry = (name: string, text: string) => [...entryBlocks({ name, bytes: Buffer.from(text) })]
  const packed = zstdCompressSync(
    Buffer.concat([
      ...entry(
        "pipeline-archive.json",
        JSON.stringify(manifest ?? { format: 1, traces: lines.length, blobs: [sha256(blob)] })
      ),
      ...entry("codes.json", JSON.stringify(codes)),
      ...entry("traces.jsonl", lines.join("")),
      ...blobs.flatMap(([name, bytes]) => [...entryBlocks({ name, bytes })]),
      endBlocks()
    ])
  )
  const seal = Buffer.from("502a4d1820000000", "hex")
  return Buffer.concat([packed, seal, createHash("sha256").update(packed).digest()])
}

const importing = (folder: string, archive: Uint8Array) =>
  withCache(folder, async ({ storage, traces, artifacts }) => {
    writeFileSync(join(folder, "a.zst"), archive)
    return importArchive(storage, traces, artifacts, join(folder, "a.zst")).then(
      (taken) => taken,
      (error: Error) => error.message
    )
  })

/** Traces that no program of ours writes. */
const hostile: ReadonlyArray<readonly [string, (trace: Loose, record: Loose) => void]> = [
  ["an output that leads out", (t) => (t.outputs["../../x"] = t.outputs["a.json"])],
  ["an output with an absolute path", (t) => (t.outputs["/tmp/x"] = t.outputs["a.json"])],
  ["an output with a backslash", (t) => (t.outputs["..\\x"] = t.outputs["a.json"])],
  ["an output on a drive", (t) => (t.outputs["C:x"] = t.outputs["a.json"])],
  ["an output that Windows takes for a device", (t) => (t.outputs["data/NUL.txt"] = t.outputs["a.json"])],
  ["an output that ends with a dot", (t) => (t.outputs["x."] = t.outputs["a.json"])],
  ["an output with a line", (t) => (t.outputs["x\ny"] = t.outputs["a.json"])],
  ["an output without a name", (t) => (t.outputs[""] = t.outputs["a.json"])],
  ["outputs that are null", (t) => (t.outputs = null)],
  ["outputs that are a list", (t) => (t.outputs = [])],
  ["a digest in capitals", (t) => (t.outputs["a.json"].digest = sha256(small).toUpperCase())],
  ["a digest that is a path", (t) => (t.outputs["a.json"].digest = "../".repeat(21) + "x")],
  ["a negative size", (t) => (t.outputs["b.bin"].size = -1)],
  ["a broken size", (t) => (t.outputs["b.bin"].size = 1.5)],
  ["a size that is a text", (t) => (t.outputs["b.bin"].size = "20000")],
  ["no size", (t) => delete t.outputs["b.bin"].size],
  ["another size", (t) => (t.outputs["b.bin"].size = 19_999)],
  ["no circumstances", (t) => delete t.circumstances],
  ["circumstances without a time", (t) => delete t.circumstances.finished],
  ["seconds that are null", (t) => (t.circumstances.seconds = null)],
  ["a host that acts on terminals", (t) => (t.circumstances.host = "\x1b]0;x\x07")],
  ["no name", (t) => delete t.name],
  ["a name of 3000 characters", (t) => (t.name = `train/${"x".repeat(3000)}`)],
  ["a name that leads out", (t) => (t.name = "../../x")],
  ["a name with a control character", (t) => (t.name = "train/\u009b2J")],
  ["a pace class of 3000 characters", (t) => (t.circumstances.paceClass = "x".repeat(3000))],
  ["parameters that are null", (t) => (t.parameters = "null")],
  ["parameters that are no JSON", (t) => (t.parameters = "{")],
  ["a stage that is a path", (t) => (t.stage = "../x")],
  ["an input that is no digest", (t) => (t.inputs = { x: "y" })],
  ["a key that does not fit", (t) => (t.key = sha256("other"))],
  ["no values", (_, r) => delete r.values],
  ["a value with other bytes", (_, r) => (r.values[sha256(small)] = "AAAA")],
  ["a value that nobody asked for", (_, r) => (r.values[sha256("x")] = Buffer.from("x").toString("base64"))]
]

/** Whatever has its name. */
const A = { name: "train/a", encoded: '{"other":1}', stage: { name: "train" } }

test("of a trace that is none nothing is taken, from an archive or from a journal, and the cache opens", async () => {
  const folder = makeFolder()
  expect(await importing(folder, archiveOf({}))).toMatchObject({ traces: 1, blobs: 1 })
  const journal = join(folder, "cache/journal")
  const before = readFileSync(journal)
  for (const [what, change] of hostile) {
    const record = recordOf(change)
    expect(await importing(folder, archiveOf({ lines: [lineOf(record)] })), what).toContain("nothing was imported")
  }
  expect(readFileSync(journal)).toEqual(before)
  expect(readdirSync(join(folder, "cache/tmp"))).toEqual([])

  // As an older program, or somebody, may have written them.
  for (const [what, change] of hostile) if (what !== "another size") appendFileSync(journal, lineOf(recordOf(change)))
  for (const damage of ["[]", "null", "5", '{"trace":null}'])
    appendFileSync(journal, `${sha256(damage).slice(0, 16)} ${damage}\n`)
  const count = hostile.length - 1 + 4
  await withCache(folder, ({ place: { notices }, traces, storage }) => {
    expect(notices.join()).toContain(`${count} damaged lines of the journal passed over`)
    expect(traces.ofNode(A)).toHaveLength(1)
    expect(verify(storage, false).problems.map(({ kind }) => kind)).toEqual(["journal"])
    expect(verify(storage, false).problems).toEqual([])
  })
  rmSync(join(folder, "cache/index"), { recursive: true })
  await withCache(folder, ({ traces }) => expect(traces.ofNode(A)).toHaveLength(1))
})

test.each<readonly [string, Parts]>([
  [
    "an artifact that no trace names",
    { blobs: [[`blobs/${sha256("x")}`, Buffer.from("x")]], manifest: { format: 1, traces: 1, blobs: [sha256("x")] } }
  ],
  [
    "an artifact that the manifest does not name",
    {
      blobs: [
        [`blobs/${sha256(blob)}`, blob],
        [`blobs/${sha256("x")}`, Buffer.from("x")]
      ]
    }
  ],
  [
    "an artifact twice",
    {
      blobs: [
        [`blobs/${sha256(blob)}`, blob],
        [`blobs/${sha256(blob)}`, blob]
      ]
    }
  ],
  ["an artifact twice in the manifest", { manifest: { format: 1, traces: 1, blobs: [sha256(blob), sha256(blob)] } }],
  ["an artifact that is not there", { blobs: [] }],
  ["an artifact that is larger than its trace says", { blobs: [[`blobs/${sha256(blob)}`, Buffer.alloc(8 << 20)]] }],
  ["an artifact with other bytes", { blobs: [[`blobs/${sha256(blob)}`, Buffer.alloc(blob.length)]] }],
  ["an artifact with a path for a name", { blobs: [["blobs/../../../x", blob]] }],
  ["a manifest with a path for a digest", { manifest: { format: 1, traces: 1, blobs: ["../../x"] } }],
  ["a manifest with too many traces", { manifest: { format: 1, traces: 2, blobs: [sha256(blob)] } }],
  ["a manifest that is null", { manifest: "null" }],
  ["a manifest without blobs", { manifest: { format: 1, traces: 1 } }],
  ["another format", { manifest: { format: 2, traces: 1, blobs: [] } }],
  ["codes that are a list", { codes: [1] }],
  ["codes of numbers", { codes: { [sha256("code")]: { x: 1 } } }],
  ["a trace twice", { lines: [lineOf(recordOf()), lineOf(recordOf())] }],
  ["a line that is damaged", { lines: ["0123456789abcdef {}\n"] }],
  ["an artifact of a terabyte", { lines: [lineOf(recordOf((t) => (t.outputs["b.bin"].size = 2 ** 50)))] }]
])("an archive with %s is refused", async (_, parts) => {
  const folder = makeFolder()
  expect(await importing(folder, archiveOf(parts))).toMatch(/nothing was imported|no space is left/)
  expect(readdirSync(join(folder, "cache/tmp"))).toEqual([])
  expect(readFileSync(join(folder, "cache/journal"))).toHaveLength(0)
})

test("what is known of a code already is not changed by an archive, nor is that of codes that no trace in it names", async () => {
  const folder = makeFolder()
  const codes = { [sha256("code")]: { "a.ts": sha256("a") }, [sha256("other")]: { "a.ts": "x" } }
  await importing(folder, archiveOf({ codes }))
  await importing(folder, archiveOf({ codes: { [sha256("code")]: { "a.ts": "forged" } } }))
  await withCache(folder, ({ sources: { codeParts } }) => {
    expect(codeParts(sha256("code"))).toEqual({ "a.ts": sha256("a") })
    expect(codeParts(sha256("other"))).toBeUndefined()
  })
})
