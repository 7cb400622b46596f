/** What a data set is like: told of sets into which equal, nearly equal, constant and wrongly labelled images were put. */
import fc from "fast-check"
import { expect, test } from "vitest"
import { type ImageSet, imageSet } from "../../src/data/examples.ts"
import { closePairs, distance, MOST_BITS, makeHasher } from "../../src/data/survey/perceptual.ts"
import { surveyOf } from "../../src/data/survey/survey.ts"
import { random } from "../../src/network/philox.ts"

const size = { channels: 3, height: 16, width: 12 }
const pixels = 3 * 16 * 12

/** A smooth picture of its own for each number, [3, 16, 12]. */
function picture(seed: number): Uint8Array {
  const waves = random(seed, "picture").permutation(64)
  return Uint8Array.from({ length: pixels }, (_, i) => {
    const [c, y, x] = [Math.floor(i / 192), Math.floor((i % 192) / 12), i % 12]
    let sum = 0
    for (let k = 0; k < 6; k++) {
      const [u, v, w] = [waves[3 * k] / 16, waves[3 * k + 1] / 16, waves[3 * k + 2] / 64]
      sum += Math.abs(((x * u + y * v + c * w + 8 * w) % 2) - 1)
    }
    return Math.floor(40 * sum)
  })
}

function setOf(images: ReadonlyArray<Uint8Array>, labels: ReadonlyArray<number>): ImageSet {
  return imageSet({ ...size, classes: 4 }, Buffer.concat(images), Uint8Array.from(labels), "a set")
}

const lighter = (image: Uint8Array) => image.map((value) => Math.min(255, value + 9))

test("equal, nearly equal and constant images, and labels in conflict, within the sets and between them", () => {
  const black = new Uint8Array(pixels)
  const pictures = Array.from({ length: 12 }, (_, i) => picture(i))
  const train = setOf(
    [...pictures, pictures[2], pictures[2], lighter(pictures[5]), black],
    [...pictures.map((_, i) => i % 3), 2, 1, 2, 0]
  )
  const test = setOf(
    [picture(100), pictures[2], lighter(pictures[7]), picture(101), picture(101), black],
    [0, 2, 1, 0, 0, 3]
  )
  const { splits, equal, near, conflicts, groups, pairs } = surveyOf({ train, test })
  expect(splits.train.classes).toEqual([5, 5, 6, 0])
  expect(splits.test).toMatchObject({ count: 6, classes: [3, 1, 1, 1], constants: [5] })
  expect(splits.train).toMatchObject({ constant: 1, constants: [15] })
  expect(equal).toEqual({ train: 2, test: 1, between: 2 })
  expect(near).toEqual({ train: 2, test: 0, between: 1 })
  expect(conflicts).toEqual({ groups: 2, images: 6 })
  expect(groups.map(({ members }) => members.map(({ split, index }) => `${split} ${index}`))).toEqual([
    ["train 2", "train 12", "train 13", "test 1"],
    ["train 15", "test 5"],
    ["test 3", "test 4"]
  ])
  expect(pairs.map(({ a, b }) => [a.split, a.index, b.split, b.index])).toEqual(
    expect.arrayContaining([
      ["train", 5, "train", 14],
      ["train", 7, "test", 2]
    ])
  )
  expect(pairs).toHaveLength(2)
})

test("means and deviations are those of pixel / 255; one image is enough", () => {
  const one = surveyOf({ train: setOf([picture(3)], [1]) })
  const green = [...picture(3).subarray(192, 384)].map((value) => value / 255)
  const mean = green.reduce((a, b) => a + b, 0) / 192
  expect(one.splits.train.means[1]).toBeCloseTo(mean, 12)
  expect(one.splits.train.deviations[1] ** 2).toBeCloseTo(green.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 192, 10)
  expect(one).toMatchObject({ equal: { train: 0 }, near: { train: 0 }, pairs: [], groups: [] })
  const dot = imageSet(
    { channels: 1, height: 1, width: 1, classes: 2 },
    Uint8Array.of(7, 7),
    Uint8Array.of(0, 1),
    "dots"
  )
  expect(surveyOf({ train: dot })).toMatchObject({
    conflicts: { groups: 1, images: 2 },
    splits: { train: { constant: 2 } }
  })
})

test("close hashes are those that all pairs compared would find", () => {
  const word = fc.integer({ min: 0, max: 0xffffffff })
  const flips = fc.array(fc.integer({ min: 0, max: 63 }), { maxLength: 6 })
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word, flips), { maxLength: 12 }), (seeds) => {
      // Each beside one that differs in a few bits.
      const words = seeds.flatMap(([low, high, bits]) => {
        const near = [low, high]
        for (const bit of bits) near[bit >> 5] ^= 1 << (bit & 31)
        return [low, high, ...near]
      })
      const hashes = Uint32Array.from(words)
      const all = Uint32Array.from({ length: hashes.length / 2 }, (_, i) => i)
      const expected = [...all].flatMap((i) =>
        [...all].filter((j) => j > i && distance(hashes, i, j) <= MOST_BITS).map((j) => [i, j])
      )
      expect([...closePairs(hashes, all)]).toEqual(expected)
    }),
    { numRuns: 50 }
  )
})

test("a hash changes little when a picture is lighter, and is the same on every machine", () => {
  const hashes = new Uint32Array(6)
  const hash = makeHasher(size)
  hash(picture(1), hashes, 0)
  hash(lighter(picture(1)), hashes, 1)
  hash(picture(2), hashes, 2)
  expect(distance(hashes, 0, 1)).toBeLessThanOrEqual(2)
  expect(distance(hashes, 0, 2)).toBeGreaterThan(10)
  expect([...hashes.subarray(0, 2)].map((word) => word.toString(16))).toMatchInlineSnapshot(`
    [
      "4ee014f6",
      "74b85fb",
    ]
  `)
})
