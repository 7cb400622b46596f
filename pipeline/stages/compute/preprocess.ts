/** Training and validation set: the official test set, or a split stratified by class; then the part that is used. */
import { type ImageSet, readImageSets, select, writeImageSets } from "../../../src/data/examples.ts"
import { stratifiedSplit } from "../../../src/data/split.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { DataSetParameters } from "../schemas.ts"

const compute: Compute<{ readonly dataset: DataSetParameters }> = ({ parameters: { dataset }, inputs }) => {
  const { name, validation, examples, splitSeed } = dataset
  const sets = readImageSets(inputs.dataset.bytes(), name)
  const all = sets.train ?? sets[""]
  let parts: { readonly train: ImageSet; readonly validation: ImageSet }
  if (validation === "test") {
    if (sets.test === undefined) throw new RangeError(`the data set '${name}' has no official test set to validate on`)
    parts = { train: all, validation: sets.test }
  } else {
    const split = stratifiedSplit(all.labels, validation, splitSeed, "split")
    parts = { train: select(all, split.train), validation: select(all, split.validation) }
  }
  const { train } = parts
  const used =
    examples === null ? train : select(train, stratifiedSplit(train.labels, examples, splitSeed, "subset").validation)
  return { train: writeImageSets({ "": used }), validation: writeImageSets({ "": parts.validation }) }
}

export default compute
