/** The page about lesions, from the artifacts of their nodes. */
import { withCollected } from "../../../src/graph/collection.ts"
import type { Collecting, Input } from "../../../src/graph/compute.ts"
import { rateOf } from "../../../src/network/cost.ts"
import { lesionReport } from "../../../src/report/lesion/page.ts"
import { nodesOf } from "../../../src/results/artifact.ts"
import { readHistory } from "../../../src/results/history.ts"
import { readLesions } from "../../../src/results/lesions.ts"
import { readMetrics } from "../../../src/results/metrics.ts"
import { readRates } from "../../../src/results/rates.ts"
import { RATES } from "../grid.ts"
import type { LesionCollections, LesionReportParameters } from "../lesion-report.ts"
import type { TrainParameters } from "../schemas.ts"
import { networkOf, trainingOperations } from "../trial.ts"
import { trialOf } from "./trials.ts"

interface Trained {
  readonly history?: Input | undefined
  readonly metrics?: Input | undefined
}

const compute: Collecting<LesionReportParameters, LesionCollections> = ({ parameters, collections, files }) => {
  const { title, question, assumptions, precision } = parameters
  const rates = readRates(files[RATES]())
  const lesioned = (
    trial: TrainParameters,
    { lesions, ...own }: Trained & { readonly lesions?: Input | undefined }
  ) => {
    const made = trialOf(trial, own, undefined)
    return {
      trial: {
        ...made,
        nodes: { ...made.nodes, ...nodesOf({ lesion: lesions }) },
        seconds: trainingOperations(trial) / rateOf(rates, networkOf(trial))
      },
      lesions: lesions && readLesions(lesions)
    }
  }
  const continued = ({ history, metrics }: Trained) => ({
    node: metrics?.node,
    history: history && readHistory(history).history,
    metrics: metrics && readMetrics(metrics)
  })
  const pairs = withCollected(parameters.trials, collections.networks).map(([trial, own]) => ({
    sequential: lesioned(trial, own.sequential),
    parallel: lesioned({ ...trial, depth: 1 }, own.parallel),
    goesOn: { same: continued(own.same), halved: continued(own.halved) }
  }))
  return lesionReport({ title, question, assumptions, precision, pairs })
}

export default compute
