/** The page about mechanisms, from the artifacts of their nodes. */
import { withCollected } from "../../../src/graph/collection.ts"
import type { Collecting } from "../../../src/graph/compute.ts"
import { rateOf } from "../../../src/network/cost.ts"
import { mechanismsReport } from "../../../src/report/mechanisms/page.ts"
import { nodesOf } from "../../../src/results/artifact.ts"
import { readMechanisms } from "../../../src/results/mechanisms.ts"
import { readRates } from "../../../src/results/rates.ts"
import { RATES } from "../grid.ts"
import type { MechanismsCollections, MechanismsParameters } from "../mechanisms-report.ts"
import { networkOf, trainingOperations } from "../trial.ts"
import { trialOf } from "./trials.ts"

const compute: Collecting<MechanismsParameters, MechanismsCollections> = ({ parameters, collections, files }) => {
  const { title, question, assumptions, moments } = parameters
  const rates = readRates(files[RATES]())
  const networks = withCollected(parameters.trials, collections.networks).map(([trial, { looks, ...own }]) => {
    const made = trialOf(trial, own, undefined)
    return {
      trial: {
        ...made,
        nodes: { ...made.nodes, ...nodesOf({ mechanism: looks.at(-1) }) },
        seconds: trainingOperations(trial) / rateOf(rates, networkOf(trial))
      },
      looks: withCollected(moments, looks).map(([epoch, look]) => ({ epoch, found: look && readMechanisms(look) }))
    }
  })
  const starts = withCollected(parameters.starts, collections.starts).map(([{ rule, trial }, { look }]) => ({
    ...{ rule, network: networkOf(trial), seed: trial.seed },
    found: look && readMechanisms(look)
  }))
  return mechanismsReport({ title, question, assumptions, networks, starts })
}

export default compute
