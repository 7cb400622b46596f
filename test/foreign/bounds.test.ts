/** What unpacks to more than is declared, or says that it has sizes that cannot be, is refused before it is unpacked. */
import { gzipSync } from "node:zlib"
import { zipSync } from "fflate"
import { expect, test } from "vitest"
import { readIdx, readIdxImages, writeIdx } from "../../src/data/idx.ts"
import { readMedMnist, readNpz } from "../../src/data/npz.ts"
import { unpack } from "../../src/data/unpack.ts"
import { gunzip } from "../../src/foreign/gzip.ts"
import { endBlocks, entryBlocks, readTar } from "../../src/foreign/tar.ts"

const MEGABYTE = 1 << 20
const zeros = Buffer.alloc(8 * MEGABYTE)

/** A tar header whose fields are what they are said to be, its checksum right. */
function header(name: string, size: string, type = "0"): Buffer {
  const [block] = [...entryBlocks({ name, bytes: new Uint8Array(0) })].map((bytes) => Buffer.from(bytes))
  block.fill(0, 124, 136)
  block.write(size, 124, "latin1")
  block.write(type, 156, "latin1")
  block.fill(" ", 148, 156)
  block.write(
    `${block
      .reduce((a, b) => a + b, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
    148,
    "latin1"
  )
  return block
}

async function names(file: Uint8Array, atMost = MEGABYTE): Promise<ReadonlyArray<string>> {
  const found: Array<string> = []
  for await (const { name, isFile } of readTar([file], atMost)) found.push(isFile ? name : `(${name})`)
  return found
}

test.each([
  "-0000001000\0",
  "",
  "NaN\0",
  "0x10\0",
  "1e3\0",
  "00000000018\0",
  "\x80\0\0\0\0\0\0\0\0\0\x03\xe8",
  "\xff".repeat(12)
])("a tar entry of the size %j is refused", async (size) => {
  await expect(names(Buffer.concat([header("a", size), Buffer.alloc(2048)]))).rejects.toThrow("has no size")
})

test("a tar entry that says more than there is, or than is allowed, is refused", async () => {
  await expect(names(Buffer.concat([header("a", "00000001000\0"), endBlocks().subarray(0, 512)]))).rejects.toThrow(
    "ends in the middle"
  )
  await expect(names(Buffer.concat([header("a", "77777777777\0"), endBlocks()]))).rejects.toThrow(
    "unpacks to more than 1,048,576 bytes"
  )
  const half = [...entryBlocks({ name: "a", bytes: Buffer.alloc(600_000) })]
  await expect(names(Buffer.concat([...half, ...half, endBlocks()]))).rejects.toThrow("unpacks to more")
  const pax = Buffer.from("20 size=-1234567890\n")
  const blocks = [header("p", "00000000024\0", "x"), pax, Buffer.alloc(512 - pax.length)]
  await expect(names(Buffer.concat([...blocks, header("a", "00000000000\0"), endBlocks()]))).rejects.toThrow(
    "the size '-1234567890'"
  )
  await expect(names(Buffer.concat([header("p", "00000400000\0", "x"), zeros]))).rejects.toThrow("too long")
  await expect(names(Buffer.concat([endBlocks(), Buffer.from("x")]))).rejects.toThrow("goes on after its end")
  await expect(names(Buffer.concat([endBlocks(), zeros]))).rejects.toThrow("goes on after its end")
})

test("long names of pax and GNU tar are read, and links are no files", async () => {
  const long = `${"a".repeat(60)}/${"b".repeat(90)}.bin`
  const record = `${String(`000 path=${long}\n`.length)} path=${long}\n`
  const pax = Buffer.concat([Buffer.from(record), Buffer.alloc(512 - record.length)])
  const gnu = Buffer.concat([Buffer.from(`${long}\0`), Buffer.alloc(511 - long.length)])
  const octal = (size: number) => `${size.toString(8).padStart(11, "0")}\0`
  const file = Buffer.concat([
    header("p", octal(record.length), "x"),
    pax,
    header("short", octal(0)),
    header("l", octal(long.length + 1), "L"),
    gnu,
    header("short", octal(0)),
    header("link", octal(0), "2"),
    header("folder", octal(0), "5"),
    endBlocks()
  ])
  expect(await names(file)).toEqual([long, long, "(link)", "(folder)"])
})

test("gzip, tar in gzip, IDX in gzip and NPZ have limits, whatever they declare", async () => {
  const bomb = gzipSync(zeros)
  expect(bomb.length).toBeLessThan(100_000)
  expect(() => gunzip(bomb, MEGABYTE)).toThrow("unpacks to more than 1,048,576 bytes")
  expect(() => gunzip(gzipSync(bomb), MEGABYTE)).not.toThrow() // once: what is in it is a file like any other
  expect(() => readIdx(bomb, "x.gz", MEGABYTE)).toThrow(
    "x.gz: expected a whole gzip file, found that it unpacks to more"
  )
  const tar = gzipSync(Buffer.concat([...entryBlocks({ name: "a.bin", bytes: zeros }), endBlocks()]))
  await expect(unpack(tar, "a.tar.gz", ["a.bin"], MEGABYTE)).rejects.toThrow("unpacks to more")
  const twice = [
    ...entryBlocks({ name: "x/a.bin", bytes: Buffer.from("1") }),
    ...entryBlocks({ name: "y/a.bin", bytes: Buffer.from("2") })
  ]
  await expect(unpack(Buffer.concat([...twice, endBlocks()]), "a.tar", ["a.bin"], MEGABYTE)).rejects.toThrow(
    "two files a.bin"
  )
  const zip = zipSync({ "a.npy": zeros, "b.npy": zeros })
  expect(() => readNpz(zip, "x.npz", ["a"], MEGABYTE)).toThrow(
    "expected a.npy of at most 1048576 bytes, found 8388608 bytes"
  )
  // One that lies: it declares a hundred bytes of the 8 MB.
  const lying = Buffer.from(zip)
  for (let at = lying.indexOf("a.npy"); at >= 0; at = lying.indexOf("a.npy", at + 1)) {
    for (const place of [at - 8, at - 22])
      if (lying.readUInt32LE(place) === zeros.length) lying.writeUInt32LE(100, place)
  }
  expect(() => readNpz(lying, "x.npz", ["a"], MEGABYTE)).toThrow("x.npz")
})

/** A `.npy` file of version 1. */
function npy(shape: string, size: number): Uint8Array {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape}), }\n`
  return Buffer.concat([
    Buffer.from("\x93NUMPY\x01\x00", "latin1"),
    Buffer.from([text.length, 0]),
    Buffer.from(text),
    Buffer.alloc(size)
  ])
}
const medmnist = (labels: Uint8Array, images = npy("6, 2, 2", 24)) =>
  readMedMnist(
    zipSync({ "test_images.npy": images, "test_labels.npy": labels, "extra.npy": Buffer.from("no array") }),
    ["test"],
    { classes: 2, atMost: MEGABYTE },
    "x.npz"
  )

test("labels and images are judged where they are read, under their own names; what nobody asked for is left alone", () => {
  expect(medmnist(npy("6, 1", 6)).count).toBe(6)
  expect(medmnist(npy("6,", 6)).count).toBe(6)
  expect(() => medmnist(npy("6, 14", 84))).toThrow(
    "x.npz:test_labels.npy: expected one label for each image, (6, 1), found the shape (6,14)"
  )
  expect(() => medmnist(npy("12, 1", 12))).toThrow("x.npz:test_labels.npy: expected one label")
  expect(() => medmnist(npy("6, 1", 6), npy("24", 24))).toThrow("x.npz:test_images.npy: expected images")
  for (const shape of ["-6, -1", "NaN", "1e1", "6.0, 1", "99999999999999999999", "None", ""]) {
    expect(() => medmnist(npy(shape, 6)), shape).toThrow("x.npz:test_labels.npy")
  }
  const images = {
    name: "images.idx",
    bytes: writeIdx({ shape: [6, 2, 2], data: new Uint8Array(24) }),
    atMost: MEGABYTE
  }
  const labels = (shape: ReadonlyArray<number>, label = 0) => ({
    name: "labels.idx",
    bytes: writeIdx({ shape, data: new Uint8Array(shape.reduce((a, b) => a * b, 1)).fill(label) }),
    atMost: MEGABYTE
  })
  const declared = { classes: 2, count: 6 }
  expect(readIdxImages(images, labels([6]), declared).count).toBe(6)
  expect(() => readIdxImages(images, labels([6, 14]), declared)).toThrow(
    "labels.idx: expected one label for each of 6 images, [6], found the shape [6, 14]"
  )
  expect(() => readIdxImages(images, labels([3, 2]), declared)).toThrow("labels.idx: expected")
  expect(() => readIdxImages(images, labels([6], 2), declared)).toThrow("labels.idx: expected labels below 2")
  expect(() => readIdxImages(images, labels([7]), { classes: 2, count: 7 })).toThrow("images.idx: expected 7 images")
})
