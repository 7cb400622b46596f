/** Compute module of the stage `report` for grids: the trials follow from the grids, their results are the inputs. */

import { withCollected } from "../../../src/graph/collection.ts"
import type { Collecting } from "../../../src/graph/compute.ts"
import { type Rates, rateOf } from "../../../src/network/cost.ts"
import type { GridTrial } from "../../../src/report/evidence/grid-trial.ts"
import type { Assumption } from "../../../src/report/evidence/trial-tables.ts"
import { gridReport } from "../../../src/report/paper/page.ts"
import { nodesOf } from "../../../src/results/artifact.ts"
import { readHistory } from "../../../src/results/history.ts"
import { readMetrics } from "../../../src/results/metrics.ts"
import { RATES, trialsOf } from "../grid.ts"
import type { GridCollections } from "../report.ts"
import type { Grid } from "../schemas.ts"
import { networkOf, trainingExamples, trainingOperations } from "../trial.ts"

/** The part of the stage's parameters that the report reads. */
export interface GridReportParameters {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  readonly trials: { readonly grids: ReadonlyArray<Grid> }
}

const compute: Collecting<GridReportParameters, GridCollections> = ({ parameters, collections, files }) => {
  const { title, question, assumptions } = parameters
  const rates: Rates = JSON.parse(new TextDecoder().decode(files[RATES]()))
  const all = trialsOf(parameters.trials.grids)
  const trials = withCollected(all, collections.trials).map(([trial, { history, metrics }]): GridTrial => {
    const { dataset } = trial
    const network = networkOf(trial)
    return {
      dataset: dataset.examples === null ? dataset.name : `${dataset.name}, ${dataset.examples} images`,
      subset: dataset.examples !== null,
      network,
      seed: trial.seed,
      examples: trainingExamples(dataset),
      seconds: trainingOperations(trial) / rateOf(rates, network),
      nodes: nodesOf({ train: history, evaluate: metrics }),
      history: history && readHistory(history).history,
      metrics: metrics && readMetrics(metrics),
      moments: []
    }
  })
  return gridReport({ title, question, assumptions, trials, rates })
}

export default compute
