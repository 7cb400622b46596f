/**
 * Training and validation set of a data set with declared steps (steps.ts), or of one that need not fit into memory: the
 * parts that preprocess.ts gives, changed, image by image.
 */
import { join } from "node:path"
import { imageSetsOf, type StoredSet, selectLabels } from "../../../src/data/examples.ts"
import { besideTrueLabels, noisyLabels } from "../../../src/data/label-noise.ts"
import { numbersOf } from "../../../src/data/split.ts"
import { type PlannedSet, writeSet } from "../../../src/data/stored.ts"
import type { Compute, OutputFile } from "../../../src/graph/compute.ts"
import type { DataSetParameters } from "../schemas.ts"
import { seen } from "./seen.ts"

const allOf = ({ count }: StoredSet) => Uint32Array.from({ length: count }, (_, i) => i)

const compute: Compute<{ readonly dataset: DataSetParameters }, unknown, OutputFile> = (context) => {
  const { dataset } = context.parameters
  const { name, splitSeed, labelNoise: share, labelNoiseKind: kind = "symmetric" } = dataset
  const sets = imageSetsOf(context.inputs.dataset)
  const all = sets.train ?? sets[""]
  const numbers = numbersOf(all.labels, dataset)
  const validating = numbers.validation === undefined ? sets.test : all
  if (validating === undefined) throw new RangeError(`the data set '${name}' has no official test set to validate on`)
  const write = (output: string, set: StoredSet, indices: Uint32Array, planned: PlannedSet): OutputFile => {
    const path = join(context.scratch("key"), `${output}.safetensors`)
    const { shape, put } = seen(set, dataset)
    writeSet(path, shape, planned, (i, to, at) => put(indices[i], to, at))
    return { path }
  }
  const labels = selectLabels(all.labels, numbers.train)
  const noisy = share && noisyLabels(labels, numbers.train, all.classes, { share, kind }, splitSeed)
  const validationNumbers = numbers.validation ?? allOf(validating)
  return {
    train: write("train", all, numbers.train, noisy ? besideTrueLabels(noisy, labels) : { labels }),
    validation: write("validation", validating, validationNumbers, {
      labels: selectLabels(validating.labels, validationNumbers)
    })
  }
}

export default compute
