/** Every image of a set corrupted. */
import { corrupted } from "../../../src/data/corruptions/corrupted.ts"
import { readImageSet, writeImageSets } from "../../../src/data/examples.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { CorruptParameters } from "../corrupt.ts"

const compute: Compute<CorruptParameters> = ({ parameters: { kind, severity }, inputs, progress }) => {
  const set = readImageSet(inputs.images.bytes(), inputs.images.node)
  const done = (images: number) => {
    if (images % 500 === 0) progress({ done: images, total: set.count, unit: "images" })
  }
  return { images: writeImageSets({ "": corrupted(set, kind, severity, inputs.images.node, done) }) }
}

export default compute
