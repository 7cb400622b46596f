/** The official test set as networks see it, image by image: it need not fit into memory. */
import { join } from "node:path"
import { imageSetsOf } from "../../../src/data/examples.ts"
import { writeSet } from "../../../src/data/stored.ts"
import type { Compute, OutputFile } from "../../../src/graph/compute.ts"
import type { DataSetParameters } from "../schemas.ts"
import { seen } from "./seen.ts"

const compute: Compute<{ readonly dataset: DataSetParameters }, unknown, OutputFile> = (context) => {
  const { dataset } = context.parameters
  const { test } = imageSetsOf(context.inputs.dataset)
  if (test === undefined) throw new RangeError(`the data set '${dataset.name}' has no official test set`)
  const path = join(context.scratch("key"), "images.safetensors")
  const { shape, put } = seen(test, dataset)
  writeSet(path, shape, { labels: test.labels }, put)
  return { images: { path } }
}

export default compute
