/** Images of each class in training and validation set. */
import { imageSetOf, type StoredSet } from "../../../src/data/examples.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { writeClassCounts } from "../../../src/results/classes.ts"
import type { DataSetParameters } from "../schemas.ts"

function countsOf({ labels, classes }: StoredSet): ReadonlyArray<number> {
  const counts = new Array<number>(classes).fill(0)
  for (const label of labels) counts[label]++
  return counts
}

const compute: Compute<{ readonly dataset: DataSetParameters }> = ({ inputs }) => {
  const set = (name: "train" | "validation") => countsOf(imageSetOf(inputs[name]))
  return { counts: writeClassCounts({ train: set("train"), validation: set("validation") }) }
}

export default compute
