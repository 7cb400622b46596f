/** Training and validation set of a data set with declared steps (steps.ts): the parts that preprocess.ts gives, changed. */
import { readImageSets, select, writeImageSets } from "../../../src/data/examples.ts"
import { noisyLabels, writeNoisySet } from "../../../src/data/label-noise.ts"
import { numbersOf } from "../../../src/data/split.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { DataSetParameters } from "../schemas.ts"
import { seen } from "./seen.ts"

const compute: Compute<{ readonly dataset: DataSetParameters }> = ({ parameters: { dataset }, inputs }) => {
  const { name, splitSeed, labelNoise, labelNoiseKind: kind = "symmetric" } = dataset
  const sets = readImageSets(inputs.dataset.bytes(), name)
  const all = sets.train ?? sets[""]
  const numbers = numbersOf(all.labels, dataset)
  const validating = numbers.validation === undefined ? sets.test : select(all, numbers.validation)
  if (validating === undefined) throw new RangeError(`the data set '${name}' has no official test set to validate on`)
  const train = seen(select(all, numbers.train), dataset)
  const validation = writeImageSets({ "": seen(validating, dataset) })
  if (labelNoise === undefined) return { train: writeImageSets({ "": train }), validation }
  const labels = noisyLabels(train.labels, numbers.train, train.classes, { share: labelNoise, kind }, splitSeed)
  return { train: writeNoisySet({ ...train, labels }, train.labels), validation }
}

export default compute
