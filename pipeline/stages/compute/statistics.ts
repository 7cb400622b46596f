/** Mean and deviation of each channel of the training images. */
import { imageSetOf } from "../../../src/data/examples.ts"
import { statisticsOf } from "../../../src/data/statistics.ts"
import type { Compute } from "../../../src/graph/compute.ts"
import { writeStatistics } from "../../../src/results/statistics.ts"
import type { DataSetParameters } from "../schemas.ts"

const compute: Compute<{ readonly dataset: DataSetParameters }> = ({ inputs: { train } }) => ({
  statistics: writeStatistics(statisticsOf(imageSetOf(train)))
})

export default compute
