/** Compute module of the stage `report` for grids: the trials follow from the grids, their results are the inputs. */
import type { Compute } from "../../../src/graph/compute.ts"
import { gridReport } from "../../../src/report/grid-report.ts"
import type { GridTrial } from "../../../src/report/paper-tables.ts"
import { type Rates, rateOf } from "../../../src/report/prices.ts"
import type { Assumption } from "../../../src/report/trials.ts"
import { readHistory } from "../../../src/results/history.ts"
import { readMetrics } from "../../../src/results/metrics.ts"
import { hasCurve, RATES, trialsOf } from "../grid.ts"
import type { Grid } from "../schemas.ts"
import { networkOf, trainingExamples, trainingOperations } from "../trial.ts"

/** The part of the stage's parameters that the report reads. */
export interface GridReportParameters {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  readonly trials: { readonly grids: ReadonlyArray<Grid> }
}

const compute: Compute<GridReportParameters> = ({ parameters, collections, files }) => {
  const { title, question, assumptions } = parameters
  const { grids } = parameters.trials
  const rates: Rates = JSON.parse(new TextDecoder().decode(files[RATES]()))
  let curves = 0
  const trials = trialsOf(grids).map((trial, i): GridTrial => {
    const { dataset } = trial
    const network = networkOf(trial)
    const inputs = {
      train: hasCurve(grids, trial) ? collections.history[curves++] : undefined,
      evaluate: collections.metrics[i]
    }
    const made = Object.entries(inputs).filter(([, input]) => input !== undefined)
    return {
      dataset: dataset.examples === null ? dataset.name : `${dataset.name}, ${dataset.examples} images`,
      subset: dataset.examples !== null,
      network,
      seed: trial.seed,
      examples: trainingExamples(dataset),
      seconds: trainingOperations(trial) / rateOf(rates, network),
      nodes: Object.fromEntries(made.map(([stage, input]) => [stage, input!.node])),
      history: inputs.train && readHistory(inputs.train).history,
      metrics: inputs.evaluate && readMetrics(inputs.evaluate),
      terms: undefined
    }
  })
  return gridReport({ title, question, assumptions, trials, rates })
}

export default compute
