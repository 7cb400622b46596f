/** What trainings by several methods came to, cell by cell: a cell is a data set, its number of examples, an activation. */
import { log } from "../../network/math.ts"
import { type Network, overdetermination } from "../../network/network.ts"
import type { Metrics } from "../../results/metrics.ts"
import { estimate, type Interval, mean } from "../../statistics/statistics.ts"
import { type Evidence, judge, type Verdict } from "../../statistics/verdict.ts"
import { ascending, distinct, groupBy } from "../evidence/groups.ts"

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
  /** At 95 %; undefined below six seeds. */
  readonly interval: Interval | undefined
  readonly verdict: Verdict
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

/** Differences of one method in one cell, a seed each. */
interface Pairs {
  readonly training: ReadonlyArray<number>
  readonly validation: ReadonlyArray<number>
}

function pairsOf(outcomes: ReadonlyArray<Outcome>, deep: number, shallow: number): Pairs | undefined {
  const pairs = [...groupBy(outcomes.filter(isFinished), ({ seed }) => String(seed)).values()].flatMap((own) => {
    const [one, other] = [deep, shallow].map((depth) => own.find(({ network }) => network.depth === depth))
    return one === undefined || other === undefined || deep === shallow ? [] : [{ deep: one, shallow: other }]
  })
  if (pairs.length === 0) return undefined
  return {
    training: pairs.map(({ deep, shallow }) => lnLoss(finalLoss(deep)) - lnLoss(finalLoss(shallow))),
    validation: pairs.map(({ deep, shallow }) => deep.metrics.validation.loss - shallow.metrics.validation.loss)
  }
}

/** Judged together: all methods in all cells are one family. */
function judged(family: ReadonlyArray<ReadonlyArray<number>>, margin: number): ReadonlyArray<Difference> {
  const evidence = family.map((differences): Evidence => {
    return { differences, estimate: differences.length > 1 ? estimate(differences) : undefined }
  })
  return judge(evidence, margin).map(({ verdict, interval }, i) => ({ mean: mean(family[i]), interval, verdict }))
}

export function cellsOf(outcomes: ReadonlyArray<Outcome>): ReadonlyArray<Cell> {
  const key = ({ dataset, examples, network }: Outcome) => `${dataset}-${examples}-${network.activation}`
  const raw = [...groupBy(outcomes, key)].map(([name, own]) => {
    const [{ dataset, examples, network }] = own
    const depths = [...distinct(own.map((one) => one.network.depth))].sort(ascending).reverse()
    const methods = distinct(own.map(({ method }) => method)).map((method) => {
      const mine = own.filter((one) => one.method === method)
      return { method, outcomes: mine, pairs: pairsOf(mine, depths[0], depths[depths.length - 1]) }
    })
    const ratio = overdetermination(network, examples)
    return { name, dataset, examples, ratio, activation: network.activation, depths, methods }
  })
  const all = raw.flatMap(({ methods }) => methods.flatMap(({ pairs }) => pairs ?? []))
  const training = judged(
    all.map((pairs) => pairs.training),
    MARGINS.training
  )
  const validation = judged(
    all.map((pairs) => pairs.validation),
    MARGINS.validation
  )
  const contrastOf = (pairs: Pairs | undefined): Contrast | undefined => {
    if (pairs === undefined) return undefined
    const i = all.indexOf(pairs)
    return { seeds: pairs.training.length, training: training[i], validation: validation[i] }
  }
  return raw.map(({ methods, ...cell }) => ({
    ...cell,
    methods: methods.map(({ pairs, ...series }) => ({ ...series, contrast: contrastOf(pairs) }))
  }))
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
