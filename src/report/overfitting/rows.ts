/** What the study of overfitting compares, cell by cell: a cell is a part of the study, a slice of Q, a share of wrong labels. */
import { log } from "../../network/math.ts"
import { parameterCount } from "../../network/network.ts"
import type { Metrics } from "../../results/metrics.ts"
import { judgeInLooks, type Looked } from "../../statistics/sequential.ts"
import { mean } from "../../statistics/statistics.ts"
import { slope } from "../../statistics/trend.ts"
import { ascending, distinct, groupBy } from "../evidence/groups.ts"
import type { Priced } from "../evidence/prices.ts"
import { type Finished, isFinished, ratioOf, type Trial } from "../evidence/trial.ts"

/**
 * depth: blocks of one network, P exactly equal; width: filters against layers at about equal P; minimum: the networks of
 * depth, trained on to the criterion.
 */
export type Part = "depth" | "width" | "minimum"

export interface Cell {
  readonly part: Part
  readonly examples: number // K
  readonly ratio: number // Q, of its first network
  readonly noise: number // share of the training labels that are wrong
  readonly trials: ReadonlyArray<Priced>
}

export interface Training {
  readonly part: Part
  readonly trial: Priced
}

const noiseOf = ({ settings }: Trial): number => (typeof settings.labelNoise === "number" ? settings.labelNoise : 0)

export function cellsOf(trainings: ReadonlyArray<Training>): ReadonlyArray<Cell> {
  const groups = groupBy(trainings, ({ part, trial }) => `${part}/${trial.examples}/${noiseOf(trial)}`)
  return [...groups.values()].map((own): Cell => {
    const [{ part, trial }] = own
    const trials = own.map((one) => one.trial)
    return { part, examples: trial.examples, ratio: ratioOf(trial), noise: noiseOf(trial), trials }
  })
}

/** A network's score, if it has what it takes. `level`: the training loss at which networks of the cell are compared. */
export interface Measure {
  readonly name: string
  readonly title: string
  readonly of: (trial: Finished, level: number) => number | undefined
  readonly margin: number
  readonly marginText: string
}

/** A loss below this counts as this in logarithms. */
const LEAST = 1e-8
const ln = (loss: number): number => log(Math.max(loss, LEAST))
const gapOf = ({ train, validation }: Metrics): number => validation.loss - train.loss

/** Validation losses of the epochs; the one before training is none of them. */
const epochs = ({ history = [] }: Trial) => history.filter(({ epoch, loss }) => epoch > 0 && loss !== null)

export const GAP: Measure = {
  name: "gap",
  title: "gap (validation − training loss)",
  of: ({ metrics }) => gapOf(metrics),
  margin: 0.02,
  marginText: "0.02 nats"
}
export const MEMORIZED: Measure = {
  name: "memorized",
  title: "share of the wrong labels that is memorized",
  of: ({ metrics }) => metrics.memorization?.memorized ?? undefined,
  margin: 0.02,
  marginText: "2 points"
}
export const MEASURES: ReadonlyArray<Measure> = [
  GAP,
  {
    name: "ratio",
    title: "ln (validation / training loss)",
    of: ({ metrics }) => ln(metrics.validation.loss) - ln(metrics.train.loss),
    margin: log(1.1),
    marginText: "a factor of 1.1"
  },
  {
    name: "validation",
    title: "ln validation loss",
    of: ({ metrics }) => ln(metrics.validation.loss),
    margin: log(1.1),
    marginText: "a factor of 1.1"
  },
  {
    name: "overtrained",
    title: "validation loss, last − best epoch",
    of: (trial) => {
      const losses = epochs(trial).map(({ validationLoss }) => validationLoss)
      return losses.length === 0 ? undefined : losses[losses.length - 1] - Math.min(...losses)
    },
    margin: 0.02,
    marginText: "0.02 nats"
  },
  {
    name: "matched",
    title: "validation loss at equal training loss",
    of: (trial, level) => epochs(trial).find(({ loss }) => loss !== null && loss <= level)?.validationLoss,
    margin: 0.02,
    marginText: "0.02 nats"
  },
  MEMORIZED,
  {
    name: "corrupted",
    title: "error on corrupted images",
    of: ({ metrics }) => metrics.meanCorruptionError,
    margin: 0.005,
    marginText: "0.5 points"
  }
]

/** The running training loss that every network of a cell comes down to: the largest of their least ones. */
export function levelOf({ trials }: Cell): number {
  const least = trials
    .filter(isFinished)
    .map((trial) => Math.min(...epochs(trial).map(({ loss }) => loss ?? Number.NaN)))
  return Math.max(...least.filter(Number.isFinite), 0)
}

/** What is taken from what: networks of one seed. */
export type Contrast = "parallel − sequential" | "more filters − more layers"

export interface Comparison {
  readonly cell: Cell
  readonly contrast: Contrast
  readonly measure: Measure
  /** One a seed. */
  readonly differences: ReadonlyArray<number>
  readonly seeds: number // of the cell
  readonly looked: Looked
}

/** The networks that a contrast sets against each other, in pairs. */
function pairsOf({ part, trials }: Cell, contrast: Contrast): ReadonlyArray<readonly [Finished, Finished]> {
  const done = trials.filter(isFinished)
  if (contrast === "parallel − sequential")
    return done.flatMap((parallel): ReadonlyArray<readonly [Finished, Finished]> => {
      const { layers, filters, depth } = parallel.network
      const deep = done.find(
        ({ network, seed }) =>
          seed === parallel.seed && network.filters === filters && network.layers === layers && network.depth === layers
      )
      return depth !== 1 || layers === 1 || deep === undefined ? [] : [[parallel, deep]]
    })
  if (part !== "width") return []
  const deep = done.filter(({ network }) => network.depth === network.layers)
  const all = distinct(trials.map(({ network }) => network.filters)).toSorted(ascending)
  return distinct(deep.map(({ seed }) => seed)).flatMap((seed): ReadonlyArray<readonly [Finished, Finished]> => {
    const [narrow, wide] = [all[0], all[all.length - 1]].map((filters) =>
      deep.find((one) => one.seed === seed && one.network.filters === filters)
    )
    return narrow === undefined || wide === undefined || narrow === wide ? [] : [[wide, narrow]]
  })
}

/** All comparisons after equal epochs that have a pair; those of one contrast and measure are a family. */
export function comparisonsOf(all: ReadonlyArray<Cell>): ReadonlyArray<Comparison> {
  const cells = all.filter(({ part }) => part !== "minimum")
  const contrasts = ["parallel − sequential", "more filters − more layers"] as const
  const seeds = Math.max(2, ...cells.map(({ trials }) => distinct(trials.map((t) => t.seed)).length))
  return contrasts.flatMap((contrast) =>
    MEASURES.flatMap((measure) => {
      const family = cells.flatMap((cell) => {
        const level = levelOf(cell)
        const values = pairsOf(cell, contrast).flatMap(([one, other]) => {
          const [a, b] = [measure.of(one, level), measure.of(other, level)]
          return a === undefined || b === undefined ? [] : [{ seed: one.seed, value: a - b }]
        })
        const differences = [...groupBy(values, ({ seed }) => String(seed)).values()].map((own) =>
          mean(own.map(({ value }) => value))
        )
        return differences.length === 0 ? [] : [{ cell, differences }]
      })
      const judged = judgeInLooks(
        family.map(({ differences }) => differences),
        measure.margin,
        [seeds]
      )
      return family.map((one, i) => ({ ...one, contrast, measure, seeds, looked: judged[i] }))
    })
  )
}

/** What of the wrong labels a network has memorized, over the slices of Q, at one share of wrong labels. */
export interface Fitted {
  /** After equal epochs (depth), or of those networks that came to the criterion (minimum). */
  readonly part: "depth" | "minimum"
  readonly noise: number
  readonly depth: number
  readonly points: ReadonlyArray<{ readonly ratio: number; readonly memorized: number; readonly seeds: number }>
  /** Per seed: the slope of ln memorized over ln Q, which is −1 where the share falls like 1/Q. */
  readonly slopes: ReadonlyArray<number>
  /** Networks that came to the criterion, and those that did not. */
  readonly reached: number
  readonly missed: number
}

/** A training that goes on to the criterion ends there by its running loss; one of equal epochs is scored at its end. */
const reaches = ({ part }: Cell, trial: Finished, criterion: number): boolean => {
  const last = epochs(trial).at(-1)?.loss ?? undefined
  return part === "minimum" && last !== undefined ? last <= criterion : trial.metrics.train.loss <= criterion
}

/** Networks with wrong labels, by how they were trained, the share of these labels, and their depth. */
export function fittedOf(cells: ReadonlyArray<Cell>, criterion: number): ReadonlyArray<Fitted> {
  return (["minimum", "depth"] as const).flatMap((part) => {
    const trained = cells
      .filter((cell) => cell.part === part && cell.noise > 0)
      .flatMap((cell) => cell.trials.map((trial) => ({ cell, trial })))
    const groups = groupBy(trained, ({ trial }) => `${noiseOf(trial)}/${trial.network.depth}`)
    return [...groups.values()].map((own): Fitted => {
      const done = own.flatMap(({ cell, trial }) => (isFinished(trial) ? [{ cell, trial }] : []))
      const reached = done.filter(({ cell, trial }) => reaches(cell, trial, criterion))
      const counted = (part === "minimum" ? reached : done).map(({ trial }) => trial)
      const { points, slopes } = fallOf(counted)
      const [{ trial }] = own
      const counts = { reached: reached.length, missed: done.length - reached.length }
      return { part, noise: noiseOf(trial), depth: trial.network.depth, points, slopes, ...counts }
    })
  })
}

/** What of the wrong labels is memorized at each Q, and its slope, a seed each that has two. */
function fallOf(trials: ReadonlyArray<Finished>): Pick<Fitted, "points" | "slopes"> {
  const memorized = (trial: Finished) => trial.metrics.memorization?.memorized ?? Number.NaN
  const points = [...groupBy(trials, (t) => String(t.examples)).values()].map((slice) => ({
    ratio: ratioOf(slice[0]),
    memorized: mean(slice.map(memorized)),
    seeds: slice.length
  }))
  const slopes = [...groupBy(trials, (t) => String(t.seed)).values()].flatMap((seed) => {
    const x = seed.map((t) => ln(ratioOf(t)))
    const y = seed.map((t) => log(Math.max(memorized(t), 1e-3)))
    return seed.length < 2 ? [] : [slope(x, y)]
  })
  return { points: points.toSorted((a, b) => a.ratio - b.ratio), slopes }
}

/** P of each network of a part, from few filters to many. */
export const sizesOf = (cells: ReadonlyArray<Cell>, part: Part): ReadonlyArray<string> =>
  distinct(
    cells
      .filter((cell) => cell.part === part)
      .flatMap(({ trials }) => trials.map(({ network }) => network))
      .toSorted((a, b) => a.filters - b.filters)
      .map((network) => `${network.filters} × ${network.layers} (P ${parameterCount(network).toLocaleString("en-US")})`)
  )
