/** The paper's Table 2, cell by cell beside the paper's numbers, and how much of the grid stands behind each cell. */

import { overdetermination } from "../network/network.ts"
import { mean } from "../statistics/statistics.ts"
import { intervals, paperDataset, paperLosses, type QInterval } from "./evidence.ts"
import { count, fiveDecimals, list, percent } from "./format.ts"
import { ascending, bySeries, distinct, groupBy, type Series, seriesOf, statusOf } from "./grid.ts"
import type { Priced } from "./prices.ts"
import type { Cell, Table } from "./tables.ts"
import type { Trial } from "./trial.ts"

/** A trial of a grid: also where it has not run, its Q and its price are known. */
export interface GridTrial extends Priced {
  readonly examples: number // K, that it trains on
  /** It trains on a part of the training set. */
  readonly subset: boolean
}

export const ratio = ({ network, examples }: GridTrial): number => overdetermination(network, examples)

export const inside = (trials: ReadonlyArray<GridTrial>, { low, high }: QInterval): ReadonlyArray<GridTrial> =>
  trials.filter((trial) => low <= ratio(trial) && ratio(trial) < high)

export const seriesIn = (trials: ReadonlyArray<Trial>): ReadonlyArray<Series> =>
  [...distinct(trials.flatMap((trial) => seriesOf(trial.network)))].sort(bySeries)

/** Mean over seeds of the mean over configurations; undefined where nothing finished. */
export function meanLosses(trials: ReadonlyArray<Trial>) {
  const seeds = [
    ...groupBy(
      trials.filter((t) => statusOf(t) === "finished"),
      (t) => String(t.seed)
    ).values()
  ]
  if (seeds.length === 0) return undefined
  const average = (split: "train" | "validation") =>
    mean(seeds.map((group) => mean(group.map((t) => t.metrics![split].loss))))
  const [train, validation] = [average("train"), average("validation")]
  return { train, validation, gap: validation - train, seeds: seeds.length }
}

/** Coverage columns: how many trials of a group finished, of how many; diverged ones are in no mean. */
const covered = (trials: ReadonlyArray<Trial>): ReadonlyArray<Cell> => {
  const of = (status: string) => trials.filter((t) => statusOf(t) === status).length
  return [of("finished"), of("diverged"), trials.length, trials.length === 0 ? null : of("finished") / trials.length]
}
const coverageColumns = [
  { name: "finished", title: "finished", group: "Trials" },
  { name: "diverged", title: "diverged", group: "Trials" },
  { name: "trials", title: "of", group: "Trials" },
  { name: "coverage", title: "%", group: "Trials", format: percent }
]

/** Table 2 for one data set. */
export function table2(trials: ReadonlyArray<GridTrial>, dataset: string): Table {
  const name = paperDataset(dataset)
  const rows = intervals.flatMap((interval, i) =>
    seriesIn(trials).flatMap((series): ReadonlyArray<ReadonlyArray<Cell>> => {
      const cell = inside(trials, interval).filter((t) => seriesOf(t.network).includes(series))
      const here = meanLosses(cell)
      const paper =
        name !== undefined && (series === "sequential" || series === "parallel") ? paperLosses[name][series] : undefined
      if (cell.length === 0 && paper === undefined) return []
      const [train, validation] = [paper?.train[i], paper?.validation[i]]
      return [
        [
          interval.label,
          series,
          here?.train ?? null,
          train ?? null,
          here?.validation ?? null,
          validation ?? null,
          here?.gap ?? null,
          train === undefined ? null : Number((validation! - train).toFixed(5)),
          here?.seeds ?? 0,
          ...covered(cell)
        ]
      ]
    })
  )
  const pair = (column: string, group: string) => [
    { name: column, title: "here", group, format: fiveDecimals },
    { name: `paper_${column}`, title: "paper", group, format: fiveDecimals }
  ]
  return {
    name: `table-2-${dataset}`,
    title: `Mean loss by interval of Q (${dataset}), beside the paper's Table 2`,
    note: "Cross-entropy in nats: mean over seeds of the mean over configurations. Networks of one layer count in both rows. A cell that is covered in part holds the means of that part, which is its cheaper networks first.",
    columns: [
      { name: "q", title: "Q" },
      { name: "architecture", title: "Architecture" },
      ...pair("training_loss", "Training loss"),
      ...pair("validation_loss", "Validation loss"),
      ...pair("gap", "Gap"),
      { name: "seeds", title: "Seeds" },
      ...coverageColumns
    ],
    rows
  }
}

/** How much of the grid is there, by layers and filters. */
export function coverageTable(trials: ReadonlyArray<GridTrial>, dataset: string): Table {
  const filters = [...distinct(trials.map((t) => t.network.filters))].sort(ascending)
  const layers = [...distinct(trials.map((t) => t.network.layers))].sort(ascending)
  return {
    name: `coverage-${dataset}`,
    title: `Finished trials of the grid (${dataset})`,
    columns: [
      { name: "layers", title: "Layers" },
      ...filters.map((f) => ({ name: `filters_${f}`, title: String(f), group: "Filters" }))
    ],
    rows: layers.map((n) => [
      n,
      ...filters.map((f) => {
        const cell = trials.filter((t) => t.network.layers === n && t.network.filters === f)
        return `${cell.filter((t) => statusOf(t) === "finished").length} / ${cell.length}`
      })
    ])
  }
}

/** Small networks on subsets of the training set, by interval of Q. */
export function subsetTable(trials: ReadonlyArray<GridTrial>, whole: ReadonlyArray<GridTrial>, dataset: string): Table {
  const shown = intervals.filter((interval) => inside(trials, interval).length > 0)
  const values = (of: (t: GridTrial) => number) => list([...distinct(trials.map(of))].sort(ascending).map(String))
  const small = `${values((t) => t.network.layers)} layers, ${values((t) => t.network.filters)} ${trials.every((t) => t.network.filters === 1) ? "filter" : "filters"}`
  const cells = shown.flatMap((interval) => inside(whole, interval))
  const large = cells.length === 0 ? "this grid has none of them" : `of those in this grid ${coverageText(cells)}`
  return {
    name: `subsets-${dataset}`,
    title: `Small Q by subsets of the training set (${dataset})`,
    note: `In the paper large networks fill these intervals; ${large}. This table reaches them by subsets of the training set instead, with small networks (${small}): the same Q, but not the paper's networks, and its losses are not to be compared with those of the table above.`,
    columns: [
      { name: "q", title: "Q" },
      { name: "architecture", title: "Architecture" },
      { name: "images", title: "Training images" },
      { name: "training_loss", title: "Training loss", format: fiveDecimals },
      { name: "validation_loss", title: "Validation loss", format: fiveDecimals },
      { name: "gap", title: "Gap", format: fiveDecimals },
      { name: "seeds", title: "Seeds" },
      ...coverageColumns
    ],
    rows: shown.flatMap((interval) =>
      seriesIn(trials).map((series) => {
        const cell = inside(trials, interval).filter((t) => seriesOf(t.network).includes(series))
        const here = meanLosses(cell)
        const sizes = [...distinct(cell.map((t) => t.examples))].sort(ascending)
        return [
          interval.label,
          series,
          list(sizes.map(String)),
          here?.train ?? null,
          here?.validation ?? null,
          here?.gap ?? null,
          here?.seeds ?? 0,
          ...covered(cell)
        ]
      })
    )
  }
}

/** "132 of 3,168 trials finished (4.2 %), 1 diverged" */
export function coverageText(trials: ReadonlyArray<Trial>): string {
  const finished = trials.filter((t) => statusOf(t) === "finished").length
  const diverged = trials.filter((t) => statusOf(t) === "diverged").length
  const share = trials.length === 0 ? "" : ` (${percent(finished / trials.length)} %)`
  return `${finished} of ${count(trials.length, "trial")} finished${share}${diverged > 0 ? `, ${diverged} diverged` : ""}`
}
