/** Data sets of the user's own files (test/fixtures/images/make.py), as stages fetch them. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { expect, test } from "vitest"
import { dataSet, type ImageDataSetDeclaration } from "../../../../pipeline/datasets/dataset.ts"
import { exampleArrays } from "../../../../pipeline/datasets/example-arrays.ts"
import { exampleCsv } from "../../../../pipeline/datasets/example-csv.ts"
import fetchArrays from "../../../../pipeline/stages/compute/fetch-arrays.ts"
import fetchCsv from "../../../../pipeline/stages/compute/fetch-csv.ts"
import { fetch } from "../../../../pipeline/stages/fetch.ts"
import { fetchParametersOf } from "../../../../pipeline/stages/sources.ts"
import { readImageSets } from "../../../../src/data/examples.ts"
import { classNames } from "../../../../src/data/files/set.ts"
import type { ComputeContext } from "../../../../src/graph/compute.ts"

type Source = ImageDataSetDeclaration["source"]
type Shape = Partial<ImageDataSetDeclaration["shape"]>

const fixture = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../fixtures/images/${name}`, import.meta.url)))
const declaration = {
  name: "own",
  title: "Own",
  shape: { count: 6, channels: 1, height: 4, width: 3, classes: 3 },
  validation: 3,
  splitSeed: 0
}

/** Declares a data set and fetches it; files of the fixtures are those of the project. */
async function fetched(source: Source, shape: Shape = {}) {
  dataSet({ ...declaration, source, shape: { ...declaration.shape, ...shape } })
  const parameters = fetchParametersOf("own")
  const paths = fetch.files?.(parameters) ?? []
  const files = Object.fromEntries(
    paths.filter((path) => !path.includes("gone")).map((path) => [path, () => fixture(path)])
  )
  const context: ComputeContext<typeof parameters> = {
    parameters,
    engine: undefined,
    inputs: {},
    collections: {},
    files,
    absent: {},
    checkpoints: { latest: () => undefined, offer: () => {} },
    threads: 1,
    scratch: () => "",
    device: () => {},
    progress: () => {}
  }
  const { dataset } = await (source.kind === "csv" ? fetchCsv : fetchArrays)(context)
  return { sets: readImageSets(dataset, "own"), names: classNames(dataset, "own") }
}

test("arrays and tables of the same pixels are the same sets", async () => {
  const npz = (array: string) => ({ file: "deflated.npz", array })
  const grey = await fetched({ kind: "arrays", train: [{ images: "./grey.npy", labels: "labels.npy" }] })
  expect(grey.names).toEqual(["0", "1", "2"])
  expect(grey.sets[""]).toMatchObject({ count: 6, channels: 1, height: 4, width: 3, classes: 3 })
  expect(await fetched({ kind: "arrays", train: [{ images: npz("grey_f4"), labels: npz("labels_one_hot") }] })).toEqual(
    grey
  )
  expect(await fetched({ kind: "csv", train: "kaggle.csv" })).toEqual(grey)
  const named = await fetched({ kind: "csv", train: "last.csv.gz", label: "class", names: ["ant", "bee", "çat"] })
  expect(named).toEqual({ ...grey, names: ["ant", "bee", "çat"] })
})

test("sets in parts, and test sets", async () => {
  const part = { images: "grey.npy", labels: "labels.npy" }
  const { sets } = await fetched({ kind: "arrays", train: [part, part], test: [part] }, { count: 12, test: 6 })
  expect([...sets.train.labels]).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2])
  expect(sets.train.images.subarray(72)).toEqual(sets.test.images)
  const tables = await fetched({ kind: "csv", train: "kaggle.csv", test: "bare.csv" }, { test: 6 })
  expect(tables.sets.train).toEqual(tables.sets.test)
})

test("what differs from the declaration is told of", async () => {
  const part = { images: "grey.npy", labels: "labels.npy" }
  const said = (source: Source, shape: Shape = {}) =>
    fetched(source, shape).then(
      () => "read",
      (error: Error) => error.message
    )
  expect(await said({ kind: "arrays", train: [part] }, { count: 7 })).toBe(
    "grey.npy: expected 7 images, found 6; correct the shape that the data set declares, or the files"
  )
  expect(await said({ kind: "arrays", train: [{ ...part, images: "gone.npy" }] })).toBe(
    "gone.npy: expected an array of NumPy or IDX, found nothing; put it there, or correct the path in the data set 'own'"
  )
  expect(
    await said({ kind: "arrays", train: [{ ...part, labels: { file: "stored.npz", array: "grey_u1" } }] })
  ).toContain(
    "stored.npz:grey_u1: expected labels (n), (n, 1) or, with a 1 for the class of each, (n, 3), found the shape (6, 4, 3)"
  )
  expect(await said({ kind: "arrays", train: [part] }, { test: 6 })).toContain("Expected `test`, where the 6 images")
  expect(await said({ kind: "arrays", train: [part], test: [part] })).toContain("Expected `test`, the number of images")
  expect(await said({ kind: "csv", train: "kaggle.csv", names: ["a"] })).toContain("Expected `names` of all 3 classes")
  expect(await said({ kind: "csv", train: "kaggle.csv", range: [1, 0] })).toContain("Expected a lower number")
  expect(await said({ kind: "csv", train: "/kaggle.csv" })).toContain("is absolute")
})

test("the examples to copy are declarations", () => {
  expect([exampleArrays, exampleCsv].map(({ parameters }) => parameters.shape.classes)).toEqual([3, 10])
})
