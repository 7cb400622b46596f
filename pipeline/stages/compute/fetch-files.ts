/** A pair of IDX files of the project, images and labels, as one file of labelled images. */
import { DataError } from "../../../src/data/errors.ts"
import { imageSet, writeImageSets } from "../../../src/data/examples.ts"
import { readIdx } from "../../../src/data/idx.ts"
import type { Compute, ComputeContext } from "../../../src/graph/compute.ts"
import type { DataSetParameters } from "../schemas.ts"
import { checkShape } from "./shape.ts"

function read(files: ComputeContext["files"], path: string, dataset: DataSetParameters) {
  const file = files[path]
  if (file === undefined) {
    const advice = `put it there, or correct the path in the data set '${dataset.name}'`
    throw new DataError({ file: path, expected: "an IDX file", found: "nothing", advice })
  }
  return readIdx(file(), path)
}

const compute: Compute<{ readonly dataset: DataSetParameters }> = ({ parameters: { dataset }, files }) => {
  if (dataset.source.kind !== "idx") throw new TypeError(`fetch-files reads IDX files, not ${dataset.source.kind}`)
  const { images, labels } = dataset.source
  const pixels = read(files, images, dataset)
  const shape = pixels.shape.length === 3 ? [pixels.shape[0], 1, ...pixels.shape.slice(1)] : pixels.shape
  if (shape.length !== 4) {
    const expected = "images [n, height, width] or [n, channels, height, width]"
    throw new DataError({
      file: images,
      expected,
      found: `the shape [${pixels.shape}]`,
      advice: "give the file with the images"
    })
  }
  const [, channels, height, width] = shape
  const { classes } = dataset.shape
  const set = imageSet({ channels, height, width, classes }, pixels.data, read(files, labels, dataset).data, images)
  return { dataset: writeImageSets({ "": checkShape(dataset, set, images) }) }
}

export default compute
