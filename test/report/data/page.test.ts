/** The page about a data set: what it says of a good one and of a bad one, and its pictures. */
import { hash } from "node:crypto"
import sharp from "sharp"
import { expect, test } from "vitest"
import { imageSet } from "../../../src/data/examples.ts"
import { surveyOf } from "../../../src/data/survey/survey.ts"
import { random } from "../../../src/network/philox.ts"
import { dataReport } from "../../../src/report/data/page.ts"
import { readSummary } from "../../../src/results/survey.ts"
import { artifact } from "../../support/artifact.ts"

const size = { channels: 1, height: 6, width: 5, classes: 3 }
/** Images of noise, each of its number. */
const noise = (first: number, count: number) =>
  Buffer.concat(
    Array.from({ length: count }, (_, i) =>
      random(first + i, "noise")
        .permutation(256)
        .subarray(0, 30)
    ).map((image) => Uint8Array.from(image))
  )
const names = ["<b>ant</b>", "bee | wasp", "çat"]

async function pageOf(
  train: Uint8Array,
  trainLabels: ReadonlyArray<number>,
  test: Uint8Array,
  testLabels: ReadonlyArray<number>
) {
  const sets = {
    train: imageSet(size, train, Uint8Array.from(trainLabels), "train"),
    test: imageSet(size, test, Uint8Array.from(testLabels), "test")
  }
  return dataReport({ name: "insects", title: "Insects", names, ...sets, survey: surveyOf(sets) })
}
const textOf = (files: Readonly<Record<string, Uint8Array>>, path: string) => new TextDecoder().decode(files[path])
const claims = (files: Readonly<Record<string, Uint8Array>>) =>
  textOf(files, "index.md")
    .split("\n")
    .filter((line) => line.startsWith("- **"))

test("a set that is as it should be, and one that is not", async () => {
  const good = await pageOf(noise(0, 6), [0, 1, 2, 0, 1, 2], noise(6, 3), [0, 1, 2])
  expect(claims(good)).toEqual([
    "- **Are all test images new? yes.** No test image is equal, or nearly, to a training image.",
    "- **Do equal images have equal labels? yes.** There are no equal images.",
    "- **Does every image occur once in its set? yes.** No image is there twice.",
    "- **Does every class have images? yes.** In every set; 2 each in training.",
    "- **Does every image show something? yes.** No image is of one colour throughout."
  ])
  const bad = await pageOf(
    Buffer.concat([noise(0, 3), noise(0, 1), new Uint8Array(30)]),
    [0, 1, 1, 1, 1],
    Buffer.concat([noise(1, 1), noise(9, 1)]),
    [1, 0]
  )
  expect(claims(bad)).toEqual([
    "- **Are all test images new? no.** 1 of 2 test images (50.0 %) is equal to a training image. No other is nearly equal to one.",
    "- **Do equal images have equal labels? no.** In 1 group of equal images, of 2, labels differ: of 2 images at least 1 has a wrong one.",
    "- **Does every image occur once in its set? no.** 1 training image of 5 stood there before.",
    "- **Does every class have images? no.** The training set has none of the class çat and the test set has none of the class çat.",
    "- **Does every image show something? no.** 1 image is of one colour throughout: 1 in training."
  ])
  const summary = readSummary(artifact(bad["summary.json"]))
  expect(summary).toMatchObject({
    dataset: "insects",
    names,
    equal: { train: 1, test: 0, between: 1 },
    conflicts: { groups: 1 }
  })
  expect(textOf(bad, "data/equal.csv")).toContain("1,training,0,<b>ant</b>,differ\n1,training,3,bee | wasp,differ\n")
})

test("names from anywhere are text; pictures are those of the set, on every machine", async () => {
  const files = await pageOf(noise(0, 6), [0, 1, 2, 0, 1, 2], noise(6, 3), [0, 1, 2])
  expect(textOf(files, "index.html")).not.toContain("<b>ant")
  expect(textOf(files, "index.md")).toContain("| bee \\| wasp | ![")
  const options = { limitInputPixels: 1000, failOn: "error", ignoreIcc: true } as const
  const { data, info } = await sharp(files["figures/classes-2.png"], options)
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true })
  // The mean, then two images of the class, with gaps that nothing covers.
  expect(info).toMatchObject({ width: 3 * 5 + 2 * 2, height: 6, channels: 4 })
  const pixel = (x: number, y: number) => [...data.subarray(4 * (y * info.width + x), 4 * (y * info.width + x) + 4)]
  const image = noise(1, 1)
  for (const [x, y] of [
    [0, 0],
    [4, 5],
    [2, 3]
  ]) {
    const value = image[5 * y + x]
    expect(pixel(7 + x, y)).toEqual([value, value, value, 255])
  }
  expect(pixel(5, 0)[3]).toBe(0)
  const digest = hash(
    "sha256",
    Buffer.concat(Object.keys(files).flatMap((path) => (path.endsWith(".png") ? [files[path]] : []))),
    "hex"
  )
  expect(digest).toMatchInlineSnapshot(`"8d72e4d452cffce161aceec0e5a6206e7274b9383516dcb78adc47d3bb9142b3"`)
})
