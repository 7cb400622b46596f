/** Compute module of the stage `report` for grids: the trials follow from the grids, their results are the inputs. */
import { withCollected } from "../../../src/graph/collection.ts"
import type { Collecting } from "../../../src/graph/compute.ts"
import { rateOf } from "../../../src/network/cost.ts"
import type { Assumption } from "../../../src/report/evidence/trial-tables.ts"
import { gridReport } from "../../../src/report/paper/page.ts"
import { readRates } from "../../../src/results/rates.ts"
import { RATES, trialsOf } from "../grid.ts"
import type { GridCollections } from "../report.ts"
import type { Grid } from "../schemas.ts"
import { networkOf, trainingOperations } from "../trial.ts"
import { guessing, trialOf } from "./trials.ts"

/** The part of the stage's parameters that the report reads. */
export interface GridReportParameters {
  readonly title: string
  readonly question: string
  readonly study?: string
  readonly assumptions: ReadonlyArray<Assumption>
  readonly trials: { readonly grids: ReadonlyArray<Grid> }
}

const compute: Collecting<GridReportParameters, GridCollections> = ({ parameters, collections, files }) => {
  const { title, question, study, assumptions } = parameters
  const rates = readRates(files[RATES]())
  const all = trialsOf(parameters.trials.grids)
  const guessed = guessing(all, collections.datasets)
  const trials = withCollected(all, collections.trials).map(([trial, collected]) => ({
    ...trialOf(trial, collected, guessed(trial.dataset)),
    subset: trial.dataset.examples !== null,
    seconds: trainingOperations(trial) / rateOf(rates, networkOf(trial))
  }))
  return gridReport({ title, question, study, assumptions, trials, rates })
}

export default compute
