import { describe, expect, test } from "vitest"
import { imageSet, readImageSet, readImageSets, select, writeImageSets } from "../../src/data/examples.ts"
import { writeSafetensors } from "../../src/data/safetensors.ts"

const shape = { channels: 2, height: 1, width: 2, classes: 3 }
const set = imageSet(
  shape,
  Uint8Array.from({ length: 12 }, (_, i) => i),
  Uint8Array.of(0, 1, 2),
  "toy"
)

describe("labelled images", () => {
  test("are read as written, alone and several in a file", () => {
    expect(readImageSet(writeImageSets({ "": set }), "x")).toEqual(set)
    const wide = { ...set, labels: Uint16Array.from(set.labels) }
    expect(readImageSets(writeImageSets({ train: wide, test: wide }), "x")).toEqual({ train: wide, test: wide })
    expect(() => readImageSet(writeImageSets({ train: set }), "x")).toThrow("sets named train")
  })

  test("are chosen and ordered by index", () => {
    const chosen = select(set, Uint32Array.of(2, 0))
    expect(chosen).toMatchObject({ ...shape, count: 2 })
    expect([...chosen.images]).toEqual([8, 9, 10, 11, 0, 1, 2, 3])
    expect([...chosen.labels]).toEqual([2, 0])
  })

  test("may have targets, which are read as written and chosen with them", () => {
    const targets = Float32Array.of(1, 0, 0, 0.25, 0.5, 0.25, 0, 0, 1)
    const soft = { ...set, targets }
    expect(readImageSet(writeImageSets({ "": soft }), "x")).toEqual(soft)
    expect([...select(soft, Uint32Array.of(1, 0)).targets!]).toEqual([0.25, 0.5, 0.25, 1, 0, 0])
    const bytes = (given: Float32Array) => writeImageSets({ "": { ...set, targets: given } })
    expect(() => readImageSet(bytes(targets.with(4, Number.NaN)), "x")).toThrow("found NaN at example 1")
    const wrong = writeSafetensors(
      {
        images: { shape: [3, 2, 1, 2], data: set.images },
        labels: { shape: [3], data: set.labels },
        targets: { shape: [9], data: targets }
      },
      { classes: "3" }
    )
    expect(() => readImageSet(wrong, "x")).toThrow("expected targets [3, 3] of type F32")
  })

  test("must have one label each, below the number of classes", () => {
    expect(() => imageSet(shape, set.images, Uint8Array.of(0, 1), "toy")).toThrow("toy: expected 2 images of 2×1×2")
    expect(() => imageSet(shape, set.images, Uint8Array.of(0, 1, 3), "toy")).toThrow("found label 3 at example 2")
  })
})
