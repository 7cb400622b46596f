/** Arrays of images and of labels, in files of the project, as one file of labelled images. */
import { DataError } from "../../../src/data/errors.ts"
import { type OpenArray, piecesOf, product } from "../../../src/data/files/array.ts"
import { type Limits, openArray } from "../../../src/data/files/file.ts"
import { type LabelList, labelsOf } from "../../../src/data/files/labels.ts"
import { checkImages, pixelsOf } from "../../../src/data/files/pixels.ts"
import { checkCount } from "../../../src/data/files/set.ts"
import type { Compute, ComputeContext, OutputFile } from "../../../src/graph/compute.ts"
import type { ArrayPart, FetchParameters } from "../fetch-parameters.ts"
import { fetched } from "./fetched.ts"
import { openFile, unpacking } from "./own-file.ts"
import { mostBytes } from "./shape.ts"

/** The widest elements that arrays have; texts have 4 bytes a character. */
const ELEMENT_BYTES = 8
const TEXT_BYTES = 1024

interface Part {
  readonly images: OpenArray
  readonly labels: LabelList
}

type Context = ComputeContext<FetchParameters>
type Source = FetchParameters["dataset"]["source"]

/** What is said of arrays; a pair of IDX files is one part of them. */
function arraysIn(source: Source): Omit<Extract<Source, { readonly kind: "arrays" }>, "kind"> {
  if (source.kind === "arrays") return source
  if (source.kind === "idx") return { train: [{ images: source.images, labels: source.labels }] }
  throw new TypeError(`fetch-arrays reads arrays, not ${source.kind}`)
}

/** The parts of a set, which have as many images as declared; `limits` are those of what is unpacked. */
async function partsOf(
  context: Context,
  parts: ReadonlyArray<ArrayPart>,
  count: number,
  limits: (atMost: number) => Limits
): Promise<ReadonlyArray<Part>> {
  const { source, shape } = context.parameters.dataset
  const pixels = product([shape.channels, shape.height, shape.width])
  const open = (place: ArrayPart["images"], atMost: number) => {
    const { file, array } = typeof place === "string" ? { file: place, array: undefined } : place
    // Other arrays of an archive may be larger than these.
    const given = openFile(context, file, "an array of NumPy or IDX", array === undefined ? atMost : undefined)
    return openArray(given, array === undefined ? { file } : { file, array }, limits(atMost))
  }
  const read: Array<Part> = []
  for (const part of parts) {
    const images = await open(part.images, mostBytes(count * pixels * ELEMENT_BYTES))
    const named = await open(part.labels, mostBytes(count * Math.max(TEXT_BYTES, shape.classes * ELEMENT_BYTES)))
    checkImages(images, shape, arraysIn(source))
    const labels = labelsOf(named, shape.classes)
    const [here] = images.shape
    if (labels.labels.length !== here) {
      const advice = "name arrays that belong together"
      const expected = `a label for each of ${here} images`
      throw new DataError({ file: named.file, expected, found: `${labels.labels.length} labels`, advice })
    }
    read.push({ images, labels })
  }
  const found = read.reduce((sum, { labels }) => sum + labels.labels.length, 0)
  checkCount(found, count, read.map(({ images }) => images.file).join(", "), "images")
  return read
}

const compute: Compute<FetchParameters, unknown, OutputFile> = (context) => {
  const { source, shape } = context.parameters.dataset
  const arrays = arraysIn(source)
  return unpacking(context, async (limits) => {
    const train = await partsOf(context, arrays.train, shape.count, limits)
    const test = arrays.test === undefined ? [] : await partsOf(context, arrays.test, shape.test, limits)
    const labels = (parts: ReadonlyArray<Part>) => parts.map((part) => part.labels)
    return fetched(context, { train: labels(train), test: labels(test) }, (sets) => {
      for (const [split, parts] of Object.entries({ train, test } as const)) {
        let start = 0 // of a part, in its set
        for (const { images } of parts) {
          for (const { first, rows } of piecesOf(images))
            sets.put(split === "train" ? "train" : "test", start + first, pixelsOf(rows, shape, arrays, first))
          start += images.shape[0]
        }
      }
    })
  })
}

export default compute
