/** What reports know of each trial, from its parameters and the artifacts of its nodes. */
import { canonical } from "../../../src/graph/canonical.ts"
import type { Input } from "../../../src/graph/compute.ts"
import { type Guessing, guessingOf, type Trial, type Unplaced } from "../../../src/report/evidence/trial.ts"
import { nodesOf } from "../../../src/results/artifact.ts"
import { readClassCounts } from "../../../src/results/classes.ts"
import { readExpansion } from "../../../src/results/expansion.ts"
import { readHistory } from "../../../src/results/history.ts"
import { readMetrics } from "../../../src/results/metrics.ts"
import { trialAxes } from "../axes.ts"
import { dataSetsOf } from "../grid.ts"
import type { DataSetParameters, TrainParameters } from "../schemas.ts"
import { endsOf, networkOf, trainingExamples } from "../trial.ts"

/** What guessing gives on each data set whose images have been counted. `counts` as `dataSetsOf` lists the data sets. */
export function guessing(
  trials: ReadonlyArray<TrainParameters>,
  counts: ReadonlyArray<{ readonly counts: Input | undefined }>
): (dataset: DataSetParameters) => Guessing | undefined {
  const known = new Map<string, Guessing>()
  for (const [i, dataset] of dataSetsOf(trials).entries()) {
    const artifact = counts[i]?.counts
    if (artifact === undefined) continue
    const { train, validation } = readClassCounts(artifact)
    known.set(canonical(dataset), guessingOf(train, validation))
  }
  return (dataset) => known.get(canonical(dataset))
}

interface Collected {
  readonly history?: Input | undefined
  readonly metrics?: Input | undefined
  /** One for each of `endsOf`. */
  readonly expansions?: ReadonlyArray<Input | undefined>
}

export function trialOf(
  trial: TrainParameters,
  { history, metrics, expansions = [] }: Collected,
  guessing: Guessing | undefined
): Unplaced<Trial> {
  return {
    dataset: trial.dataset.name,
    network: networkOf(trial),
    seed: trial.seed,
    settings: trialAxes(trial),
    examples: trainingExamples(trial.dataset),
    guessing,
    nodes: nodesOf({ train: history, evaluate: metrics, expand: expansions.at(-1) }),
    history: history && readHistory(history).history,
    metrics: metrics && readMetrics(metrics),
    moments: expansions.map((one, i) => ({ epoch: endsOf(trial)[i], analysis: one && readExpansion(one) }))
  }
}
