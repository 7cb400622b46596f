/** The page about the Taylor terms of trained networks, from the artifacts of their nodes. */
import { withCollected } from "../../../src/graph/collection.ts"
import type { Collecting } from "../../../src/graph/compute.ts"
import { inScopes } from "../../../src/report/evidence/scope.ts"
import { expansionReport } from "../../../src/report/expansion/page.ts"
import { continuations, type Expanded } from "../../../src/report/expansion/rows.ts"
import { nodesOf } from "../../../src/results/artifact.ts"
import { readExpansion } from "../../../src/results/expansion.ts"
import { readHistory } from "../../../src/results/history.ts"
import { readMetrics } from "../../../src/results/metrics.ts"
import { readReadout } from "../../../src/results/readout.ts"
import type { ExpansionCollections, ExpansionParameters } from "../expansion-report.ts"
import { networkOf } from "../trial.ts"
import { trialOf } from "./trials.ts"

const compute: Collecting<ExpansionParameters, ExpansionCollections> = ({ parameters, collections }) => {
  const { title, question, assumptions, moments } = parameters
  // Each network and the parallel one beside it.
  const trials = inScopes(
    withCollected(parameters.networks, collections.networks).flatMap(([{ trial }, { metrics, parallel }]) => [
      trialOf(trial, { metrics }, undefined),
      trialOf({ ...trial, depth: 1 }, { metrics: parallel }, undefined)
    ])
  )
  const networks = withCollected(parameters.networks, collections.networks).map(
    ([{ trial }, collected], i): Expanded => {
      const { analyses, metrics, parallel, readout, continued } = collected
      return {
        scope: trials[2 * i].scope,
        network: networkOf(trial),
        seed: trial.seed,
        moments: withCollected(moments, analyses).map(([epoch, one]) => ({
          epoch,
          analysis: one && readExpansion(one)
        })),
        metrics: metrics && readMetrics(metrics),
        parallel: parallel && readMetrics(parallel),
        readout: readout && readReadout(readout),
        continued: continuations.flatMap((kind) => {
          const on = continued[kind]
          if (on === undefined) return []
          return [
            {
              kind,
              history: on.history && readHistory(on.history).history,
              metrics: on.metrics && readMetrics(on.metrics)
            }
          ]
        }),
        nodes: nodesOf({ evaluate: metrics, expand: analyses.at(-1), readout })
      }
    }
  )
  return expansionReport({ title, question, assumptions, networks, trials })
}

export default compute
