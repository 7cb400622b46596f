/** What the study of ablations compares: in each part one thing is changed, level by level, for networks of all depths. */
import { log } from "../../network/math.ts"
import { overdetermination } from "../../network/network.ts"
import type { Expansion } from "../../results/expansion.ts"
import { spearman } from "../../statistics/trend.ts"
import { commonLevel, ln, validationAtLoss } from "../evidence/equal-loss.ts"
import { distinct, groupBy } from "../evidence/groups.ts"
import type { Priced } from "../evidence/prices.ts"
import { type Finished, isFinished } from "../evidence/trial.ts"

/** What a part changes. */
export const PARTS = {
  residual: "residual connections",
  depth: "depth between 1 and N",
  activation: "activation",
  rate: "learning rate",
  batch: "batch",
  subset: "Q by the number of images",
  width: "Q by the number of filters",
  scale: "scale of the branch",
  gain: "scale of the initial values"
} as const
export type Part = keyof typeof PARTS

/** The same in a question: "about equal, …?" */
export const WHATEVER: Partial<Record<Part, string>> = {
  residual: "with residual connections and without",
  activation: "whatever the activation",
  rate: "whatever the learning rate",
  batch: "whatever the batch",
  subset: "whatever Q, by the number of images",
  width: "whatever Q, by the number of filters",
  scale: "whatever the scale of the branch"
}

/** A network in a part of the study, at one of its levels. */
export interface Ablated<T = Priced> {
  readonly part: Part
  /** "learning rate 0.003" */
  readonly level: string
  readonly trial: T
  /** R_1 of a sequential network by epoch, where it was taken apart. */
  readonly expansions: ReadonlyArray<{ readonly epoch: number; readonly found: Expansion | undefined }>
}

/** Sequential and parallel network of one seed. */
export type Pair = readonly [deep: Ablated, shallow: Ablated]

/** One level of one part. */
export interface Cell {
  readonly part: Part
  readonly level: string
  readonly networks: ReadonlyArray<Ablated>
}

export const cellsOf = (all: ReadonlyArray<Ablated>): ReadonlyArray<Cell> =>
  [...groupBy(all, ({ part, level }) => `${part}/${level}`).values()].map((networks) => {
    const [{ part, level }] = networks
    return { part, level, networks }
  })

/** Networks of a depth against the parallel ones of the same seed. */
export function pairsAt({ networks }: Cell, depth: number): ReadonlyArray<Pair> {
  const shallow = networks.filter(({ trial }) => trial.network.depth === 1)
  return networks
    .filter(({ trial }) => trial.network.depth === depth)
    .flatMap((deep) => {
      const other = shallow.find(({ trial }) => trial.seed === deep.trial.seed)
      return other === undefined || other === deep ? [] : [[deep, other] as const]
    })
}
export const deepPairs = (cell: Cell): ReadonlyArray<Pair> => pairsAt(cell, cell.networks[0].trial.network.layers)

/** Depths of a cell but that of the parallel network, the deepest first. */
export const depthsIn = ({ networks }: Cell): ReadonlyArray<number> =>
  distinct(networks.map(({ trial }) => trial.network.depth))
    .filter((depth) => depth > 1)
    .toSorted((a, b) => b - a)

/** ln validation loss, deep less shallow, at equal training loss. */
export const atEqualLoss = ([deep, shallow]: Pair): number | undefined => validationAtLoss([deep.trial, shallow.trial])

/** Something of both networks at the end, deep less shallow. */
export const atEnd =
  (of: (trial: Finished<Priced>) => number) =>
  ([deep, shallow]: Pair): number | undefined =>
    isFinished(deep.trial) && isFinished(shallow.trial) ? of(deep.trial) - of(shallow.trial) : undefined

export const lnTraining = ({ metrics }: Finished<Priced>): number => ln(metrics.train.loss)
export const lnValidation = ({ metrics }: Finished<Priced>): number => ln(metrics.validation.loss)
export const gap = ({ metrics }: Finished<Priced>): number => metrics.validation.loss - metrics.train.loss

export const ratioIn = ({ networks: [{ trial }] }: Cell): number => overdetermination(trial.network, trial.examples)

/** Cells of both ways to a Q, in pairs whose Q are the same within a twentieth; without those that are one network. */
export function equalRatios(cells: ReadonlyArray<Cell>): ReadonlyArray<readonly [subset: Cell, width: Cell]> {
  const widths = cells.filter(({ part }) => part === "width")
  return cells
    .filter(({ part }) => part === "subset")
    .flatMap((subset) => {
      const width = widths.find((one) => Math.abs(ratioIn(one) / ratioIn(subset) - 1) < 0.05)
      const isSame = width?.networks[0].trial.network.filters === subset.networks[0].trial.network.filters
      return width === undefined || isSame ? [] : [[subset, width] as const]
    })
}

/** R_1 of the deep network where both have come down to the same training loss, between the epochs by its logarithm. */
export function remainderAtLoss([deep, shallow]: Pair): number | undefined {
  const level = commonLevel(deep.trial, shallow.trial)
  if (level === undefined) return undefined
  const points = deep.expansions.flatMap(({ epoch, found }) => {
    const loss = deep.trial.history?.find((line) => line.epoch === epoch)?.loss
    const remainder = found?.exact[1]?.remainder
    return typeof loss !== "number" || typeof remainder !== "number" ? [] : [{ loss, remainder }]
  })
  if (points.length === 0) return undefined
  const k = points.findIndex(({ loss }) => loss <= level)
  if (k < 0) return points[points.length - 1].remainder
  if (k === 0) return points[0].remainder
  const [before, here] = [points[k - 1], points[k]]
  const fall = ln(before.loss) - ln(here.loss)
  const part = fall === 0 ? 1 : (ln(before.loss) - ln(level)) / fall
  return before.remainder + part * (here.remainder - before.remainder)
}

/** A network of the part `scale`: how its branch is scaled, R_1 and the difference at equal training loss. */
export interface Predicted {
  readonly rule: string
  readonly dataset: string
  readonly layers: number
  readonly seed: number
  readonly remainder: number
  readonly difference: number
}

/** The rule of a level, "λ = 1/N, 16 layers, digits" → "λ = 1/N". */
export const ruleOf = ({ level }: Pick<Cell, "level">): string => level.split(", ")[0]

export const predictedIn = (cells: ReadonlyArray<Cell>): ReadonlyArray<Predicted> =>
  cells
    .filter(({ part }) => part === "scale")
    .flatMap((cell) =>
      deepPairs(cell).flatMap((pair) => {
        const [remainder, difference] = [remainderAtLoss(pair), atEqualLoss(pair)]
        if (remainder === undefined || difference === undefined) return []
        const [{ trial }] = pair
        const { dataset, network, seed } = trial
        return [{ rule: ruleOf(cell), dataset, layers: network.layers, seed, remainder, difference }]
      })
    )

/** Fewer networks of a seed tell no correlation. */
const FEWEST = 4

/** Spearman's correlation of R_1 and the size of the difference, over depths and data sets at one scale, one a seed. */
export function predictions(points: ReadonlyArray<Predicted>): ReadonlyArray<number> {
  return [...groupBy(points, ({ seed }) => String(seed)).values()].flatMap((own) => {
    if (own.length < FEWEST) return []
    const found = spearman(
      own.map(({ remainder }) => remainder),
      own.map(({ difference }) => Math.abs(difference))
    )
    return found === undefined ? [] : [found.rho]
  })
}

export const FACTOR = log(1.1)
