/** Arrays of images and of labels, in files of the project, as one file of labelled images. */
import { DataError } from "../../../src/data/errors.ts"
import { product } from "../../../src/data/files/array.ts"
import { readArray } from "../../../src/data/files/file.ts"
import { labelsOf } from "../../../src/data/files/labels.ts"
import { pixelsOf } from "../../../src/data/files/pixels.ts"
import { checkCount, join, type Part, writeNamedSets } from "../../../src/data/files/set.ts"
import type { Compute, ComputeContext } from "../../../src/graph/compute.ts"
import type { ArrayPart, FetchParameters } from "../fetch-parameters.ts"
import { bytesOfFile } from "./own-file.ts"
import { mostBytes } from "./shape.ts"

/** The widest elements that arrays have; texts have 4 bytes a character. */
const ELEMENT_BYTES = 8
const TEXT_BYTES = 1024

/** The parts of a split, and how many images they have. */
function partsOf(context: ComputeContext<FetchParameters>, parts: ReadonlyArray<ArrayPart>, count: number) {
  const { source, shape } = context.parameters.dataset
  if (source.kind !== "arrays") throw new TypeError(`fetch-arrays reads arrays, not ${source.kind}`)
  const pixels = product([shape.channels, shape.height, shape.width])
  let found = 0
  const read = parts.map((part): Part => {
    const [images, labels] = [part.images, part.labels].map((place, i) => {
      const { file, array } = typeof place === "string" ? { file: place, array: undefined } : place
      const atMost = mostBytes(
        count * (i === 0 ? pixels * ELEMENT_BYTES : Math.max(TEXT_BYTES, shape.classes * ELEMENT_BYTES))
      )
      // Other arrays of an archive may be larger than these.
      const bytes = bytesOfFile(context, file, "an array of NumPy or IDX", array === undefined ? atMost : undefined)
      return readArray(bytes, array === undefined ? { file } : { file, array }, atMost)
    })
    const list = labelsOf(labels, shape.classes)
    const bytes = pixelsOf(images, shape, source)
    const here = bytes.length / pixels
    if (list.labels.length !== here) {
      const advice = "name arrays that belong together"
      const expected = `a label for each of ${here} images`
      throw new DataError({ file: labels.file, expected, found: `${list.labels.length} labels`, advice })
    }
    found += here
    return { images: bytes, file: images.file, labels: list }
  })
  checkCount(found, count, read.map(({ file }) => file).join(", "), "images")
  return read
}

const compute: Compute<FetchParameters> = (context) => {
  const { source, shape } = context.parameters.dataset
  if (source.kind !== "arrays") throw new TypeError(`fetch-arrays reads arrays, not ${source.kind}`)
  const train = partsOf(context, source.train, shape.count)
  const test = source.test === undefined ? [] : partsOf(context, source.test, shape.test)
  const { sets, names } = join({ train, test }, shape, shape.classes, source.names)
  return { dataset: writeNamedSets(sets, names) }
}

export default compute
