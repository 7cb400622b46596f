/** Compute module of the stage `report` for a drawn part of grids: what is drawn follows from these and the draw. */
import { withCollected } from "../../../src/graph/collection.ts"
import type { Collecting } from "../../../src/graph/compute.ts"
import { rateOf } from "../../../src/network/cost.ts"
import { overdetermination } from "../../../src/network/network.ts"
import type { Assumption } from "../../../src/report/evidence/trial-tables.ts"
import { sampledReport } from "../../../src/report/sampled/page.ts"
import { readRates } from "../../../src/results/rates.ts"
import { RATES } from "../grid.ts"
import type { SampleCollections } from "../report.ts"
import { type Sample, unitsOf } from "../sample.ts"
import type { Grid } from "../schemas.ts"
import { networkOf, trainingExamples, trainingOperations } from "../trial.ts"
import { guessing, trialOf } from "./trials.ts"

/** The part of the stage's parameters that the report reads. */
export interface SampledReportParameters {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  readonly trials: { readonly grids: ReadonlyArray<Grid>; readonly sample: Sample }
}

const compute: Collecting<SampledReportParameters, SampleCollections> = ({ parameters, collections, files }) => {
  const { title, question, assumptions, trials: asked } = parameters
  const rates = readRates(files[RATES]())
  const all = unitsOf(asked.grids, asked.sample).map(({ name, trials, probability, drawn }) => {
    const [{ dataset }] = trials
    const ratio = overdetermination(networkOf(trials[0]), trainingExamples(dataset))
    return { trials, unit: { name, dataset: dataset.name, ratio, probability, drawn } }
  })
  const drawn = all.flatMap(({ trials, unit }) => (unit.drawn ? trials.map((trial) => ({ trial, unit })) : []))
  const guessed = guessing(
    drawn.map(({ trial }) => trial),
    collections.datasets
  )
  const trials = withCollected(drawn, collections.trials).map(([{ trial, unit }, collected]) => ({
    ...trialOf(trial, collected, guessed(trial.dataset)),
    unit,
    seconds: trainingOperations(trial) / rateOf(rates, networkOf(trial))
  }))
  const units = all.map(({ unit }) => unit)
  return sampledReport({ title, question, assumptions, sample: asked.sample, units, trials, rates })
}

export default compute
