import { zipSync } from "fflate"
import { expect, test } from "vitest"
import { readMedMnist, readNpz } from "../../src/data/npz.ts"

/** A `.npy` file as NumPy writes it: version 1, the header filled up to a multiple of 64. */
function npy(shape: ReadonlyArray<number>, data: ReadonlyArray<number>, descr = "|u1"): Uint8Array {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ")
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${tuple}), }`
  const length = Math.ceil((10 + dictionary.length + 1) / 64) * 64 - 10
  const header = Buffer.alloc(10 + length, " ")
  header.write("\x93NUMPY\x01\x00", 0, "latin1")
  header.writeUInt16LE(length, 8)
  header.write(dictionary, 10, "latin1")
  header[header.length - 1] = 10
  return Buffer.concat([header, Buffer.from(data)])
}

test("arrays are read by name, with their shapes", () => {
  const file = zipSync({ "a.npy": npy([2, 3], [1, 2, 3, 4, 5, 6]), "b.npy": npy([2], [7, 8]) })
  const arrays = readNpz(file, "x.npz", ["a", "b"], 1000)
  expect(arrays.get("a")?.shape).toEqual([2, 3])
  expect([...arrays.get("a")!.data]).toEqual([1, 2, 3, 4, 5, 6])
  expect([...arrays.get("b")!.data]).toEqual([7, 8])
})

test("sets of a MedMNIST file are joined, colours become planes", () => {
  const file = zipSync({
    "train_images.npy": npy([1, 1, 2, 3], [1, 2, 3, 4, 5, 6]),
    "train_labels.npy": npy([1, 1], [1]),
    "val_images.npy": npy([1, 1, 2, 3], [11, 12, 13, 14, 15, 16]),
    "val_labels.npy": npy([1, 1], [0])
  })
  const set = readMedMnist(file, ["train", "val"], { classes: 2, atMost: 1000 }, "x.npz")
  expect([...set.images]).toEqual([1, 4, 2, 5, 3, 6, 11, 14, 12, 15, 13, 16])
  expect([...set.labels]).toEqual([1, 0])
  expect(set).toMatchObject({ count: 2, channels: 3, height: 1, width: 2 })
})

test("what is damaged, of another type or not there is told of", () => {
  expect(() => readNpz(Uint8Array.of(1, 2, 3), "x.npz", ["a"], 1000)).toThrow("x.npz: expected a whole zip file")
  expect(() => readNpz(zipSync({ "a.npy": npy([3], [1, 2]) }), "x.npz", ["a"], 1000)).toThrow(
    "x.npz:a.npy: expected 3 elements"
  )
  expect(() => readNpz(zipSync({ "a.npy": npy([2], [1, 2], "<i4") }), "x.npz", ["a"], 1000)).toThrow(
    "expected unsigned bytes"
  )
  expect(() =>
    readMedMnist(zipSync({ "a.npy": npy([1], [1]) }), ["test"], { classes: 2, atMost: 1000 }, "x.npz")
  ).toThrow("expected an array test_images, found a")
})
