/** MATLAB's files as scipy writes them (test/fixtures/images/make.py), whole and damaged. */
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { deflateSync } from "node:zlib"
import { expect, test } from "vitest"
import { DataError } from "../../../src/data/errors.ts"
import { readMatArray, readMatSet } from "../../../src/data/files/mat.ts"

const fixture = (name: string) => readFileSync(fileURLToPath(new URL(`../../fixtures/images/${name}`, import.meta.url)))
const size = { channels: 3, height: 4, width: 3 }
const limits = { classes: 11, atMost: 4096 }
const expected = Uint8Array.from({ length: 6 * 4 * 3 * 3 }, (_, i) => {
  const [image, within] = [Math.floor(i / 36), i % 36]
  const [channel, pixel] = [Math.floor(within / 12), within % 12]
  return ((image * 36 + pixel * 3 + channel) * 11) % 256
})

test.each(["svhn.mat", "svhn-plain.mat"])("%s: pictures and labels, among arrays of other kinds", (name) => {
  const { images, labels } = readMatSet(fixture(name), name, size, limits)
  expect([...images]).toEqual([...expected])
  expect(labels.labels).toEqual([10, 1, 2, 3, 9, 5])
})

/** A file with one array of bytes, as MATLAB writes it on a machine of either order. */
function matrix(name: string, shape: ReadonlyArray<number>, data: Uint8Array, order: "IM" | "MI"): Buffer {
  const words = (...values: ReadonlyArray<number>) => {
    const buffer = Buffer.alloc(4 * values.length)
    for (const [i, value] of values.entries())
      if (order === "IM") buffer.writeInt32LE(value, 4 * i)
      else buffer.writeInt32BE(value, 4 * i)
    return buffer
  }
  const element = (type: number, bytes: Uint8Array) =>
    Buffer.concat([words(type, bytes.length), bytes, Buffer.alloc((8 - (bytes.length % 8)) % 8)])
  const parts = [element(6, words(9, 0)), element(5, words(...shape)), element(1, Buffer.from(name)), element(2, data)]
  const header = Buffer.alloc(128, 0x20)
  header.write(order === "IM" ? "\0\x01IM" : "\x01\0MI", 124, "latin1")
  return Buffer.concat([header, element(14, Buffer.concat(parts))])
}

test("either order of bytes", () => {
  for (const order of ["IM", "MI"] as const)
    expect(readMatArray(matrix("y", [2, 1], Uint8Array.of(7, 9), order), "x", "y", 4096)).toMatchObject({
      shape: [1, 2],
      type: "uint8",
      values: Uint8Array.of(7, 9)
    })
})

const message = (bytes: Uint8Array, array = "X") => {
  try {
    readMatArray(bytes, "a.mat", array, 4096)
  } catch (error) {
    if (error instanceof DataError) return error.message
    throw error
  }
  return "it was read"
}

test("what cannot be read is told of in a sentence that names the file and the array", () => {
  const plain = fixture("svhn-plain.mat")
  expect(message(plain, "z")).toContain("a.mat:z: expected a full array of real numbers, found")
  expect(message(plain, "note")).toContain("a.mat:note: expected a full array of real numbers")
  expect(message(plain, "images")).toContain("expected an array images, found note, cells, X, y, z;")
  expect(message(new Uint8Array())).toContain("an empty file")
  expect(message(Buffer.from("no MATLAB file at all"))).toContain("a MATLAB file of level 5, found other bytes")
  const hdf5 = Buffer.from(plain)
  hdf5.write("MATLAB 7.3 MAT-file", 0, "latin1")
  expect(message(hdf5)).toContain("one of version 7.3 (HDF5), which is not read")
  const lying = Buffer.from(plain)
  const sides = plain.indexOf(Buffer.from([4, 0, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 6, 0, 0, 0]))
  lying.writeInt32LE(0x7fffffff, sides)
  expect(message(lying)).toMatch(/a\.mat:X: expected \d+ bytes for the shape \(2147483647, 3, 3, 6\)/)
  lying.writeInt32LE(-4, sides)
  expect(message(lying)).toContain("expected the sides of an array, found (-4, 3, 3, 6)")
  // A few kilobytes that unpack to 8 MB.
  const bomb = deflateSync(matrix("X", [1 << 23], new Uint8Array(1 << 23), "IM").subarray(128))
  const tag = Buffer.alloc(8)
  tag.writeUInt32LE(15, 0)
  tag.writeUInt32LE(bomb.length, 4)
  const bombed = message(Buffer.concat([plain.subarray(0, 128), tag, bomb]))
  expect(bombed).toContain("found one that unpacks to more than")
})

test("a file cut off anywhere, or with any byte changed, is told of or read", () => {
  for (const name of ["svhn.mat", "svhn-plain.mat"]) {
    const whole = fixture(name)
    for (let end = 0; end < whole.length; end += 3) message(whole.subarray(0, end))
    for (let i = 100; i < whole.length; i++) {
      const changed = Buffer.from(whole)
      changed[i] ^= 0xff
      message(changed)
    }
  }
})
