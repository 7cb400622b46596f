/** The official test set as networks see it. */
import { readImageSets, writeImageSets } from "../../../src/data/examples.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { DataSetParameters } from "../schemas.ts"
import { seen } from "./seen.ts"

const compute: Compute<{ readonly dataset: DataSetParameters }> = ({ parameters: { dataset }, inputs }) => {
  const { test } = readImageSets(inputs.dataset.bytes(), dataset.name)
  if (test === undefined) throw new RangeError(`the data set '${dataset.name}' has no official test set`)
  return { images: writeImageSets({ "": seen(test, dataset) }) }
}

export default compute
