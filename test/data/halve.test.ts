import { expect, test } from "vitest"
import { imageSet } from "../../src/data/examples.ts"
import { halve } from "../../src/data/halve.ts"

test("each 2×2 pixels become their mean, rounded half up, in each channel of each image", () => {
  const shape = { channels: 2, height: 2, width: 4, classes: 3 }
  const images = Uint8Array.from([
    ...[0, 0, 10, 20, 0, 1, 30, 40],
    ...[255, 255, 1, 1, 255, 255, 1, 2],
    ...[4, 4, 9, 9, 4, 4, 9, 9],
    ...[0, 0, 0, 1, 1, 0, 0, 1]
  ])
  const halved = halve(imageSet(shape, images, Uint8Array.of(2, 1), "file"), "file")
  expect(halved).toMatchObject({ channels: 2, height: 1, width: 2, classes: 3, count: 2 })
  expect([...halved.images]).toEqual([0, 25, 255, 1, 4, 9, 0, 1])
  expect([...halved.labels]).toEqual([2, 1])
})

test("images of odd sides are refused", () => {
  const shape = { channels: 1, height: 3, width: 2, classes: 1 }
  expect(() => halve(imageSet(shape, new Uint8Array(6), Uint8Array.of(0), "file"), "file")).toThrow(
    "3×2 cannot be halved"
  )
})
