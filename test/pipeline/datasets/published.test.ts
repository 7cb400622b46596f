/**
 * The real files of the data sets, through the compute modules. They lie in the folder that PIPELINE_TEST_DATA names,
 * in any layout that --data-dir understands; without it these tests are skipped.
 */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync, gzipSync } from "node:zlib"
import { expect, test } from "vitest"
import { cifar10 } from "../../../pipeline/datasets/cifar10.ts"
import { cifar100, cifar100Fifth } from "../../../pipeline/datasets/cifar100.ts"
import { officially } from "../../../pipeline/datasets/dataset.ts"
import { fashionMnist } from "../../../pipeline/datasets/fashion-mnist.ts"
import { medMnist28, medMnistLarger, pneumoniaMnistReordered } from "../../../pipeline/datasets/medmnist.ts"
import { mnist } from "../../../pipeline/datasets/mnist.ts"
import fetchPublished from "../../../pipeline/stages/compute/fetch-published.ts"
import preprocess from "../../../pipeline/stages/compute/preprocess.ts"
import type { DataSetParameters } from "../../../pipeline/stages/schemas.ts"
import { fetchParametersOf } from "../../../pipeline/stages/sources.ts"
import { readImageSet, readImageSets } from "../../../src/data/examples.ts"
import { endBlocks, entryBlocks } from "../../../src/foreign/tar.ts"
import { artifact } from "../../support/artifact.ts"
import { call, contextOf } from "../../support/compute.ts"
import { folderOf } from "../../support/folder.ts"

const real = process.env.PIPELINE_TEST_DATA

async function get(name: string, mirror: string) {
  // No network: only the mirror counts here.
  const { dataset, places } = fetchParametersOf(name)
  const parameters = { dataset, places: { ...places, addresses: {} }, dataDir: mirror }
  return (await call(fetchPublished, parameters, undefined)).dataset
}

function split(dataset: DataSetParameters, bytes: Uint8Array) {
  const input = artifact(bytes, "fetch", "dataset")
  const given = contextOf({ dataset }, undefined, { inputs: { dataset: input } })
  const { train, validation } = preprocess(given) as Record<string, Uint8Array>
  return { train: readImageSet(train, "train"), validation: readImageSet(validation, "validation") }
}

const meanOf = (images: Uint8Array) => {
  let sum = 0
  for (let i = 0; i < images.length; i++) sum += images[i]
  return sum / images.length / 255
}

const perClass = (labels: ArrayLike<number>, classes: number) => {
  const counts = new Array(classes).fill(0)
  for (const label of Array.from(labels)) counts[label]++
  return new Set(counts)
}

test.skipIf(real === undefined)("MNIST and Fashion-MNIST are theirs, whole and in order", async () => {
  const sets = readImageSets(await get("mnist", real!), "mnist")
  expect([...sets.train.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
  expect([...sets.test.labels.subarray(0, 10)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
  expect(meanOf(sets.train.images)).toBeCloseTo(0.1307, 4)
  const fashion = readImageSets(await get("fashion-mnist", real!), "fashion")
  expect([...fashion.train.labels.subarray(0, 5)]).toEqual([9, 0, 0, 3, 0])
  expect(meanOf(fashion.train.images)).toBeCloseTo(0.286, 4)
  expect(fashionMnist.parameters.shape).toEqual(mnist.parameters.shape)
})

test.skipIf(real === undefined)("MNIST plain in MNIST/raw gives the same bytes", async () => {
  const names = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"]
  const plain = Object.fromEntries(
    names.map((name) => [`MNIST/raw/${name}-ubyte`, gunzipSync(readFileSync(join(real!, "mnist", `${name}-ubyte.gz`)))])
  )
  expect(Buffer.compare(await get("mnist", folderOf(plain)), await get("mnist", real!))).toBe(0)
})

test.skipIf(real === undefined)("CIFAR-10 is the authors', loose or in an archive", async () => {
  const bytes = await get("cifar10", real!)
  const { train } = readImageSets(bytes, "cifar10")
  expect([...train.labels.subarray(0, 5)]).toEqual([6, 9, 9, 4, 1])
  expect(perClass(train.labels, 10)).toEqual(new Set([5000]))
  const mean = [0, 0, 0]
  for (let i = 0; i < train.images.length; i++) mean[(i >> 10) % 3] += train.images[i]
  const published = [0.4914, 0.4822, 0.4465] // mean of the training set, as in common use
  mean.forEach((sum, c) => expect(sum / (50_000 * 1024) / 255).toBeCloseTo(published[c], 3))
  const { source } = fetchParametersOf("cifar10").dataset
  if (source.kind !== "published") return expect.unreachable()
  const blocks = Object.keys(source.files).flatMap((name) => [
    ...entryBlocks({
      name: `cifar-10-batches-bin/${name}`,
      bytes: readFileSync(join(real!, "cifar-10-batches-bin", name))
    })
  ])
  const archive = gzipSync(Buffer.concat([...blocks, endBlocks()]), { level: 0 })
  expect(Buffer.compare(await get("cifar10", folderOf({ "cifar-10-binary.tar.gz": archive })), bytes)).toBe(0)
})

test.skipIf(real === undefined)("the fifth of CIFAR-100 never passes for the whole", async () => {
  const { train, test: official } = readImageSets(await get("cifar100-fifth", real!), "cifar100-fifth")
  expect([train.count, official.count]).toEqual([10_000, 10_000])
  expect(perClass(train.labels, 100)).toEqual(new Set([100]))
  await expect(get("cifar100", real!)).rejects.toThrow("cifar100: expected the files cifar-100-binary.tar.gz")
  const renamed = { "cifar-100-binary/train.bin": readFileSync(join(real!, "cifar-100-binary", "train_part1.bin")) }
  await expect(get("cifar100", folderOf(renamed))).rejects.toThrow("expected the files")
  expect(cifar100Fifth.parameters.shape.classes).toBe(cifar100.parameters.shape.classes)
})

test("MedMNIST has its sets of one class for each image, in all sizes that fit into memory", () => {
  const shapes = [...medMnist28, ...medMnistLarger].map(({ name, parameters: { shape } }) => ({ name, ...shape }))
  expect(medMnist28).toHaveLength(11)
  expect(shapes.map(({ name }) => name)).not.toContain("chestmnist")
  expect(shapes).toContainEqual({
    name: "organamnist-64",
    count: 34_561 + 6491,
    test: 17_778,
    channels: 1,
    height: 64,
    width: 64,
    classes: 11
  })
  expect(shapes.map(({ name }) => name)).not.toContain("pathmnist-224")
  const { source } = fetchParametersOf("organamnist-64").dataset
  expect(source).toMatchObject({ train: ["organamnist_64.npz"] })
})

test("a MedMNIST file in colour is read from a mirror in its own splits", async () => {
  const retina = fetchParametersOf("retinamnist").dataset
  if (retina.source.kind !== "published") return expect.unreachable()
  await expect(get("retinamnist", folderOf({ "retinamnist.npz": Buffer.from("no zip") }))).rejects.toThrow(
    "retinamnist.npz: expected the MD5 bd4c0672f1bba3e3a89f0e4e876791e4"
  )
})

test.skipIf(real === undefined)("MedMNIST has the sizes and classes that its authors tell", async () => {
  const counts = (labels: ArrayLike<number>) =>
    [0, 1].map((k) => Array.from(labels).filter((label) => label === k).length)
  const breast = readImageSets(await get("breastmnist", real!), "breastmnist")
  expect([counts(breast.train.labels), counts(breast.test.labels)]).toEqual([
    [147 + 21, 399 + 57],
    [42, 114]
  ])
  const { train } = readImageSets(await get(pneumoniaMnistReordered.name, real!), "pneumonia")
  expect(counts(train.labels)).toEqual([1349, 3883])
})

test.skipIf(real === undefined)("the official test set, a split, and a part of the training set", async () => {
  const bytes = await get("cifar10", real!)
  const official = split(officially(cifar10.parameters), bytes)
  expect([official.train.count, official.validation.count]).toEqual([50_000, 10_000])
  const carved = split(cifar10.parameters, bytes)
  expect([carved.train.count, carved.validation.count]).toEqual([40_000, 10_000])
  expect(perClass(carved.validation.labels, 10)).toEqual(new Set([1000]))
  const part = split({ ...officially(cifar10.parameters), examples: 600 }, bytes)
  expect(perClass(part.train.labels, 10)).toEqual(new Set([60]))
  expect(Buffer.compare(part.validation.images, official.validation.images)).toBe(0)
})
