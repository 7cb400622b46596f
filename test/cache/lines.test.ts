/** Lines of a journal, however they come, and whatever stands between them. */
import { expect, test } from "vitest"
import { type JournalRecord, lineOf, makeRecordReader } from "../../src/cache/record.ts"
import { keyOf, sha256 } from "../../src/graph/key.ts"

const made = {
  name: "step/ü",
  stage: "step",
  code: sha256("code"),
  parameters: "{}",
  inputs: {},
  sources: {},
  files: {},
  numericClass: null,
  outputs: {},
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
const record: JournalRecord = { trace: { ...made, key }, values: {} }
const line = Buffer.from(lineOf(record))

/** Records, and how many lines there were beside them. */
function read(chunks: Iterable<Uint8Array>) {
  const records: Array<JournalRecord> = []
  let others = 0
  const reader = makeRecordReader((found) => {
    if (typeof found === "string") others++
    else records.push(found)
  })
  for (const chunk of chunks) reader.push(chunk)
  reader.end()
  return { records, others }
}

test("a line is the same in whatever pieces it comes", () => {
  const bytes = Buffer.concat([line, Buffer.from("\n\ntorn\n"), line, line.subarray(0, 40)])
  for (let size = 1; size < 70; size++) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size)
    )
    expect(read(pieces)).toEqual({ records: [record, record], others: 2 })
  }
})

test("gigabytes without a line, and millions of lines that are none, are passed over in seconds", () => {
  const zeros = Buffer.alloc(1 << 22)
  const short = Buffer.from("y\n".repeat(1 << 21))
  const shaped = Buffer.from(`${"0".repeat(16)} ${"x".repeat(111)}\n`.repeat(1 << 12))
  const begin = performance.now()
  function* chunks() {
    for (let i = 0; i < 750; i++) yield zeros
    yield Buffer.from("\n")
    yield line
    for (let i = 0; i < 4; i++) yield short
    yield shaped
    yield line
  }
  expect(read(chunks())).toEqual({ records: [record, record], others: 1 + (1 << 23) + (1 << 12) })
  expect(performance.now() - begin).toBeLessThan(60_000)
})
