/** A trial as reports see it. */

import type { Network } from "../../network/network.ts"
import type { Expansion } from "../../results/expansion.ts"
import type { HistoryLine } from "../../results/history.ts"
import type { Metrics } from "../../results/metrics.ts"
import { count, percent } from "../page/format.ts"
/** One network configuration with what is known of it; `undefined` where a node failed or has not run. */
export interface Trial {
  readonly dataset: string
  readonly network: Network
  readonly seed: number
  /** Names of the nodes that made it, for provenance. */
  readonly nodes: Readonly<Record<string, string>>
  readonly history: ReadonlyArray<HistoryLine> | undefined
  readonly metrics: Metrics | undefined
  /** When it was taken apart, in order, the last one after training; empty where it was not to be. */
  readonly moments: ReadonlyArray<Moment>
}

/** A network's expansion after so many epochs; undefined where its node failed or has not run. */
export interface Moment {
  readonly epoch: number
  readonly analysis: Expansion | undefined
}

export type Status = "finished" | "diverged" | "missing"

export const statusOf = ({ metrics }: Trial): Status => metrics?.status ?? "missing"

/** A trial whose training came to its end, with its scores. */
export type Finished<T extends Trial = Trial> = T & { readonly metrics: Metrics }

export const isFinished = <T extends Trial>(trial: T): trial is Finished<T> => trial.metrics?.status === "finished"

export const missingOf = <T extends Trial>(trials: ReadonlyArray<T>): ReadonlyArray<T> =>
  trials.filter((t) => t.metrics === undefined)

/** "132 of 3,168 trials finished (4.2 %), 1 diverged" */
export function coverageText(trials: ReadonlyArray<Trial>): string {
  const finished = trials.filter((t) => statusOf(t) === "finished").length
  const diverged = trials.filter((t) => statusOf(t) === "diverged").length
  const share = trials.length === 0 ? "" : ` (${percent(finished / trials.length)} %)`
  return `${finished} of ${count(trials.length, "trial")} finished${share}${diverged > 0 ? `, ${diverged} diverged` : ""}`
}
