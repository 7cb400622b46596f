/**
 * Compute module of the stage `report`: a study's trials, read from the artifacts of their nodes, to the files of its
 * report.
 */
import type { Compute } from "../../../src/graph/compute.ts"
import type { ImageShape, Network } from "../../../src/network/network.ts"
import type { Trial } from "../../../src/report/trial.ts"
import { type Assumption, trialsReport } from "../../../src/report/trials.ts"
import { readHistory } from "../../../src/results/history.ts"
import { readMetrics } from "../../../src/results/metrics.ts"
import { readTerms } from "../../../src/results/terms.ts"

/** The part of the stage's parameters that the report reads. */
export interface ReportParameters {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  /**
   * The collections `history` and `metrics` hold one a trial, in this order; `terms` one for each trial whose `terms`
   * (number of images that its Taylor terms are computed on) is not null.
   */
  readonly trials: ReadonlyArray<{
    readonly trial: Omit<Network, keyof ImageShape> & {
      readonly dataset: { readonly name: string; readonly shape: ImageShape }
      readonly seed: number
    }
    readonly terms: number | null
  }>
}

const report: Compute<ReportParameters> = ({ parameters, collections }) => {
  const { title, question, assumptions } = parameters
  let expanded = 0
  const trials = parameters.trials.map(({ trial, terms: images }, i): Trial => {
    const { dataset, layers, depth, filters, kernel, activation, residual, seed } = trial
    const { channels, height, width, classes } = dataset.shape
    const inputs = {
      train: collections.history[i],
      evaluate: collections.metrics[i],
      expand: images === null ? undefined : collections.terms[expanded++]
    }
    const made = Object.entries(inputs).filter(([, input]) => input !== undefined)
    return {
      dataset: dataset.name,
      network: { channels, height, width, classes, layers, depth, filters, kernel, activation, residual },
      seed,
      nodes: Object.fromEntries(made.map(([stage, input]) => [stage, input!.node])),
      history: inputs.train && readHistory(inputs.train).history,
      metrics: inputs.evaluate && readMetrics(inputs.evaluate),
      terms: inputs.expand && readTerms(inputs.expand)
    }
  })
  return trialsReport({ title, question, assumptions, trials })
}

export default report
