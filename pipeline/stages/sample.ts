/**
 * Which configurations of grids are drawn, where a study runs a part that stands for the whole. What is drawn follows from
 * the grids, the number asked for and the draw's seed, and from nothing else: by counted operations, not by measured times,
 * so that it is the same everywhere and for good. Plain functions, which compute modules use too.
 */
import { inclusion, isDrawn } from "../../src/statistics/sampled.ts"
import { configurationsOf } from "./grid.ts"
import type { Grid, TrainParameters } from "./schemas.ts"
import { trainingOperations, trialLabel } from "./trial.ts"

export interface Sample {
  /** Configurations that are drawn on average. */
  readonly expected: number
  readonly seed: number
}

/** A configuration of grids: a network's size and data set, with all its depths and seeds. */
export interface Unit {
  readonly name: string
  readonly trials: ReadonlyArray<TrainParameters>
  readonly probability: number
  readonly drawn: boolean
}

/** "mnist/layers=4,filters=2,kernel=5", whatever trains it. */
function configurationName({ depth: _, ...trial }: TrainParameters): string {
  return trialLabel({ ...trial, seed: 0 }).replace(/,seed=0$/, "")
}

/** All configurations that have a deep and a shallow network: those of one layer are the same network twice. */
export function unitsOf(grids: ReadonlyArray<Grid>, { expected, seed }: Sample): ReadonlyArray<Unit> {
  const trials = grids
    .flatMap(configurationsOf)
    .flat()
    .filter(({ layers }) => layers > 1)
  const groups = [...Map.groupBy(trials, configurationName)]
  const costs = groups.map(([, own]) => own.reduce((sum, trial) => sum + trainingOperations(trial), 0))
  const probabilities = inclusion(costs, expected)
  return groups.map(([name, own], i) => ({
    ...{ name, trials: own, probability: probabilities[i] },
    drawn: isDrawn(name, probabilities[i], seed)
  }))
}

/** The trials of what is drawn. */
export const drawnTrialsOf = (grids: ReadonlyArray<Grid>, sample: Sample): ReadonlyArray<TrainParameters> =>
  unitsOf(grids, sample).flatMap(({ drawn, trials }) => (drawn ? trials : []))
