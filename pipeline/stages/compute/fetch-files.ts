/** A pair of IDX files of the project, images and labels, as one file of labelled images. */
import { DataError } from "../../../src/data/errors.ts"
import { writeImageSets } from "../../../src/data/examples.ts"
import { readIdxImages } from "../../../src/data/idx.ts"
import type { Compute, ComputeContext } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../fetch-parameters.ts"
import { checkShape, mostBytes } from "./shape.ts"

type Context = Pick<ComputeContext<FetchParameters>, "parameters" | "files" | "absent">

/** Reads a file that should have so many bytes after its header. */
function read({ parameters, files, absent }: Context, path: string, expected: number) {
  const file = files[path]
  if (file === undefined) {
    const advice = `put it there, or correct the path in the data set '${parameters.dataset.name}'`
    throw new DataError({ file: path, expected: "an IDX file", found: absent?.[path] ?? "nothing", advice })
  }
  const atMost = mostBytes(expected)
  return { name: path, bytes: file(atMost), atMost }
}

const compute: Compute<FetchParameters> = (context) => {
  const { dataset } = context.parameters
  if (dataset.source.kind !== "idx") throw new TypeError(`fetch-files reads IDX files, not ${dataset.source.kind}`)
  const { images, labels } = dataset.source
  const { count, channels, height, width, classes } = dataset.shape
  const pixels = read(context, images, count * channels * height * width)
  const set = readIdxImages(pixels, read(context, labels, count), { classes, count })
  return { dataset: writeImageSets({ "": checkShape(dataset, set, images) }) }
}

export default compute
