/** Intervals of the overdetermination ratio Q, and what the paper found in each. */

export interface QInterval {
  readonly label: string
  readonly low: number
  readonly high: number
}

/** The paper's intervals of the overdetermination ratio. */
export const intervals: ReadonlyArray<QInterval> = [
  { label: "[0, 1)", low: 0, high: 1 },
  { label: "[1, 3)", low: 1, high: 3 },
  { label: "[3, 10)", low: 3, high: 10 },
  { label: "[10, ∞)", low: 10, high: Number.POSITIVE_INFINITY }
]
export const allQ: QInterval = { label: "all", low: 0, high: Number.POSITIVE_INFINITY }

export const contains = ({ low, high }: QInterval, q: number | undefined): boolean =>
  q !== undefined && low <= q && q < high

/** Table 2 of arXiv 2309.08414: mean training and validation loss by interval of Q, as `intervals`. */
export const paperLosses = {
  MNIST: {
    sequential: { train: [0.00013, 0.01702, 0.0362, 0.11246], validation: [0.05201, 0.12449, 0.11743, 0.1355] },
    parallel: { train: [0.00009, 0.02679, 0.05238, 0.1331], validation: [0.07551, 0.11468, 0.11467, 0.149] }
  },
  CIFAR10: {
    sequential: { train: [0.25326, 0.7251, 1.07333, 1.58608], validation: [2.03107, 1.31691, 1.34721, 1.65354] },
    parallel: { train: [0.52658, 0.88701, 1.17085, 1.63449], validation: [1.32386, 1.24884, 1.34227, 1.68879] }
  }
} as const

/** The paper's data set whose images a data set of ours are; `digits` are 10,000 of MNIST's. */
export function paperDataset(dataset: string): keyof typeof paperLosses | undefined {
  return dataset === "mnist" || dataset === "digits" ? "MNIST" : dataset === "cifar10" ? "CIFAR10" : undefined
}

/** Where one interval ends and the next begins. */
export const borders: ReadonlyArray<number> = intervals.slice(1).map(({ low }) => low)
