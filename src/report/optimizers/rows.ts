/** What trainings by several methods came to, cell by cell: a cell is a data set, its number of examples, an activation. */
import { log } from "../../network/math.ts"
import { type Network, overdetermination } from "../../network/network.ts"
import type { Metrics } from "../../results/metrics.ts"
import { type Inference, infer, mean } from "../../statistics/statistics.ts"
import { ascending, distinct, groupBy } from "../evidence/grid.ts"

/** One moment of a training. */
export interface Moment {
  /** Passes through the training examples: evaluations and products with the curvature. */
  readonly passes: number
  readonly loss: number
  readonly validationLoss: number
  readonly gradientNorm: number | null
}

export interface Outcome {
  readonly method: string
  readonly dataset: string
  readonly examples: number // K
  readonly network: Network
  readonly seed: number
  readonly nodes: Readonly<Record<string, string>>
  readonly metrics: Metrics | undefined
  /** Its moments in order, the start first; none where it has not run. */
  readonly curve: ReadonlyArray<Moment>
  /** Why it ended: for methods of second order by name, for others when their passes are spent. */
  readonly ended: string | undefined
}

export interface Cell {
  readonly name: string
  readonly dataset: string
  readonly examples: number
  readonly ratio: number // Q
  readonly activation: string
  readonly depths: ReadonlyArray<number> // the deepest first
  readonly methods: ReadonlyArray<Series>
}

/** One method in one cell. */
export interface Series {
  readonly method: string
  readonly outcomes: ReadonlyArray<Outcome>
  /** The deepest networks against the shallowest, seed by seed; undefined where no seed has both. */
  readonly contrast: Contrast | undefined
}

export interface Contrast {
  readonly seeds: number
  /** ln of the training loss, deep − shallow. */
  readonly training: Difference
  readonly validation: Difference
}
export interface Difference {
  readonly mean: number
  readonly inference: Inference
}

/** Losses below this count as this in logarithms: some networks fit their examples to the last bit. */
const LEAST = 1e-12
export const lnLoss = (loss: number): number => log(Math.max(loss, LEAST))

export const isFinished = (outcome: Outcome): outcome is Outcome & { readonly metrics: Metrics } =>
  outcome.metrics?.status === "finished"

/** The training loss at the end: as the history has it where it is exact, else as it was scored. */
export const finalLoss = ({ metrics, curve, ended }: Outcome): number =>
  ended !== undefined && curve.length > 0 ? curve[curve.length - 1].loss : metrics!.train.loss

/** Margins of "about equal": a factor of 1.1 of the training loss, 0.02 of the validation loss. */
export const MARGINS = { training: log(1.1), validation: 0.02 }

function contrastOf(outcomes: ReadonlyArray<Outcome>, deep: number, shallow: number): Contrast | undefined {
  const pairs = [...groupBy(outcomes.filter(isFinished), ({ seed }) => String(seed)).values()].flatMap((own) => {
    const [one, other] = [deep, shallow].map((depth) => own.find(({ network }) => network.depth === depth))
    return one === undefined || other === undefined || deep === shallow ? [] : [{ deep: one, shallow: other }]
  })
  if (pairs.length === 0) return undefined
  const difference = (of: (pair: (typeof pairs)[number]) => number, margin: number): Difference => {
    const values = pairs.map(of)
    return { mean: mean(values), inference: infer(values, margin) }
  }
  return {
    seeds: pairs.length,
    training: difference((pair) => lnLoss(finalLoss(pair.deep)) - lnLoss(finalLoss(pair.shallow)), MARGINS.training),
    validation: difference(
      (pair) => pair.deep.metrics.validation.loss - pair.shallow.metrics.validation.loss,
      MARGINS.validation
    )
  }
}

export function cellsOf(outcomes: ReadonlyArray<Outcome>): ReadonlyArray<Cell> {
  const key = ({ dataset, examples, network }: Outcome) => `${dataset}-${examples}-${network.activation}`
  return [...groupBy(outcomes, key)].map(([name, own]) => {
    const [{ dataset, examples, network }] = own
    const depths = [...distinct(own.map((one) => one.network.depth))].sort(ascending).reverse()
    const methods = distinct(own.map(({ method }) => method)).map((method): Series => {
      const mine = own.filter((one) => one.method === method)
      return { method, outcomes: mine, contrast: contrastOf(mine, depths[0], depths[depths.length - 1]) }
    })
    const ratio = overdetermination(network, examples)
    return { name, dataset, examples, ratio, activation: network.activation, depths, methods }
  })
}

/** What a cell is called in sentences. */
export const cellTitle = ({ dataset, examples, activation }: Cell): string =>
  `${dataset}, ${examples} images, ${activation}`

/** The mean over finished trainings; undefined where none has finished. */
export function average(
  outcomes: ReadonlyArray<Outcome>,
  of: (one: Outcome & { readonly metrics: Metrics }) => number
) {
  const finished = outcomes.filter(isFinished)
  return finished.length === 0 ? undefined : mean(finished.map(of))
}

/** A method's training loss in a cell over all depths and seeds, geometric mean of ln; undefined where none finished. */
export const lnLossOf = ({ outcomes }: Series): number | undefined => average(outcomes, (one) => lnLoss(finalLoss(one)))
