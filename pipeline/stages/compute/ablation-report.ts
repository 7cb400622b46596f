/** The page about ablations, from the artifacts of their nodes. */
import { withCollected } from "../../../src/graph/collection.ts"
import type { Collecting } from "../../../src/graph/compute.ts"
import { rateOf } from "../../../src/network/cost.ts"
import { ablationReport } from "../../../src/report/ablation/page.ts"
import { readExpansion } from "../../../src/results/expansion.ts"
import { readRates } from "../../../src/results/rates.ts"
import type { AblationCollections, AblationParameters } from "../ablation-report.ts"
import { RATES } from "../grid.ts"
import { networkOf, trainingOperations } from "../trial.ts"
import { trialOf } from "./trials.ts"

const compute: Collecting<AblationParameters, AblationCollections> = ({ parameters, collections, files }) => {
  const { title, question, assumptions, moments } = parameters
  const rates = readRates(files[RATES]())
  const networks = withCollected(parameters.trials, collections.networks).map(
    ([{ part, level, trial }, { history, metrics, expansions }]) => ({
      ...{ part, level },
      trial: {
        ...trialOf(trial, { history, metrics }, undefined),
        seconds: trainingOperations(trial) / rateOf(rates, networkOf(trial))
      },
      expansions: expansions.map((one, i) => ({ epoch: moments[i], found: one && readExpansion(one) }))
    })
  )
  return ablationReport({ title, question, assumptions, networks })
}

export default compute
