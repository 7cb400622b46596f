/** Data sets as EMNIST, SVHN and Imagenette are distributed, in small: archives of archives, MATLAB's files, pictures. */
import { hash } from "node:crypto"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { zipSync } from "fflate"
import { expect, test } from "vitest"
import { emnist } from "../../../pipeline/datasets/emnist.ts"
import { imagenette } from "../../../pipeline/datasets/imagenette.ts"
import { kmnist } from "../../../pipeline/datasets/kmnist.ts"
import { svhn } from "../../../pipeline/datasets/svhn.ts"
import fetchPublished from "../../../pipeline/stages/compute/fetch-published.ts"
import fetchPictures from "../../../pipeline/stages/compute/fetch-published-images.ts"
import type { FetchParameters } from "../../../pipeline/stages/fetch-parameters.ts"
import { fetchParametersOf } from "../../../pipeline/stages/sources.ts"
import { readImageSets } from "../../../src/data/examples.ts"
import { classNames } from "../../../src/data/files/set.ts"
import { writeIdx } from "../../../src/data/idx.ts"
import { acquire } from "../../../src/data/published.ts"
import { endBlocks, entryBlocks } from "../../../src/foreign/tar.ts"
import { call } from "../../support/compute.ts"
import { folderOf } from "../../support/folder.ts"

const fixtures = fileURLToPath(new URL("../../fixtures/images/", import.meta.url))
const md5 = (bytes: Uint8Array) => `md5:${hash("md5", bytes, "hex")}`

type DataSet = FetchParameters["dataset"]

async function get(
  dataset: DataSet,
  mirror: string,
  places: FetchParameters["places"] = { folders: [], addresses: {} }
) {
  const compute =
    dataset.source.kind === "published" && dataset.source.format === "folders" ? fetchPictures : fetchPublished
  const outputs = await call(compute, { dataset, places, dataDir: mirror }, undefined)
  return { sets: readImageSets(outputs.dataset, dataset.name), names: classNames(outputs.dataset, dataset.name) }
}

const images = writeIdx({ shape: [4, 2, 2], data: Uint8Array.from({ length: 16 }, (_, i) => 3 * i) })
const labels = writeIdx({ shape: [4], data: Uint8Array.of(3, 1, 2, 3) })
const FILES = { "l-images": images, "l-labels": labels }

const letters = (archives: Extract<DataSet["source"], { kind: "published" }>["archives"]): DataSet => ({
  name: "letters",
  source: {
    kind: "published",
    format: "idx",
    train: ["l-images", "l-labels"],
    test: ["l-images", "l-labels"],
    files: { "l-images": null, "l-labels": null },
    archives,
    names: ["1", "2", "3"]
  },
  shape: { count: 4, test: 4, channels: 1, height: 2, width: 2, classes: 3 }
})

test("gzipped files in a zip file, or loose; labels from 1 are classes from 0, and what they are called is kept", async () => {
  const packed = Object.entries(FILES).map(([name, bytes]) => ({ name, bytes: gzipSync(bytes) }))
  // As EMNIST's, the archive is larger than what is wanted of it.
  const other = Buffer.alloc(3 << 20, "other data sets")
  const entries = Object.fromEntries(packed.map(({ name, bytes }) => [`gzip/${name}.gz`, bytes]))
  const zip = zipSync({ ...entries, "gzip/other.gz": other }, { level: 0 })
  const archive = { name: "gzip.zip", digest: md5(zip), holds: Object.keys(FILES), bytes: zip.length }
  const loose = packed.map(({ name, bytes }) => ({ name: `${name}.gz`, digest: md5(bytes), holds: [name] }))
  const mirrors = [
    folderOf({ "gzip.zip": zip }),
    folderOf(Object.fromEntries(packed.map(({ name, bytes }) => [`${name}.gz`, bytes])))
  ]
  for (const mirror of mirrors) {
    const { sets, names } = await get(letters([...loose, archive]), mirror)
    expect([...sets.train.labels]).toEqual([2, 0, 1, 2])
    expect([...sets.test.images]).toEqual(Array.from({ length: 16 }, (_, i) => 3 * i))
    expect(names).toEqual(["1", "2", "3"])
  }
  const { bytes: _, ...unsized } = archive
  await expect(get(letters([unsized]), mirrors[0])).rejects.toThrow(/gzip\.zip: expected at most [\d,]+ bytes, found/)
  const twice = zipSync({ ...entries, "again/l-labels": labels })
  await expect(get(letters([{ ...archive, digest: md5(twice) }]), folderOf({ "gzip.zip": twice }))).rejects.toThrow(
    "it holds two files l-labels"
  )
})

test("MATLAB's files: a zero has the label 10, and is class 0", async () => {
  const file = readFileSync(join(fixtures, "svhn.mat"))
  const source = {
    kind: "published",
    format: "svhn",
    train: ["digits.mat"],
    test: ["digits.mat"],
    files: { "digits.mat": md5(file) },
    archives: [{ name: "digits.mat", digest: md5(file), holds: ["digits.mat"] }],
    names: ["10", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
  } as const
  const shape = { count: 6, test: 6, channels: 3, height: 4, width: 3, classes: 10 }
  const { sets, names } = await get({ name: "digits", source, shape }, folderOf({ "digits.mat": file }))
  expect([...sets.test.labels]).toEqual([0, 1, 2, 3, 9, 5])
  expect(sets.train).toMatchObject({ count: 6, channels: 3, height: 4, width: 3, classes: 10 })
  expect(names?.[0]).toBe("10")
})

test("pictures in a gzipped tar file, in the folders of their classes", async () => {
  const names = ["ant", "bee", "çat"].flatMap((name) =>
    readdirSync(join(fixtures, "folders", name)).map((file) => `${name}/${file}`)
  )
  const tar = (entries: ReadonlyArray<readonly [string, Uint8Array]>) =>
    gzipSync(Buffer.concat([...entries.flatMap(([name, bytes]) => [...entryBlocks({ name, bytes })]), endBlocks()]))
  const pictures = names.map((name) => [name, readFileSync(join(fixtures, "folders", name))] as const)
  const ascii = (name: string) => name.replace("ç", "c")
  const archive = tar([
    ...pictures.map(([name, bytes]) => [`set/train/${ascii(name)}`, bytes] as const),
    ...pictures.map(([name, bytes]) => [`./set/val/${ascii(name)}`, bytes] as const),
    ["set/train/notes.txt", Buffer.from("not a picture")],
    // Nothing is written anywhere: it is no picture of this set, that is all.
    ["../../set/train/ant/x.png", Buffer.from("out of it")]
  ])
  const declared = (count: number, bytes: Uint8Array): DataSet => ({
    name: "pictures",
    source: {
      kind: "published",
      format: "folders",
      train: ["set.tgz", "set/train"],
      test: ["set.tgz", "set/val"],
      files: { "set.tgz": md5(bytes) },
      archives: [{ name: "set.tgz", digest: md5(bytes), holds: ["set.tgz"] }]
    },
    shape: { count, test: 6, channels: 3, height: 4, width: 3, classes: 3 }
  })
  const { sets, names: called } = await get(declared(6, archive), folderOf({ "set.tgz": archive }))
  expect(called).toEqual(["ant", "bee", "cat"])
  expect([...sets.train.labels].sort()).toEqual([0, 0, 1, 1, 2, 2])
  expect(sets.test.images).toEqual(sets.train.images)
  const wrong = (count: number, bytes: Uint8Array) => get(declared(count, bytes), folderOf({ "set.tgz": bytes }))
  await expect(wrong(5, archive)).rejects.toThrow("set.tgz:set/train: expected 5 images, found more of them")
  await expect(wrong(7, archive)).rejects.toThrow("set.tgz:set/train: expected 7 images, found 6")
  await expect(wrong(6, archive.subarray(0, 200))).rejects.toThrow("set.tgz: expected a whole tar file, found that")
  const bad = tar([
    ["set/train/ant/a.png", Buffer.from("no picture")],
    ...pictures.map(([name, bytes]) => [`set/val/${ascii(name)}`, bytes] as const)
  ])
  await expect(wrong(1, bad)).rejects.toThrow("set.tgz:set/train/ant/a.png: expected a picture")
})

test.each([
  [
    kmnist.name,
    "train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz,"
  ],
  [svhn.name, "train_32x32.mat, test_32x32.mat,"],
  [imagenette.name, "imagenette2-160.tgz,"],
  [emnist[1].name, "gzip.zip,"]
])("where %s is not there, it is said what is wanted and where it can be had", async (name, files) => {
  const { dataset, places } = fetchParametersOf(name)
  if (dataset.source.kind !== "published") throw new Error("it is published")
  const addresses = Object.fromEntries(
    Object.entries(places.addresses).map(([archive, [url]]) => [
      archive,
      [url.replace(/^https?:\/\/[^/]*/, "http://127.0.0.1:2")]
    ])
  )
  const options = { atMost: 1 << 20, mirror: folderOf({}), part: () => join(folderOf({}), "part"), progress: () => {} }
  const asked = acquire(
    name,
    dataset.source,
    { ...places, addresses },
    { ...options, network: { attempts: 1, pauseMs: 1 } }
  )
  await expect(asked).rejects.toThrow(`${name}: expected the files ${files} found none of them`)
  await expect(asked).rejects.toThrow(/put them into .* \(from http:\/\/127\.0\.0\.1:2\/.*\), then run again$/)
})
