/** Splits a data set into training and validation set, stratified by class. */
import { readImageSet, select, writeImageSets } from "../../../src/data/examples.ts"
import { stratifiedSplit } from "../../../src/data/split.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { DataSetParameters } from "../schemas.ts"

const compute: Compute<{ readonly dataset: DataSetParameters }> = ({ parameters: { dataset }, inputs }) => {
  const set = readImageSet(inputs.dataset.bytes(), dataset.name)
  const { train, validation } = stratifiedSplit(set.labels, dataset.validation, dataset.splitSeed)
  return {
    train: writeImageSets({ "": select(set, train) }),
    validation: writeImageSets({ "": select(set, validation) })
  }
}

export default compute
