/** A pair of IDX files of the project, images and labels, as one file of labelled images. */
import { DataError } from "../../../src/data/errors.ts"
import { writeImageSets } from "../../../src/data/examples.ts"
import { readIdxImages } from "../../../src/data/idx.ts"
import type { Compute, ComputeContext } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../schemas.ts"
import { checkShape } from "./shape.ts"

function read(files: ComputeContext["files"], path: string, dataset: string) {
  const file = files[path]
  if (file !== undefined) return { name: path, bytes: file() }
  const advice = `put it there, or correct the path in the data set '${dataset}'`
  throw new DataError({ file: path, expected: "an IDX file", found: "nothing", advice })
}

const compute: Compute<FetchParameters> = ({ parameters: { dataset }, files }) => {
  if (dataset.source.kind !== "idx") throw new TypeError(`fetch-files reads IDX files, not ${dataset.source.kind}`)
  const { images, labels } = dataset.source
  const pixels = read(files, images, dataset.name)
  const set = readIdxImages(pixels, read(files, labels, dataset.name), dataset.shape.classes)
  return { dataset: writeImageSets({ "": checkShape(dataset, set, images) }) }
}

export default compute
