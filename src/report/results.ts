/**
 * What a study's trials give to its report: the shapes of the artifacts `history`, `metrics` and `terms`.
 */
import type { Network } from "../network/network.ts"
import type { HistoryLine } from "../optimize/history.ts"

export type { HistoryLine }

export interface SplitMetrics {
  readonly count: number
  readonly loss: number // mean cross-entropy, nats; NaN (null in JSON) where it is not finite
  readonly accuracy: number // 0 … 1
}

/** Artifact `metrics` of the stage evaluate (JSON): scores of the trained network. */
export interface Metrics {
  readonly status: "finished" | "diverged"
  readonly epochs: number // epochs that were run
  readonly parameters: number // P
  readonly overdetermination: number // Q
  readonly train: SplitMetrics
  readonly validation: SplitMetrics
}

/**
 * Artifact `terms` of the stage expand (JSON): the exact Taylor terms T_k of SCIENCE "A", over the blocks of the
 * network, on `examples` validation images. Sums run over examples; norms are over h_d.
 */
export interface Terms {
  readonly examples: number
  readonly blocks: number // d: the layers of the expansion
  readonly at: "initial" | "trained"
  readonly terms: ReadonlyArray<{
    readonly order: number // k
    /** ‖T_k‖² / ‖H − x‖², ratio of sums over examples; null where H = x everywhere. */
    readonly norm: number | null
    /** ⟨T_k, H − x⟩ / ‖H − x‖²; with the remainder's these sum to 1 over k ≥ 1. */
    readonly share: number | null
    /** R_k = ‖H − Σ_{m≤k} T_m‖ / ‖H − x‖: what is left after this order; may exceed 1. */
    readonly remainder: number | null
    /** The sum truncated after this order, through the trained dense layer. */
    readonly loss: number
    readonly accuracy: number
  }>
  /** Scores of the whole network on the same examples. */
  readonly loss: number
  readonly accuracy: number
  /** Examples with H = x, which have no ratio of their own. */
  readonly unchanged: number
}

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

/** Reads the artifact `metrics`, whose losses are null where they are not finite. */
export function readMetrics(bytes: Uint8Array): Metrics {
  return JSON.parse(new TextDecoder().decode(bytes), (name, value) =>
    name === "loss" && value === null ? Number.NaN : value
  )
}
