/** Training and validation set of a data set with declared steps (steps.ts): the parts that preprocess.ts gives, changed. */
import { type ImageSet, readImageSets, select, writeImageSets } from "../../../src/data/examples.ts"
import { grey } from "../../../src/data/grey.ts"
import { noisyLabels, writeNoisySet } from "../../../src/data/label-noise.ts"
import { numbersOf } from "../../../src/data/split.ts"
import { stretch } from "../../../src/data/stretch.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { DataSetParameters } from "../schemas.ts"

/** Images as the steps make them, of whatever part of the data set. */
export function seen(set: ImageSet, { name, shape, ...steps }: DataSetParameters): ImageSet {
  const flat = steps.grey === true ? grey(set, name) : set
  return steps.size === undefined ? flat : stretch(flat, shape.height, shape.width, name)
}

const compute: Compute<{ readonly dataset: DataSetParameters }> = ({ parameters: { dataset }, inputs }) => {
  const { name, splitSeed, labelNoise, labelNoiseKind: kind = "symmetric" } = dataset
  const sets = readImageSets(inputs.dataset.bytes(), name)
  const all = sets.train ?? sets[""]
  const numbers = numbersOf(all.labels, dataset)
  const held = numbers.validation === undefined ? sets.test : select(all, numbers.validation)
  if (held === undefined) throw new RangeError(`the data set '${name}' has no official test set to validate on`)
  const train = seen(select(all, numbers.train), dataset)
  const validation = writeImageSets({ "": seen(held, dataset) })
  if (labelNoise === undefined) return { train: writeImageSets({ "": train }), validation }
  const labels = noisyLabels(train.labels, numbers.train, train.classes, { share: labelNoise, kind }, splitSeed)
  return { train: writeNoisySet({ ...train, labels }, train.labels), validation }
}

export default compute
