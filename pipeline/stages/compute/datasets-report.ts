/** The page about several data sets, from the artifacts of its trials' nodes. */
import { canonical } from "../../../src/graph/canonical.ts"
import { withCollected } from "../../../src/graph/collection.ts"
import type { Collecting } from "../../../src/graph/compute.ts"
import { type Rates, rateOf } from "../../../src/network/cost.ts"
import { datasetsReport } from "../../../src/report/datasets/page.ts"
import type { DatasetsCollections, DatasetsParameters } from "../datasets-report.ts"
import { distinctTrialsOf, RATES, trialsOf } from "../grid.ts"
import type { Grid } from "../schemas.ts"
import { networkOf, trainingOperations } from "../trial.ts"
import { guessing, trialOf } from "./trials.ts"

const compute: Collecting<DatasetsParameters, DatasetsCollections> = ({ parameters, collections, files }) => {
  const { title, question, assumptions, looks, series, noise, linear } = parameters
  const rates: Rates = JSON.parse(new TextDecoder().decode(files[RATES]()))
  const all = distinctTrialsOf([...[...series, ...noise].map(({ grid }) => grid), ...linear])
  const guessed = guessing(all, collections.datasets)
  const trials = withCollected(all, collections.trials).map(([trial, collected]) => ({
    ...trialOf(trial, collected, guessed(trial.dataset)),
    seconds: trainingOperations(trial) / rateOf(rates, networkOf(trial))
  }))
  const places = new Map(all.map((trial, i) => [canonical(trial), i]))
  const placesOf = (grids: ReadonlyArray<Grid>) =>
    trialsOf(grids).flatMap((trial) => places.get(canonical(trial)) ?? [])
  return datasetsReport({
    ...{ title, question, assumptions, looks, trials, rates },
    series: series.map(({ name, title, grid }) => ({ name, title, places: placesOf([grid]) })),
    noise: noise.map(({ share, grid }) => ({ share, places: placesOf([grid]) })),
    linear: placesOf(linear)
  })
}

export default compute
