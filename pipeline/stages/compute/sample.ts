import { type ImageSet, type StoredSet, select } from "../../../src/data/examples.ts"
import { random } from "../../../src/network/philox.ts"

/** `size` examples (all, if there are fewer), the same for all trials; data sets may be sorted by class. */
export function sample(set: StoredSet, size: number): ImageSet {
  return select(set, random(0, "expand/examples").permutation(set.count).subarray(0, size).sort())
}
