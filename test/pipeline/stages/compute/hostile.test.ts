/**
 * Files that are not what a data set declares, whoever made them: each gets one message, of one line, with the file and the
 * place in it; nothing crashes, and no memory is taken because a few bytes say so.
 */
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { crc32, deflateRawSync, deflateSync, gzipSync } from "node:zlib"
import { parquetWriteBuffer } from "hyparquet-writer"
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest"
import fetchArrays from "../../../../pipeline/stages/compute/fetch-arrays.ts"
import fetchCsv from "../../../../pipeline/stages/compute/fetch-csv.ts"
import fetchImages from "../../../../pipeline/stages/compute/fetch-images.ts"
import fetchParquet from "../../../../pipeline/stages/compute/fetch-parquet.ts"
import preprocess from "../../../../pipeline/stages/compute/preprocess.ts"
import type { FetchParameters } from "../../../../pipeline/stages/fetch-parameters.ts"
import { readImageSets, writeImageSets } from "../../../../src/data/examples.ts"
import { openPixelTable } from "../../../../src/data/files/csv.ts"
import { decode } from "../../../../src/data/files/decode.ts"
import { openParquet } from "../../../../src/data/files/parquet.ts"
import { classNames } from "../../../../src/data/files/set.ts"
import { writeIdx } from "../../../../src/data/idx.ts"
import { inMemory } from "../../../../src/foreign/source.ts"
import type { ReadFile } from "../../../../src/graph/compute.ts"
import { wholeOf, withArray } from "../../../support/arrays.ts"
import { artifact } from "../../../support/artifact.ts"
import { contextOf, outputsOf } from "../../../support/compute.ts"
import { folderOf } from "../../../support/folder.ts"

type Source = FetchParameters["dataset"]["source"]
type Shape = FetchParameters["dataset"]["shape"]
type Files = Readonly<Record<string, Uint8Array | string>>
type Given = readonly [Source, Partial<Shape>, Files]

const modules = { arrays: fetchArrays, idx: fetchArrays, csv: fetchCsv, images: fetchImages, parquet: fetchParquet }
const fixture = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../fixtures/images/${name}`, import.meta.url)))

const own = { count: 6, test: 0, channels: 1, height: 4, width: 3, classes: 3 }

/** A file of the project, which is read in parts as a worker reads it. */
function fileOf(folder: string, name: string, content: Uint8Array | string): ReadFile {
  const path = join(folder, name.replaceAll("/", "_"))
  writeFileSync(path, content)
  const open = () => {
    const descriptor = openSync(path, "r")
    onTestFinished(() => closeSync(descriptor))
    return { descriptor, size: Buffer.byteLength(content) }
  }
  return Object.assign(() => readFileSync(path), { open })
}

async function fetched(source: Source, shape: Partial<Shape>, files: Files) {
  const folder = folderOf({})
  const parameters = {
    dataset: { name: "own", source, shape: { ...own, ...shape } },
    places: { folders: [], addresses: {} }
  }
  const context = contextOf(parameters, undefined, {
    files: Object.fromEntries(Object.entries(files).map(([name, content]) => [name, fileOf(folder, name, content)])),
    absent: {}
  })
  if (!(source.kind in modules)) throw new Error(source.kind)
  const { dataset } = await outputsOf(modules[source.kind as keyof typeof modules], context)
  return { sets: readImageSets(dataset, "own"), names: classNames(dataset, "own") }
}

/** What is said of files; "read" where nothing is. */
const said = (source: Source, shape: Partial<Shape>, files: Files): Promise<string> =>
  fetched(source, shape, files).then(
    () => "read",
    (error: Error) => {
      expect(error.message).not.toContain("\n")
      return `${error.name}: ${error.message}`
    }
  )

/** A `.npy` file. */
function npy(descr: string, shape: ReadonlyArray<number>, data: Uint8Array): Buffer {
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(", ")},), }\n`
  const header = Buffer.from(`\x93NUMPY\x01\x00\0\0${dictionary}`, "latin1")
  header.writeUInt16LE(header.length - 10, 8)
  return Buffer.concat([header, data])
}
const floats = (values: ReadonlyArray<number>) => new Uint8Array(Float32Array.from(values).buffer)

function png(width: number, height: number, packed: Uint8Array): Buffer {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), data])
    const frame = Buffer.alloc(8)
    frame.writeUInt32BE(data.length, 0)
    frame.writeUInt32BE(crc32(body), 4)
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header[8] = 8
  const start = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10)
  return Buffer.concat([start, chunk("IHDR", header), chunk("IDAT", packed), chunk("IEND", new Uint8Array())])
}

/** A grey TIFF file of one strip, deflated. */
function tiff(width: number, height: number, strip: Uint8Array, bytes = strip.length): Buffer {
  const entries = [
    [256, 4, width],
    [257, 4, height],
    [258, 3, 8],
    [259, 3, 8],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 4, height],
    [279, 4, bytes]
  ]
  const directory = Buffer.alloc(2 + 12 * entries.length + 4)
  directory.writeUInt16LE(entries.length, 0)
  for (const [i, [tag, type, value]] of entries.entries()) {
    directory.writeUInt16LE(tag, 2 + 12 * i)
    directory.writeUInt16LE(type, 4 + 12 * i)
    directory.writeUInt32LE(1, 6 + 12 * i)
    directory.writeUInt32LE(value, 10 + 12 * i)
  }
  const head = Buffer.from([0x49, 0x49, 42, 0, 0, 0, 0, 0])
  const padded = Buffer.concat([strip, Buffer.alloc(strip.length % 2)])
  head.writeUInt32LE(8 + padded.length, 4)
  return Buffer.concat([head, padded, directory])
}

const zeros = (count: number) => new Uint8Array(count)
const pictures = (bytes: Uint8Array, name = "x.png"): Given => [
  { kind: "images", train: ["d"] },
  { count: 1, classes: 1 },
  { [`d/a/${name}`]: bytes }
]
const table = (text: string, images: ReadonlyArray<string> = ["a", "b", "c"]): Given => [
  { kind: "images", train: [{ table: "t.csv", folder: "d" }] },
  { count: 3 },
  {
    "t.csv": text,
    ...Object.fromEntries(images.map((name) => [`d/${name}.png`, fixture("folders/ant/picture 0.png")]))
  }
]
const one: Partial<Shape> = { count: 2, height: 1, width: 2, classes: 2 }
const csv = (text: string | Uint8Array, file = "x.csv"): Given => [{ kind: "csv", train: file }, one, { [file]: text }]
const arrays = (images: Uint8Array, labels: Uint8Array): Given => [
  { kind: "arrays", train: [{ images: "x.npy", labels: "y.npy" }] },
  one,
  { "x.npy": images, "y.npy": labels }
]
const twoLabels = npy("|u1", [2], Uint8Array.of(0, 1))
const twoImages = npy("|u1", [2, 1, 2], zeros(4))
const parquet = (bytes: Uint8Array, shape: Partial<Shape> = {}): Given => [
  { kind: "parquet", train: ["x.parquet"] },
  shape,
  { "x.parquet": bytes }
]
/** A Parquet file of columns as they are given. */
const columns = (
  image: ReadonlyArray<unknown>,
  label: ReadonlyArray<unknown>,
  codec: "SNAPPY" | "UNCOMPRESSED" = "SNAPPY"
) =>
  new Uint8Array(
    parquetWriteBuffer({
      codec,
      columnData: [
        { name: "image", data: [...image], type: "BYTE_ARRAY" },
        { name: "label", data: [...label] }
      ]
    })
  )
const picture = Uint8Array.from(fixture("folders/ant/picture 0.png"))

/** What is given, and what is said of it. */
const TABLE: Readonly<Record<string, readonly [Given, string]>> = {
  "a PNG that declares 3,600,000,000 pixels": [
    pictures(png(60_000, 60_000, zeros(10))),
    "DataError: d/a/x.png: expected a picture (PNG, JPEG, WebP, TIFF, GIF, BMP), found one of more than 67108864 pixels; replace the file, or take it out"
  ],
  "a PNG of too few pixels": [pictures(png(3, 4, deflateSync(zeros(5)))), "d/a/x.png: expected a picture"],
  "a PNG whose 12 pixels unpack to 64 MB": [pictures(png(3, 4, deflateSync(zeros(64 << 20)))), ""],
  "a TIFF that declares 900,000,000 pixels": [
    pictures(tiff(30_000, 30_000, deflateSync(zeros(100))), "x.tif"),
    "d/a/x.tif: expected a picture (PNG, JPEG, WebP, TIFF, GIF, BMP), found one of more than 67108864 pixels"
  ],
  "a TIFF whose strip unpacks to 64 MB": [pictures(tiff(3, 4, deflateSync(zeros(64 << 20))), "x.tif"), ""],
  "a TIFF whose strip goes on behind the file": [
    pictures(tiff(3, 4, deflateSync(zeros(12)), 0x7fffffff), "x.tif"),
    "d/a/x.tif: expected a picture"
  ],
  "text under the name of a picture": [pictures(Buffer.from("<svg><text/></svg>")), "d/a/x.png: expected a picture"],
  "an empty picture": [pictures(zeros(0)), "found an empty file"],
  "a picture of another size": [
    pictures(fixture("pictures/colour.png")),
    "DataError: d/a/x.png: expected a picture of 3×4 (width × height), found 7×5; declare that size, or"
  ],
  "a picture beside the folders": [
    [{ kind: "images", train: ["d"] }, {}, { "d/x.png": picture }],
    "d/x.png: expected a folder for each class, found an image beside them"
  ],
  "a table that leads out of its folder": [
    table("path,label\na.png,0\n../t.png,1\nc.png,2"),
    "t.csv, line 3: expected the path of a file in d, found '../t.png', which leads out of it"
  ],
  "a table with an absolute path": [
    table("path,label\n/etc/passwd.png,0"),
    "t.csv, line 2: expected the path of a file in d"
  ],
  "a table that names a picture twice": [
    table("path,label\na.png,0\nb.png,1\n./a.png,2"),
    "t.csv, line 4: expected each image once, found d/a.png again, as on line 2"
  ],
  "a table that names what is not there": [
    table("path,label\nz.png,0"),
    "t.csv, line 2: expected an image at d/z.png, found none"
  ],
  "a table with a short row": [
    table("path,label\na.png,0\nb.png\nc.png,2"),
    "t.csv, line 3: expected a column 'label', found none"
  ],
  "a table without rows": [table("path,label\n"), "t.csv: expected rows, found none"],
  "an empty table": [table(""), "t.csv: expected rows, found none"],
  "a table with an open quote": [table('path,label\n"a.png,0\n'), "t.csv, line 2: expected a quote that is closed"],
  "a ragged table of pixels": [
    csv("label,a,b\n0,1,2\n1,3\n"),
    "DataError: x.csv, line 3: expected a label and 2 pixels, 3 columns, found 2 columns; correct the table"
  ],
  "a table of pixels with too many cells": [
    csv("label,a,b\n0,1,2,3\n1,3,4\n"),
    "x.csv, line 2: expected a label and 2 pixels"
  ],
  "a pixel that is no number": [
    csv("0,1,nan\n1,3,4\n"),
    "x.csv, line 1: expected a column named 'label', found 0, 1, nan"
  ],
  "a pixel that is no number, below the first row": [
    csv("0,1,2\n1,3,NaN\n"),
    "x.csv, line 2: expected pixels that are numbers, found 'NaN' in column 3"
  ],
  "a pixel without end": [
    csv("0,1,2\n1,3,Infinity\n"),
    "x.csv, line 2: expected pixels that are numbers, found 'Infinity'"
  ],
  "a pixel out of range": [
    csv("0,1,2\n1,3,1e999\n"),
    "x.csv: expected values from 0 to 255, black and white, found Infinity at example 1"
  ],
  "an empty cell": [csv("0,1,2\n1,,4\n"), "x.csv, line 2: expected pixels that are numbers, found '' in column 2"],
  "a row too many": [csv("0,1,2\n1,3,4\n1,3,4\n"), "x.csv, line 3: expected 2 images, found more of them"],
  "a gzipped table that unpacks to 64 MB": [
    csv(gzipSync(Buffer.alloc(64 << 20, "0")), "x.csv.gz"),
    "x.csv.gz: expected a whole gzip file, found that it unpacks to more than 1,049,044 bytes"
  ],
  "a gzipped table cut off": [
    csv(gzipSync(Buffer.from("0,1,2\n1,3,4\n")).subarray(0, 20), "x.csv.gz"),
    "x.csv.gz: expected a whole gzip file, found that it is damaged (unexpected end of file)"
  ],
  "NaN among floats": [
    arrays(npy("<f4", [2, 1, 2], floats([0, 1, Number.NaN, 0])), twoLabels),
    "DataError: x.npy: expected values from 0 to 1, black and white of float32 if no `range` says otherwise, found NaN at example 1"
  ],
  "infinity among floats": [
    arrays(npy("<f4", [2, 1, 2], floats([0, 1, 0, Number.NEGATIVE_INFINITY])), twoLabels),
    "found -Infinity at example 1"
  ],
  "labels that are NaN": [
    arrays(twoImages, npy("<f4", [2], floats([0, Number.NaN]))),
    "y.npy: expected labels that are whole numbers, found NaN at example 1"
  ],
  "fewer labels than images": [
    arrays(twoImages, npy("|u1", [1], zeros(1))),
    "y.npy: expected a label for each of 2 images, found 1 labels"
  ],
  "an array that declares terabytes": [
    arrays(npy("|u1", [999_999_999_999, 2], zeros(4)), twoLabels),
    "x.npy: expected 1999999999998 bytes for the shape (999999999999, 2) of type |u1, found 4 bytes"
  ],
  "an array of no images": [
    arrays(npy("|u1", [0, 1, 2], zeros(0)), npy("|u1", [0], zeros(0))),
    "x.npy: expected 2 images, found 0"
  ],
  "a gzipped array that unpacks to 64 MB": [
    arrays(gzipSync(zeros(64 << 20)), twoLabels),
    "x.npy: expected a whole gzip file, found that it unpacks to more than"
  ],
  "a picture in the place of an array": [
    arrays(picture, twoLabels),
    "x.npy: expected an array of NumPy (.npy, .npz) or IDX, found a file that starts with the bytes 89 50 4e 47"
  ],
  "an archive whose array unpacks to 64 MB": [
    [
      { kind: "arrays", train: [{ images: { file: "x.npz", array: "x" }, labels: "y.npy" }] },
      one,
      { "x.npz": zipped("x.npy", zeros(64 << 20)), "y.npy": twoLabels }
    ],
    "x.npz:x: expected an array in a whole zip file, found that it unpacks to 67,108,864 bytes, at most 1,048,"
  ],
  "an archive whose array lies about its size": [
    [
      { kind: "arrays", train: [{ images: { file: "x.npz", array: "x" }, labels: "y.npy" }] },
      one,
      { "x.npz": zipped("x.npy", zeros(64 << 20), 100), "y.npy": twoLabels }
    ],
    "x.npz:x: expected an array in a whole zip file, found that it unpacks to more than 100 bytes"
  ],
  "a Parquet file with a row without a picture": [
    parquet(columns([picture, null], [0, 1]), { count: 2, classes: 2 }),
    "DataError: x.parquet, row 1: expected an image file in 'image', found nothing"
  ],
  "a Parquet file with a label that is none": [
    parquet(columns([picture, picture], [0, 1.5]), { count: 2, classes: 2 }),
    "x.parquet, row 1: expected a whole number or a text in 'label', found 1.5"
  ],
  "a Parquet file with a picture that is none": [
    parquet(columns([picture, Uint8Array.of(1, 2, 3)], [0, 1]), { count: 2, classes: 2 }),
    "x.parquet, row 1: expected a picture"
  ],
  "text in the place of a Parquet file": [
    parquet(Buffer.from("PAR1 no, PAR1")),
    "x.parquet: expected a Parquet file, found what cannot be read"
  ],
  "a Parquet file of other rows": [
    parquet(fixture("pictures.parquet"), { count: 5 }),
    "x.parquet: expected 5 images, found 6"
  ]
}

/** A zip file of one deflated entry, which declares a size of its own. */
function zipped(name: string, data: Uint8Array, size = data.length): Buffer {
  const packed = deflateRawSync(data)
  const local = Buffer.alloc(30 + name.length)
  local.writeUInt32LE(0x04034b50, 0)
  local.writeUInt16LE(name.length, 26)
  local.write(name, 30)
  const entry = Buffer.alloc(46 + name.length)
  entry.writeUInt32LE(0x02014b50, 0)
  entry.writeUInt16LE(8, 10)
  entry.writeUInt32LE(crc32(data), 16)
  entry.writeUInt32LE(packed.length, 20)
  entry.writeUInt32LE(size, 24)
  entry.writeUInt16LE(name.length, 28)
  entry.write(name, 46)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(local.length + packed.length, 16)
  return Buffer.concat([local, packed, entry, end])
}

let before = 0
beforeAll(() => {
  before = process.resourceUsage().maxRSS
})
afterAll(() => {
  // Kilobytes: what lies about its size takes no more memory than what does not.
  expect(process.resourceUsage().maxRSS - before).toBeLessThan(300_000)
})

test.each(Object.entries(TABLE))("%s", async (_, [given, message]) => {
  const found = await said(...given)
  // A bomb may be read where it is no more than its own pixels.
  if (message === "") expect(found === "read" || found.includes("expected a picture"), found).toBe(true)
  else expect(found).toContain(message)
})

test("the smallest and the many are read: one image, one pixel, a thousand classes, a class without images", async () => {
  const labelled = (count: number, label: (i: number) => number) =>
    npy("<u2", [count], new Uint8Array(Uint16Array.from({ length: count }, (_, i) => label(i)).buffer))
  const [images, labels] = ["x.npy", "y.npy"]
  const read = async (count: number, classes: number, label: (i: number) => number) => {
    const files = { [images]: npy("|u1", [count, 1], zeros(count)), [labels]: labelled(count, label) }
    const shape = { count, height: 1, width: 1, classes }
    const { sets, names } = await fetched({ kind: "arrays", train: [{ images, labels }] }, shape, files)
    // And split: nothing there needs all classes.
    const dataset = { name: "own", shape: { ...own, ...shape }, validation: 1, examples: null, splitSeed: 0 }
    const inputs = { dataset: artifact(writeImageSets(sets)) }
    if (count > 1) await outputsOf(preprocess, contextOf({ dataset }, undefined, { inputs }))
    return { names, labels: [...sets[""].labels] }
  }
  expect(await read(1, 1, () => 7)).toEqual({ names: ["7"], labels: [0] })
  const thousand = await read(2000, 1000, (i) => (i % 1000) + 1)
  expect([thousand.names?.[999], thousand.labels[1999], thousand.labels[0]]).toEqual(["1000", 999, 0])
  expect(await read(3, 4, (i) => 3 * (i % 2))).toEqual({ names: ["0", "1", "2", "3"], labels: [0, 3, 0] })
  // Labels from 1 in IDX files too, and what they are called is kept.
  const idx = (shape: ReadonlyArray<number>, data: Uint8Array) => writeIdx({ shape, data })
  const files = { [images]: idx([3, 1, 1], zeros(3)), [labels]: idx([3], Uint8Array.of(2, 1, 2)) }
  const { sets, names } = await fetched(
    { kind: "idx", images, labels },
    { count: 3, height: 1, width: 1, classes: 2 },
    files
  )
  expect([names, [...sets[""].labels]]).toEqual([
    ["1", "2"],
    [1, 0, 1]
  ])
  // Fewer than declared is said where they are names.
  expect(
    await said(
      { kind: "images", train: ["d"] },
      { count: 2, classes: 3 },
      { "d/a class/1.png": picture, "d/größe/2.png": picture }
    )
  ).toBe(
    "DataError: d: expected 3 classes, as declared, found 2: a class, größe; declare 2 classes, or `names`: the labels of all classes, in their order"
  )
  // A class of which a set has none.
  const one = await fetched(
    { kind: "images", train: ["d"], test: ["t"] },
    { count: 2, test: 1, classes: 2 },
    { "d/a class/1.png": picture, "d/größe/2.png": picture, "t/größe/3.png": picture }
  )
  expect([one.names, [...one.sets.test.labels]]).toEqual([["a class", "größe"], [1]])
})

/** What is read of files that are cut off, by name: what has no stage to itself is read as stages read it. */
const CUT: Readonly<Record<string, readonly [Uint8Array, (bytes: Uint8Array) => Promise<unknown>]>> = {
  "x.npy": [twoImages, (bytes) => fetched(...arrays(bytes, twoLabels))],
  "x.csv.gz": [gzipSync(Buffer.from("label,a,b\n0,1,2\n1,3,4\n")), (bytes) => fetched(...csv(bytes, "x.csv.gz"))],
  "x.csv": [
    Buffer.from("label,a,b\n0,1,2\n1,3,4\n"),
    async (bytes) => {
      const table = openPixelTable(inMemory(bytes), "x.csv", { channels: 1, height: 1, width: 2 }, { count: 2 })
      return [table.labels(), ...table.images()]
    }
  ],
  "x.npz": [
    fixture("stored.npz"),
    (bytes) => withArray(bytes, { file: "x.npz", array: "grey_u1" }, 1 << 20, (array) => wholeOf(array).values)
  ],
  "x.parquet": [
    fixture("pictures.parquet"),
    async (bytes) => {
      const opened = await openParquet(inMemory(bytes), "x.parquet", { image: "image", label: "label" })
      return [opened.labels(), ...[...opened.pictures()].map((one) => one.bytes())]
    }
  ],
  ...Object.fromEntries(
    ["colour.png", "colour.jpg", "colour.webp", "colour.tif", "palette.gif", "colour.bmp"].map((name) => [
      name,
      [fixture(`pictures/${name}`), async (bytes: Uint8Array) => [...(await decode(bytes, name, 3)).data]]
    ])
  )
}

test.each(Object.entries(CUT))(
  "%s cut off anywhere is told of, or gives what the whole one gives",
  async (name, [bytes, read]) => {
    const expected = await read(bytes)
    const step = Math.ceil(bytes.length / 60)
    for (let end = 0; end < bytes.length; end += step) {
      const result = await read(bytes.subarray(0, end)).catch((error: Error) => {
        expect([error.name, error.message], `to ${end}`).toEqual(["DataError", expect.stringContaining(name)])
        expect(error.message).not.toContain("\n")
      })
      if (result !== undefined) expect(result, `to ${end}`).toEqual(expected)
    }
  }
)
