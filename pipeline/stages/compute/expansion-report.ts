/** The page about the Taylor terms of trained networks, from the artifacts of their nodes. */
import type { Compute, Input } from "../../../src/graph/compute.ts"
import { expansionReport } from "../../../src/report/expansion/page.ts"
import { continuations, type Expanded } from "../../../src/report/expansion/rows.ts"
import { readExpansion } from "../../../src/results/expansion.ts"
import { readHistory } from "../../../src/results/history.ts"
import { readMetrics } from "../../../src/results/metrics.ts"
import { readReadout } from "../../../src/results/readout.ts"
import type { ExpansionParameters } from "../expansion-report.ts"
import { networkOf } from "../trial.ts"

const compute: Compute<ExpansionParameters> = ({ parameters, collections }) => {
  const { title, question, networks, moments } = parameters
  const metrics = (input: Input | undefined) => input && readMetrics(input)
  let wentOn = 0
  const expanded = networks.map(({ trial, goOn }, i): Expanded => {
    const analyses = collections.analysis.slice(i * moments.length, (i + 1) * moments.length)
    const continued = goOn > 0 ? continuations.map((kind, k) => ({ kind, at: wentOn + k })) : []
    wentOn += continued.length
    const made = { evaluate: collections.metrics[i], dissect: analyses.at(-1), readout: collections.readout[i] }
    return {
      dataset: trial.dataset.name,
      network: networkOf(trial),
      seed: trial.seed,
      moments: moments.map((epoch, m) => ({ epoch, analysis: analyses[m] && readExpansion(analyses[m]) })),
      metrics: metrics(collections.metrics[i]),
      parallel: metrics(collections.parallel[i]),
      readout: collections.readout[i] && readReadout(collections.readout[i]),
      continued: continued.map(({ kind, at }) => {
        const history = collections.continuedHistory[at]
        return {
          kind,
          history: history && readHistory(history).history,
          metrics: metrics(collections.continuedMetrics[at])
        }
      }),
      nodes: Object.fromEntries(Object.entries(made).flatMap(([stage, input]) => (input ? [[stage, input.node]] : [])))
    }
  })
  return expansionReport({ title, question, networks: expanded })
}

export default compute
