import { expect, test } from "vitest"
import { readCifar } from "../../src/data/cifar.ts"

/** A record whose planes say which they are, and which pixel: red = y, green = x, blue = the image's number. */
function record(labels: ReadonlyArray<number>, image: number): Uint8Array {
  const pixels = Array.from({ length: 1024 }, (_, i) => i)
  return Uint8Array.from([...labels, ...pixels.map((i) => i >> 5), ...pixels.map((i) => i & 31), ...pixels.fill(image)])
}
const file = (name: string, ...records: ReadonlyArray<Uint8Array>) => ({ name, bytes: Buffer.concat(records) })

test("records of several files become images [n, 3, 32, 32] and labels, in order", () => {
  const set = readCifar([file("a", record([3], 0), record([9], 1)), file("b", record([0], 2))], 1, 10)
  expect([...set.labels]).toEqual([3, 9, 0])
  expect(set).toMatchObject({ count: 3, channels: 3, height: 32, width: 32, classes: 10 })
  const at = (n: number, c: number, y: number, x: number) => set.images[((n * 3 + c) * 32 + y) * 32 + x]
  expect([at(1, 0, 5, 7), at(1, 1, 5, 7), at(1, 2, 5, 7), at(2, 2, 31, 31)]).toEqual([5, 7, 1, 2])
})

test("of CIFAR-100's two labels the fine one counts", () => {
  expect([...readCifar([file("a", record([19, 99], 0))], 2, 100).labels]).toEqual([99])
})

test("a file that was cut is refused, and so is a label that cannot be", () => {
  const cut = { name: "cut.bin", bytes: record([1], 0).subarray(0, 3000) }
  expect(() => readCifar([cut], 1, 10)).toThrow("cut.bin: expected records of 3073 bytes, found 3000 bytes")
  expect(() => readCifar([file("a", record([10], 0))], 1, 10)).toThrow("label 10 at example 0")
})
