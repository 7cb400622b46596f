/** Image files by folders and by tables. */
import { expect, test } from "vitest"
import { inFolders, inTable, type TableRules } from "../../../src/data/files/listing.ts"

test("a folder's folders are classes; whole numbers are labels that are", () => {
  expect(
    inFolders("data/x", ["data/x/10/a.png", "data/x/9/deep/er/b.png", "data/xy/c.png", "data/x/ü b/d.JPG"])
  ).toEqual([
    { path: "data/x/10/a.png", label: 10 },
    { path: "data/x/9/deep/er/b.png", label: 9 },
    { path: "data/x/ü b/d.JPG", label: "ü b" }
  ])
  expect(inFolders(".", ["a/b.png"])).toEqual([{ path: "a/b.png", label: "a" }])
  expect(() => inFolders("x", ["x/a.png"])).toThrow(
    "x/a.png: expected a folder for each class, found an image beside them"
  )
  expect(() => inFolders("x", [])).toThrow(
    "x: expected images (png, jpg, jpeg, webp, tif, tiff, gif, bmp) in a folder for each class, found none"
  )
})

const paths = new Set(["data/a.png", "data/b c.png", "other/d.png"])
const rows = (file: string, text: string, rules: TableRules = {}) =>
  inTable(Buffer.from(text), file, "data", paths, rules)
const both = [
  { path: "data/a.png", label: "cat" },
  { path: "data/b c.png", label: 3 }
]

test("tables of every kind", () => {
  expect(rows("x.csv", "label,path\ncat,a.png\n3,./b c.png\n")).toEqual(both)
  expect(rows("x.tsv", "path\tlabel\na.png\tcat\nb c.png\t3\n")).toEqual(both)
  expect(rows("x.txt", "a.png\tcat\t0\nb c.png\t3\t1\n", { path: 0, label: 1 })).toEqual(both)
  expect(rows("x.jsonl", '{"path":"a.png","label":"cat"}\n\n{"path":"b c.png","label":3}\n')).toEqual(both)
  const where = { column: "split", value: "train" }
  expect(rows("x.csv", "path,label,split\na.png,cat,train\ngone.png,1,test\nb c.png,3,train\n", { where })).toEqual(
    both
  )
})

test("what is wrong with a table is told of its line; paths stay in their folder", () => {
  const csv =
    (text: string, rules: TableRules = {}) =>
    () =>
      rows("x.csv", `path,label\n${text}\n`, rules)
  for (const path of ["../other/d.png", "/etc/passwd", "a/../../other/d.png", "../data/../../x"])
    expect(csv(`${path},1`), path).toThrow(
      `x.csv, line 2: expected the path of a file in data, found '${path}', which leads out of it`
    )
  expect(csv("a.png,1\nc.png,1")).toThrow("x.csv, line 3: expected an image at data/c.png, found none")
  expect(csv("a.png")).toThrow("x.csv, line 2: expected a column 'label', found none")
  expect(csv("a.png,1", { label: "class" })).toThrow("x.csv, line 2: expected a column 'class', found none")
  expect(csv("a.png,1", { where: { column: "label", value: "2" } })).toThrow(
    "x.csv: expected rows with 2 in the column label, found none"
  )
  expect(csv("")).toThrow("x.csv: expected rows, found none")
  expect(() => rows("x.jsonl", '{"path":"a.png"\n')).toThrow("x.jsonl, line 1: expected an object in JSON")
  expect(() => rows("x.jsonl", '{"path":["a.png"],"label":1}')).toThrow(
    "x.jsonl, line 1: expected a column 'path', found none"
  )
  expect(() => rows("x.jsonl", "[1]")).toThrow("expected a column 'path'")
})
