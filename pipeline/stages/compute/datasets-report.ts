/** The page about several data sets, from the artifacts of its trials' nodes. */
import type { Collecting } from "../../../src/graph/compute.ts"
import { datasetsReport } from "../../../src/report/datasets/page.ts"
import { readRates } from "../../../src/results/rates.ts"
import type { DatasetsCollections, DatasetsParameters } from "../datasets-report.ts"
import { RATES } from "../grid.ts"
import { datasetsTrials } from "./datasets-trials.ts"

const compute: Collecting<DatasetsParameters, DatasetsCollections> = ({ parameters, collections, files }) => {
  const { title, question, assumptions, looks } = parameters
  const rates = readRates(files[RATES]())
  return datasetsReport({
    ...{ title, question, assumptions, looks, rates },
    ...datasetsTrials(parameters, collections, rates)
  })
}

export default compute
