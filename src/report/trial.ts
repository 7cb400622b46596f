/** A trial as reports see it. */
import type { Network } from "../network/network.ts"
import type { HistoryLine } from "../results/history.ts"
import type { Metrics } from "../results/metrics.ts"
import type { Terms } from "../results/terms.ts"

/** One network configuration with what is known of it; `undefined` where a node failed or has not run. */
export interface Trial {
  readonly dataset: string
  readonly network: Network
  readonly seed: number
  /** Names of the nodes that made it, for provenance. */
  readonly nodes: Readonly<Record<string, string>>
  readonly history: ReadonlyArray<HistoryLine> | undefined
  readonly metrics: Metrics | undefined
  readonly terms: ReadonlyArray<Terms> | undefined // at initialization and after training
}
