/** `pipeline new dataset` recognizes tables of image files and Parquet files: what it says is what the files are. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { expect, onTestFinished, test } from "vitest"
import { lookAt } from "../../../src/data/files/look.ts"

const fixtures = fileURLToPath(new URL("../../fixtures/images", import.meta.url))

function project(): string {
  const root = mkdtempSync(join(tmpdir(), "pipeline-look-"))
  onTestFinished(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, "data"))
  return root
}

test("Parquet files, one or a folder with a test set", async () => {
  const root = project()
  const shape = { channels: 1, height: 4, width: 3, classes: 3 }
  for (const name of ["train-0", "train-1", "test-0"])
    cpSync(join(fixtures, "pictures.parquet"), join(root, `data/set/${name}.parquet`))
  expect(await lookAt(root, "data/set/train-0.parquet")).toMatchObject({
    source: { kind: "parquet", train: ["data/set/train-0.parquet"] },
    shape: { count: 6, ...shape },
    said: "6 pictures in a Parquet file, in 3 classes, all 3×4"
  })
  expect(await lookAt(root, "data/set")).toMatchObject({
    source: { train: ["data/set/train-0.parquet", "data/set/train-1.parquet"], test: ["data/set/test-0.parquet"] },
    shape: { count: 12, test: 6, ...shape }
  })
  writeFileSync(join(root, "data/cut.parquet"), "PAR1")
  await expect(lookAt(root, "data/cut.parquet")).rejects.toThrow(
    "data/cut.parquet: expected a Parquet file, found what"
  )
})

test("tables of image files: with names above, without, as JSON Lines, with a column of splits", async () => {
  const root = project()
  cpSync(join(fixtures, "folders"), join(root, "data/images"), { recursive: true })
  const files = ["bee/picture 1.png", "ant/picture 0.png", "çat/picture 2.png", "ant/picture 3.png"]
  const table = (name: string, lines: ReadonlyArray<string>) =>
    writeFileSync(join(root, `data/${name}`), `${lines.join("\n")}\n`)
  const labelOf = (file: string) => file.split("/")[0]
  const look = async (name: string) => lookAt(root, `data/${name}`)
  const whole = { count: 4, channels: 1, height: 4, width: 3, classes: 3 }

  // As pandas writes it, with an index.
  table("labels.csv", [",file,label", ...files.map((file, i) => `${i},${file},${labelOf(file)}`)])
  expect(await look("labels.csv")).toMatchObject({
    source: {
      kind: "images",
      train: [{ table: "data/labels.csv", folder: "data/images", path: "file", label: "label" }]
    },
    shape: whole,
    said: "a table of 4 image files in 3 classes, all 3×4"
  })
  // As Tiny ImageNet has it.
  table(
    "annotations.txt",
    files.map((file) => `${file}\t${labelOf(file)}\t0\t0\t62\t62`)
  )
  expect((await look("annotations.txt")).source).toMatchObject({ train: [{ path: 0, label: 1 }] })
  table(
    "lines.jsonl",
    files.map((file, i) => JSON.stringify({ image: file, target: i % 2, split: i < 3 ? "train" : "test" }))
  )
  expect(await look("lines.jsonl")).toMatchObject({
    source: {
      train: [{ path: "image", label: "target", where: { column: "split", value: "train" } }],
      test: [{ where: { column: "split", value: "test" } }]
    },
    shape: { ...whole, count: 3, test: 1, classes: 2 }
  })
  table("elsewhere.tsv", ["path\tlabel", "nowhere/a.png\t1"])
  await expect(look("elsewhere.tsv")).rejects.toThrow(
    "data/elsewhere.tsv: expected a table with a column of image files"
  )
})
