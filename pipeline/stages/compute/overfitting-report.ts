/** The page about overfitting, from the artifacts of its trainings' nodes. */
import { withCollected } from "../../../src/graph/collection.ts"
import type { Collecting } from "../../../src/graph/compute.ts"
import { rateOf } from "../../../src/network/cost.ts"
import type { CapacityFound } from "../../../src/report/overfitting/capacity.ts"
import { overfittingReport } from "../../../src/report/overfitting/page.ts"
import { readCapacity } from "../../../src/results/capacity.ts"
import { readRates } from "../../../src/results/rates.ts"
import { RATES } from "../grid.ts"
import type { OverfittingCollections, OverfittingParameters } from "../overfitting-report.ts"
import { networkOf, trainingOperations } from "../trial.ts"
import { guessing, trialOf } from "./trials.ts"

const compute: Collecting<OverfittingParameters, OverfittingCollections> = ({ parameters, collections, files }) => {
  const { title, question, assumptions, criterion } = parameters
  const rates = readRates(files[RATES]())
  const guessed = guessing(
    parameters.trainings.map(({ trial }) => trial),
    collections.datasets
  )
  const trainings = withCollected(parameters.trainings, collections.trainings).map(([{ part, trial }, collected]) => ({
    part,
    trial: {
      ...trialOf(trial, collected, guessed(trial.dataset)),
      seconds: trainingOperations(trial) / rateOf(rates, networkOf(trial))
    }
  }))
  const capacities = withCollected(parameters.capacities, collections.capacities).map(
    ([{ trial, labels }, { capacity }]): CapacityFound => ({
      ...{ network: networkOf(trial), seed: trial.seed, labels, epochs: trial.epochs, node: capacity?.node },
      found: capacity && readCapacity(capacity)
    })
  )
  return overfittingReport({ title, question, assumptions, criterion, trainings, capacities })
}

export default compute
