/** Training and validation set of a data set that need not fit into memory: the bytes that preprocess.ts gives. */
import { join } from "node:path"
import { imageSetsOf, type StoredSet } from "../../../src/data/examples.ts"
import { numbersOf } from "../../../src/data/split.ts"
import { writeSelected } from "../../../src/data/stored.ts"
import type { Compute, OutputFile } from "../../../src/graph/compute.ts"
import type { DataSetParameters } from "../schemas.ts"

const allOf = ({ count }: StoredSet) => Uint32Array.from({ length: count }, (_, i) => i)

const compute: Compute<{ readonly dataset: DataSetParameters }, unknown, OutputFile> = (context) => {
  const { dataset } = context.parameters
  const sets = imageSetsOf(context.inputs.dataset)
  const all = sets.train ?? sets[""]
  const numbers = numbersOf(all.labels, dataset)
  const write = (output: string, set: StoredSet, indices: Uint32Array): OutputFile => {
    const path = join(context.scratch("key"), `${output}.safetensors`)
    writeSelected(path, set, indices)
    return { path }
  }
  const train = write("train", all, numbers.train)
  if (numbers.validation !== undefined) return { train, validation: write("validation", all, numbers.validation) }
  if (sets.test === undefined)
    throw new RangeError(`the data set '${dataset.name}' has no official test set to validate on`)
  return { train, validation: write("validation", sets.test, allOf(sets.test)) }
}

export default compute
