/** The page about methods of training, from the artifacts of their nodes. */
import { withCollected } from "../../../src/graph/collection.ts"
import type { Collecting, Input } from "../../../src/graph/compute.ts"
import { optimizersReport } from "../../../src/report/optimizers/page.ts"
import type { Moment, Outcome } from "../../../src/report/optimizers/rows.ts"
import { nodesOf } from "../../../src/results/artifact.ts"
import { readHistory } from "../../../src/results/history.ts"
import { readMetrics } from "../../../src/results/metrics.ts"
import { readSteps } from "../../../src/results/steps.ts"
import type { OptimizersCollections, OptimizersParameters } from "../optimizers-report.ts"
import { networkOf, trainingExamples } from "../trial.ts"

interface Course {
  readonly curve: ReadonlyArray<Moment>
  readonly ended: string | undefined
}

/** Of a training by mini-batches: an epoch is a pass, its loss that of its batches. */
const byEpochs = (history: Input): Course => ({
  curve: readHistory(history).history.flatMap(({ epoch, loss, validationLoss, gradientNorm }) =>
    loss === null ? [] : [{ passes: epoch, loss, validationLoss, gradientNorm }]
  ),
  ended: undefined
})

/** Of a training by a method of second order. */
function bySteps(history: Input): Course {
  if (readHistory(history).divergence !== undefined) return byEpochs(history)
  const lines = readSteps(history)
  return {
    curve: lines.map(({ evaluations, products, loss, validationLoss, gradientNorm }) => ({
      passes: evaluations + products,
      ...{ loss, validationLoss, gradientNorm }
    })),
    ended: lines[lines.length - 1].ended ?? undefined
  }
}

const compute: Collecting<OptimizersParameters, OptimizersCollections> = ({ parameters, collections }) => {
  const { title, question, assumptions, usual } = parameters
  const outcomes = withCollected(parameters.trainings, collections.trainings).map(
    ([{ method, trial }, { history, metrics }]): Outcome => {
      const read = "learningRate" in trial.optimizer ? byEpochs : bySteps
      return {
        method,
        dataset: trial.dataset.name,
        examples: trainingExamples(trial.dataset),
        network: networkOf(trial),
        seed: trial.seed,
        nodes: nodesOf({ train: history, evaluate: metrics }),
        metrics: metrics && readMetrics(metrics),
        ...(history === undefined ? { curve: [], ended: undefined } : read(history))
      }
    }
  )
  return optimizersReport({ title, question, assumptions, usual, outcomes })
}

export default compute
