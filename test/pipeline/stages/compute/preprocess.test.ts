/** Which examples become training and validation set. */
import { expect, test } from "vitest"
import preprocess from "../../../../pipeline/stages/compute/preprocess.ts"
import type { DataSetParameters } from "../../../../pipeline/stages/schemas.ts"
import { readImageSet, writeImageSets } from "../../../../src/data/examples.ts"
import { artifact } from "../../../support/artifact.ts"
import { contextOf } from "../../../support/compute.ts"

const shape = { channels: 1, height: 1, width: 2, classes: 3 }
/** Every image is its own number, from `first`; labels go round. */
const pictures = (count: number, first: number) => ({
  ...shape,
  count,
  images: Uint8Array.from({ length: 2 * count }, (_, i) => first + (i >> 1)),
  labels: Uint8Array.from({ length: count }, (_, i) => i % 3)
})
const both = { train: pictures(90, 0), test: pictures(30, 100) }

function made(sets: Parameters<typeof writeImageSets>[0], use: Partial<DataSetParameters>) {
  const dataset: DataSetParameters = {
    name: "set",
    shape: { ...shape, count: 90, test: 30 },
    validation: "test",
    examples: null,
    splitSeed: 0,
    ...use
  }
  const bytes = writeImageSets(sets)
  const outputs = preprocess(
    contextOf({ dataset }, undefined, { inputs: { dataset: artifact(bytes, "fetch/set", "dataset") } })
  ) as Record<string, Uint8Array>
  const images = (name: string) => {
    const { images } = readImageSet(outputs[name], name)
    return [...images].filter((_, i) => i % 2 === 0)
  }
  return { train: images("train"), validation: images("validation") }
}
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

test("with the official test set, all training images are trained on", () => {
  expect(made(both, {})).toEqual({ train: range(0, 90), validation: range(100, 130) })
})

test("a split takes from the training images alone, and the test set is not touched", () => {
  const { train, validation } = made(both, { validation: 30 })
  expect([...train, ...validation].sort((a, b) => a - b)).toEqual(range(0, 90))
  expect(validation.map((image) => image % 3).filter((label) => label === 0)).toHaveLength(10)
})

test("a part of the training images is drawn of what the split leaves, stratified; validation stays", () => {
  for (const validation of ["test", 30] as const) {
    const all = made(both, { validation })
    const part = made(both, { validation, examples: 12 })
    expect(part.validation).toEqual(all.validation)
    expect(part.train.every((image) => all.train.includes(image))).toBe(true)
    expect([0, 1, 2].map((label) => part.train.filter((image) => image % 3 === label).length)).toEqual([4, 4, 4])
    expect(made(both, { validation, examples: 12, splitSeed: 1 }).train).not.toEqual(part.train)
  }
})

test("a set without an official test set says so", () => {
  expect(() => made({ "": both.train }, {})).toThrow("the data set 'set' has no official test set to validate on")
})
