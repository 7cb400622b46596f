/**
 * Compute module of the stage `report`: a study's trials, read from the artifacts of their nodes, to the files of its
 * report.
 */

import { withCollected } from "../../../src/graph/collection.ts"
import type { Collecting } from "../../../src/graph/compute.ts"
import type { ImageShape, Network } from "../../../src/network/network.ts"
import type { Trial } from "../../../src/report/evidence/trial.ts"
import type { Assumption } from "../../../src/report/evidence/trial-tables.ts"
import { trialsReport } from "../../../src/report/trials/page.ts"
import { nodesOf } from "../../../src/results/artifact.ts"
import { readExpansion } from "../../../src/results/expansion.ts"
import { readHistory } from "../../../src/results/history.ts"
import { readMetrics } from "../../../src/results/metrics.ts"
import type { ListCollections } from "../report.ts"
import { endsOf } from "../trial.ts"

/** The part of the stage's parameters that the report reads. */
export interface ReportParameters {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  readonly trials: ReadonlyArray<{
    readonly trial: Omit<Network, keyof ImageShape> & {
      readonly dataset: { readonly name: string; readonly shape: ImageShape }
      readonly seed: number
      readonly epochs: number
    }
  }>
}

/** The members of a network that it may leave out. */
const familyOf = ({ scale, loss }: Pick<Network, "scale" | "loss">) => ({
  ...(scale !== undefined && { scale }),
  ...(loss !== undefined && { loss })
})

const report: Collecting<ReportParameters, ListCollections> = ({ parameters, collections }) => {
  const { title, question, assumptions } = parameters
  const trials = withCollected(parameters.trials, collections.trials).map(
    ([{ trial }, { history, metrics, expansions }]): Trial => {
      const { dataset, layers, depth, filters, kernel, activation, residual, seed, ...more } = trial
      const { channels, height, width, classes } = dataset.shape
      return {
        dataset: dataset.name,
        network: {
          channels,
          height,
          width,
          classes,
          layers,
          depth,
          filters,
          kernel,
          activation,
          residual,
          ...familyOf(more)
        },
        seed,
        nodes: nodesOf({ train: history, evaluate: metrics, expand: expansions.at(-1) }),
        history: history && readHistory(history).history,
        metrics: metrics && readMetrics(metrics),
        moments: expansions.map((one, i) => ({ epoch: endsOf(trial)[i], analysis: one && readExpansion(one) }))
      }
    }
  )
  return trialsReport({ title, question, assumptions, trials })
}

export default report
