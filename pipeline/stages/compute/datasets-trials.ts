/** The trials of the study of data sets, from the artifacts of their nodes, in the places that its parts have. */
import { canonical } from "../../../src/graph/canonical.ts"
import { withCollected } from "../../../src/graph/collection.ts"
import { type Rates, rateOf } from "../../../src/network/cost.ts"
import type { DatasetsTrials } from "../../../src/report/datasets/rows.ts"
import type { DatasetsCollections, DatasetsParts } from "../datasets-report.ts"
import { distinctTrialsOf, trialsOf } from "../grid.ts"
import type { Grid } from "../schemas.ts"
import { networkOf, trainingOperations } from "../trial.ts"
import { guessing, trialOf } from "./trials.ts"

/** `rates`: what prices are told by. */
export function datasetsTrials(
  { series, noise, linear }: DatasetsParts,
  collections: DatasetsCollections,
  rates: Rates
): DatasetsTrials {
  const all = distinctTrialsOf([...[...series, ...noise].map(({ grid }) => grid), ...linear])
  const guessed = guessing(all, collections.datasets)
  const trials = withCollected(all, collections.trials).map(([trial, collected]) => ({
    ...trialOf(trial, collected, guessed(trial.dataset)),
    seconds: trainingOperations(trial) / rateOf(rates, networkOf(trial))
  }))
  const places = new Map(all.map((trial, i) => [canonical(trial), i]))
  const placesOf = (grids: ReadonlyArray<Grid>) =>
    trialsOf(grids).flatMap((trial) => places.get(canonical(trial)) ?? [])
  return {
    trials,
    series: series.map(({ name, title, grid }) => ({ name, title, places: placesOf([grid]) })),
    noise: noise.map(({ share, grid }) => ({ share, places: placesOf([grid]) })),
    linear: placesOf(linear)
  }
}
