/** Images of each class in training and validation set. */
import { type ImageSet, readImageSets } from "../../../src/data/examples.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { writeClassCounts } from "../../../src/results/classes.ts"
import type { DataSetParameters } from "../schemas.ts"

function countsOf({ labels, classes }: ImageSet): ReadonlyArray<number> {
  const counts = new Array<number>(classes).fill(0)
  for (const label of labels) counts[label]++
  return counts
}

const compute: Compute<{ readonly dataset: DataSetParameters }> = ({ parameters: { dataset }, inputs }) => {
  const set = (name: "train" | "validation") => countsOf(readImageSets(inputs[name].bytes(), dataset.name)[""])
  return { counts: writeClassCounts({ train: set("train"), validation: set("validation") }) }
}

export default compute
