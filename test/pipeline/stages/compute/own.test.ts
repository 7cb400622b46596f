/** Data sets of the user's own files (test/fixtures/images/make.py), as stages fetch them. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import glob from "fast-glob"
import { expect, test } from "vitest"
import { dataSet, type ImageDataSetDeclaration } from "../../../../pipeline/datasets/dataset.ts"
import { exampleArrays } from "../../../../pipeline/datasets/example-arrays.ts"
import { exampleCsv } from "../../../../pipeline/datasets/example-csv.ts"
import { exampleImages } from "../../../../pipeline/datasets/example-images.ts"
import { exampleParquet } from "../../../../pipeline/datasets/example-parquet.ts"
import fetchArrays from "../../../../pipeline/stages/compute/fetch-arrays.ts"
import fetchCsv from "../../../../pipeline/stages/compute/fetch-csv.ts"
import fetchImages from "../../../../pipeline/stages/compute/fetch-images.ts"
import fetchParquet from "../../../../pipeline/stages/compute/fetch-parquet.ts"
import preprocess from "../../../../pipeline/stages/compute/preprocess.ts"
import { fetch } from "../../../../pipeline/stages/fetch.ts"
import type { DataSetParameters } from "../../../../pipeline/stages/schemas.ts"
import { fetchParametersOf } from "../../../../pipeline/stages/sources.ts"
import { readImageSet, readImageSets, select } from "../../../../src/data/examples.ts"
import { openParquet } from "../../../../src/data/files/parquet.ts"
import { classNames } from "../../../../src/data/files/set.ts"
import { wasm } from "../../../../src/engine/wasm/engine.ts"
import { inMemory } from "../../../../src/foreign/source.ts"
import { randomParameters, smallNetwork } from "../../../networks.ts"
import { artifact } from "../../../support/artifact.ts"
import { contextOf, outputsOf } from "../../../support/compute.ts"

type Source = Extract<ImageDataSetDeclaration["source"], { readonly kind: "arrays" | "csv" | "images" | "parquet" }>
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

const parametersOf = (shape: Shape): DataSetParameters => ({
  name: "own",
  shape: { test: 0, ...declaration.shape, ...shape },
  validation: 3,
  examples: null,
  splitSeed: 0
})

/** Declares a data set and fetches it; files of the fixtures are those of the project. */
async function fetched(source: Source, shape: Shape = {}) {
  dataSet({ ...declaration, source, shape: { ...declaration.shape, ...shape } })
  const parameters = fetchParametersOf("own")
  const root = fileURLToPath(new URL("../../../fixtures/images", import.meta.url))
  const paths = glob.globSync([...(fetch.files?.(parameters) ?? [])], { cwd: root })
  const files = Object.fromEntries(paths.map((path) => [path, () => fixture(path)]))
  const context = contextOf(parameters, undefined, { files, absent: {} })
  const compute = { csv: fetchCsv, images: fetchImages, arrays: fetchArrays, parquet: fetchParquet }
  const { dataset } = await outputsOf(compute[source.kind], context)
  // What trainings are given, whichever files the images come from.
  const input = { dataset: artifact(dataset, "fetch/own", "dataset") }
  const trained = await preprocess({ ...context, parameters: { dataset: parametersOf(shape) }, inputs: input })
  return { sets: readImageSets(dataset, "own"), names: classNames(dataset, "own"), trained }
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

test("image files are the same sets as arrays of their pixels, but for their order", async () => {
  const grey = await fetched({ kind: "arrays", train: [{ images: "grey.npy", labels: "labels.npy" }] })
  const folders = await fetched({ kind: "images", train: ["folders"] })
  expect(folders.names).toEqual(["ant", "bee", "çat"])
  expect([...folders.sets[""].labels]).toEqual([0, 0, 1, 1, 2, 2])
  const order = Uint32Array.of(0, 3, 1, 4, 2, 5)
  expect(folders.sets[""]).toEqual(select(grey.sets[""], order))
  // In the same order they are the same bytes to train on, so the weights are the same too.
  expect((await fetched({ kind: "images", train: [{ table: "pictures.tsv", folder: "folders" }] })).trained).toEqual(
    grey.trained
  )
  const table = { table: "pictures.tsv", folder: "folders" }
  expect((await fetched({ kind: "images", train: [table], names: ["çat", "bee", "ant"] })).sets[""]).toEqual({
    ...grey.sets[""],
    labels: Uint8Array.of(2, 1, 0, 2, 1, 0)
  })
  const split = (value: string) => ({ ...table, where: { column: "split", value } })
  const { sets } = await fetched(
    { kind: "images", train: [split("train")], test: [split("test")] },
    { count: 4, test: 2 }
  )
  expect([sets.train.count, [...sets.test.labels]]).toEqual([4, [1, 2]])
})

test("a training on PNG files gives the weights that one on the IDX file of the same pixels gives", async () => {
  const weights = async (source: Source) => {
    const { trained } = await fetched(source)
    const set = readImageSet(trained.train, "train")
    const network = smallNetwork({ channels: 1, height: 4, width: 3, classes: 3 })
    const session = await wasm.open(network, { precision: "f32" })
    session.load({ parameters: randomParameters(network, 1) })
    session.epoch(set, Uint32Array.of(2, 0, 1), 2, { method: "sgd", learningRate: 0.1, momentum: 0.9 })
    const { parameters } = session.save()
    session.close()
    return parameters
  }
  const idx = { images: "grey.idx.gz", labels: "labels.npy" }
  const found = await weights({ kind: "images", train: [{ table: "pictures.tsv", folder: "folders" }] })
  expect(found).toEqual(await weights({ kind: "arrays", train: [idx] }))
  expect(found).not.toEqual(randomParameters(smallNetwork({ channels: 1, height: 4, width: 3, classes: 3 }), 1))
})

test("Parquet files of pictures are the same sets; what they lack is told of", async () => {
  const grey = await fetched({ kind: "arrays", train: [{ images: "grey.npy", labels: "labels.npy" }] })
  expect(await fetched({ kind: "parquet", train: ["pictures.parquet"] })).toEqual(grey)
  const named = await fetched({ kind: "parquet", train: ["pictures.parquet"], label: "name" })
  expect(named).toEqual({ ...grey, names: ["ant", "bee", "çat"] })
  const said = (train: string, columns: object = {}, shape: Shape = {}) =>
    fetched({ kind: "parquet", train: [train], ...columns }, shape).then(
      () => "read",
      (error: Error) => `${error.name}: ${error.message}`
    )
  const file = "DataError: pictures.parquet"
  expect(await said("pictures.parquet", { label: "class" })).toContain(
    `${file}: expected a column 'class', found image, `
  )
  expect(await said("pictures.parquet", { image: "name" })).toContain(
    `${file}, row 0: expected an image file in 'name', found string`
  )
  expect(await said("pictures.parquet", { image: "label" })).toContain(
    `${file}, row 0: expected an image file in 'label'`
  )
  expect(await said("pictures.parquet", {}, { count: 5 })).toContain(`${file}: expected 5 images, found 6`)
  expect(await said("grey.npy")).toContain("DataError: grey.npy: expected a Parquet file, found what cannot be read (")
  const whole = fixture("pictures.parquet")
  for (let at = 4; at < whole.length; at += 7) {
    const bytes = Uint8Array.from(whole)
    bytes[at] ^= 0xff
    try {
      const { labels, pictures } = await openParquet(inMemory(bytes), "x", { image: "image", label: "label" })
      expect(labels().length).toBe([...pictures()].length)
    } catch (error) {
      expect((error as Error).name).toBe("DataError")
    }
  }
})

test("pictures of another size are cut or stretched if that is declared", async () => {
  const sized = (size: object, shape: Shape) => fetched({ kind: "images", train: ["folders"], ...size }, shape)
  await expect(sized({}, { height: 8, width: 8 })).rejects.toThrow(
    'folders/ant/picture 0.png: expected a picture of 8×8 (width × height), found 3×4; declare that size, or `size: "crop"`'
  )
  for (const size of ["crop", "stretch"]) {
    const { sets } = await sized({ size }, { height: 8, width: 8, channels: 3 })
    expect(sets[""], size).toMatchObject({ height: 8, width: 8, channels: 3, count: 6 })
  }
  await expect(sized({}, { channels: 2 })).rejects.toThrow("expected 1 channel (grey) or 3 (colour), found 2")
  await expect(sized({}, { count: 5 })).rejects.toThrow("folders: expected 5 images, found 6")
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
  expect(await said({ kind: "arrays", train: [part] }, { test: 6 })).toContain("expected `test`, where the 6 images")
  expect(await said({ kind: "arrays", train: [part], test: [part] })).toContain("expected `test`, the number of images")
  expect(await said({ kind: "csv", train: "kaggle.csv", names: ["a"] })).toContain("expected `names` of all 3 classes")
  expect(await said({ kind: "csv", train: "kaggle.csv", range: [1, 0] })).toContain("expected a lower number")
  expect(await said({ kind: "csv", train: "/kaggle.csv" })).toContain("is absolute")
})

test("the examples to copy are declarations", () => {
  expect(
    [exampleArrays, exampleCsv, exampleImages, exampleParquet].map(({ parameters }) => parameters.shape.classes)
  ).toEqual([3, 10, 200, 3])
})
