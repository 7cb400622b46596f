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
 * One order of an expansion of H = h_d about x = h_0, and what the sum up to it is worth. Norms are over h_d; ratios are
 * ratios of sums over the examples, null where H = x in all of them.
 */
export interface Order {
  readonly order: number // k
  /** ‖T_k‖² / ‖H − x‖² */
  readonly norm: number | null
  /** ⟨T_k, H − x⟩ / ‖H − x‖²; with the remainder's these sum to 1 over k ≥ 1. */
  readonly share: number | null
  /** R_k = ‖H − Σ_{m≤k} T_m‖ / ‖H − x‖: what is left after this order; may exceed 1. */
  readonly remainder: number | null
  /** Quartiles of R_k over the examples with H ≠ x. */
  readonly quartiles: Quartiles | null
  /** The sum truncated after this order, through the trained dense layer. */
  readonly loss: number
  readonly accuracy: number
}

/** First quartile, median, third quartile. */
export type Quartiles = readonly [number, number, number]

/**
 * Artifact `terms` of the stage expand (JSON): the exact Taylor terms T_k of SCIENCE "A", over the blocks of the
 * network, on `examples` validation images.
 */
export interface Terms {
  readonly examples: number
  readonly blocks: number // d: the layers of the expansion
  readonly at: "initial" | "trained"
  readonly terms: ReadonlyArray<Order>
  /** Scores of the whole network on the same examples. */
  readonly loss: number
  readonly accuracy: number
  /** Examples with H = x, which have no ratio of their own. */
  readonly unchanged: number
}

/** One length of the gradient by path length (SCIENCE "C"); ratios of sums over the examples. */
export interface PathLength {
  readonly length: number // k
  /** ‖a_k‖² / ‖∂L/∂x‖² */
  readonly norm: number | null
  /** ⟨a_k, ∂L/∂x⟩ / ‖∂L/∂x‖²; these sum to 1 over all k. */
  readonly share: number | null
  /** Σ_{|S|=k} ‖g_S‖ / ‖∂L/∂x‖, which ignores that paths cancel; null where there are too many paths. */
  readonly separately: number | null
}

/** One block where the trained network passes it. */
export interface BlockMeasures {
  /** ‖J_j‖, its largest singular value: quartiles over the examples. */
  readonly norm: Quartiles
  /** Share of ReLU masks that are others where the block sees x (as in T_0 + T_1); null for other activations. */
  readonly flippedAtInput: number | null
  /** The same where it sees T_0 + T_1 of the blocks before it. */
  readonly flippedAtFirstOrder: number | null
}

/** Artifact `expansion` of the stage dissect (JSON): a network's expansion in full, at one moment of its training. */
export interface Expansion extends Omit<Terms, "at" | "terms"> {
  /** ‖H − x‖ / ‖x‖: how much the blocks do. */
  readonly change: number | null
  /** A: the exact terms T_k. */
  readonly exact: ReadonlyArray<Order>
  /** B: the frozen-affine spectrum e_k; `bent` is ‖T_k − e_k‖ / ‖H − x‖ where T_k is known. */
  readonly frozen: ReadonlyArray<Order & { readonly bent: number | null }>
  /** C: the loss's gradient by x, by path length. */
  readonly gradient: ReadonlyArray<PathLength>
  readonly perBlock: ReadonlyArray<BlockMeasures>
  /** d · max_j ‖J_j‖: quartiles over the examples. */
  readonly strength: Quartiles
}

/**
 * Artifact `readout` of the stage readout (JSON): a truncated expansion, or the whole network (`order` null), through
 * the dense layer that was trained on H, and through one trained again on this sum alone.
 */
export interface Readout {
  readonly order: number | null
  readonly trained: { readonly train: SplitMetrics; readonly validation: SplitMetrics }
  readonly retrained: { readonly train: SplitMetrics; readonly validation: SplitMetrics }
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
