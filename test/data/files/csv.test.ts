/** Tables with an image a row, as pandas writes them (test/fixtures/images/make.py), and faulty ones. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import { expect, test } from "vitest"
import { openPixelTable, type TableRules } from "../../../src/data/files/csv.ts"
import { rowsOf } from "../../../src/data/files/delimited.ts"
import type { ImageSize } from "../../../src/data/files/pixels.ts"
import { type ByteSource, inMemory } from "../../../src/foreign/source.ts"

const bytesOf = (name: string) => readFileSync(fileURLToPath(new URL(`../../fixtures/images/${name}`, import.meta.url)))
const size = { channels: 1, height: 4, width: 3 }
/** Labels and images of a table. */
function readPixelTable(bytes: Uint8Array, file: string, size: ImageSize, rules: TableRules) {
  const table = openPixelTable(inMemory(bytes), file, size, rules)
  const labels = table.labels()
  return { labels, images: Buffer.concat([...table.images()].map(({ pixels }) => pixels)) }
}
const grey = Array.from({ length: 6 * 12 }, (_, i) => (i * 7) % 256)

test("a column has the labels, named or not, first or last", () => {
  const kaggle = readPixelTable(bytesOf("kaggle.csv"), "x", size, { count: 6 })
  expect([...kaggle.images]).toEqual(grey)
  expect(kaggle.labels.labels).toEqual([0, 1, 2, 0, 1, 2])
  expect(readPixelTable(bytesOf("bare.csv"), "x", size, { count: 6 })).toEqual(kaggle)
  expect(readPixelTable(bytesOf("kaggle.csv"), "x", size, { count: 6, label: 0 })).toEqual(kaggle)
  for (const label of ["class", 12]) {
    const last = readPixelTable(gunzipSync(bytesOf("last.csv.gz")), "x", size, { count: 6, label })
    expect([...last.images]).toEqual(grey)
    expect(last.labels.labels).toEqual(["ant", "bee", "çat", "ant", "bee", "çat"])
  }
})

test("what is wrong is told of its line", () => {
  const one = { channels: 1, height: 1, width: 2 }
  const said = (text: string, options: object = {}) => {
    try {
      readPixelTable(Buffer.from(text), "x.csv", one, { count: 2, ...options })
    } catch (error) {
      return (error as Error).message
    }
    return "read"
  }
  expect(said("label,a,b\n0,1,2\r\n1,3,4\r\n")).toBe("read")
  expect(said("\ufefflabel,a,b\n0,1,2\n\n1,3,4")).toBe("read")
  expect(said("class,a,b\n0,1,2\n")).toContain("x.csv, line 1: expected a column named 'label', found class, a, b")
  expect(said("0,1,2\n", { label: "class" })).toContain(
    "line 1: expected a column named 'class', found a table without names"
  )
  expect(said("0,1\n")).toContain("line 1: expected a label and 2 pixels, 3 columns, found 2 columns")
  expect(said("0,1,2\n1,3\n")).toContain("line 2: expected a label and 2 pixels")
  expect(said("0,1,2\n1,3,red\n")).toContain("line 2: expected pixels that are numbers, found 'red' in column 3")
  expect(said("0,1,2\n1,3,256\n")).toContain(
    "x.csv: expected values from 0 to 255, black and white, found 256 at example 1"
  )
  expect(said("0,1,2\n0,1,2\n0,1,2\n")).toContain("line 3: expected 2 images, found more of them")
  expect(said("0,1,2\n")).toContain("x.csv: expected 2 images, found 1")
  expect(said('0,1,2\n"0,1,2\n')).toContain("line 2: expected a quote that is closed, found one that is not")
  expect(said("")).toContain("expected 2 images, found 0")
})

test("cells in quotes may hold separators, quotes and line ends", () => {
  const rows = [...rowsOf(inMemory(Buffer.from('a,"b ""c"", d\ne"\n\n"f",g\n')), "x", ",")]
  expect(rows).toEqual([
    { line: 1, cells: ["a", 'b "c", d\ne'] },
    { line: 4, cells: ["f", "g"] }
  ])
  expect([...rowsOf(inMemory(Buffer.from("a\tb, c")), "x", "\t")]).toEqual([{ line: 1, cells: ["a", "b, c"] }])
})

test("rows longer than what is read at a time, and rows across its ends, are whole", () => {
  const rows = Array.from({ length: 40 }, (_, i) => [`${i}`, "x".repeat(i === 9 ? 700_000 : 20_000), `"${i}\n,"`])
  const bytes = Buffer.from(rows.map((cells) => cells.join(",")).join("\r\n"))
  let most = 0
  const source: ByteSource = {
    ...inMemory(bytes),
    read(from, to) {
      most = Math.max(most, to - from)
      return bytes.subarray(from, to)
    }
  }
  const found = [...rowsOf(source, "x", ",")]
  expect(found.map(({ cells }) => cells.map((cell) => cell.length))).toEqual(
    rows.map((cells) => cells.map((cell) => cell.replaceAll('"', "").length))
  )
  expect(found.map(({ line }) => line)).toEqual(rows.map((_, i) => 2 * i + 1))
  expect(most).toBe(1 << 20)
})
