/** The paper's Table 2, cell by cell beside the paper's numbers, and how much of the grid stands behind each cell. */

import { ascending, distinct, seriesIn, seriesOf } from "../evidence/grid.ts"
import { type GridTrial, inside, meanLosses } from "../evidence/grid-trial.ts"
import { intervals, paperDataset, paperLosses } from "../evidence/intervals.ts"
import { lossWords } from "../evidence/loss.ts"
import { coverageText, statusOf, type Trial } from "../evidence/trial.ts"
import { fiveDecimals, list, percent } from "../page/format.ts"
import type { Cell, Table } from "../page/tables.ts"

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
    note: `${lossWords(trials).note}: mean over seeds of the mean over configurations. Networks of one layer count in both rows. A cell that is covered in part holds the means of that part, which is its cheaper networks first.`,
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
