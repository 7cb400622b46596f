/**
 * Compute module of the stage `report`: a study's trials, read from the artifacts of their nodes, to the files of its
 * report.
 */
import { withCollected } from "../../../src/graph/collection.ts"
import type { Collecting } from "../../../src/graph/compute.ts"
import type { Assumption } from "../../../src/report/evidence/trial-tables.ts"
import { trialsReport } from "../../../src/report/trials/page.ts"
import type { ListCollections } from "../report.ts"
import type { TrainParameters } from "../schemas.ts"
import { guessing, trialOf } from "./trials.ts"

/** The part of the stage's parameters that the report reads. */
export interface ReportParameters {
  readonly title: string
  readonly question: string
  readonly study?: string
  readonly assumptions: ReadonlyArray<Assumption>
  readonly trials: ReadonlyArray<{ readonly trial: TrainParameters }>
}

const report: Collecting<ReportParameters, ListCollections> = ({ parameters, collections }) => {
  const { title, question, study, assumptions } = parameters
  const guessed = guessing(
    parameters.trials.map(({ trial }) => trial),
    collections.datasets
  )
  const trials = withCollected(parameters.trials, collections.trials).map(([{ trial }, collected]) =>
    trialOf(trial, collected, guessed(trial.dataset))
  )
  return trialsReport({ title, question, study, assumptions, trials })
}

export default report
