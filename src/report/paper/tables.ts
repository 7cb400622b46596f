/** The paper's Table 2, cell by cell beside the paper's numbers, and how much of the grid stands behind each cell. */

import { inside, meanLosses } from "../evidence/cells.ts"
import { averagedOver, seriesIn, seriesOf } from "../evidence/grid.ts"
import { ascending, distinct, groupBy } from "../evidence/groups.ts"
import { intervals, paperDataset, paperLosses } from "../evidence/intervals.ts"
import { lossWords } from "../evidence/loss.ts"
import { scopeCells, scopeColumns } from "../evidence/scope.ts"
import { coverageText, isFinished, statusOf, type Trial } from "../evidence/trial.ts"
import { counts, fiveDecimals, percent } from "../page/format.ts"
import type { Cell, Table } from "../page/tables.ts"
import type { GridTrial } from "./trial.ts"

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

/** Table 2 for one scope. */
export function table2(trials: ReadonlyArray<GridTrial>): Table {
  const [{ scope }] = trials
  const name = paperDataset(scope.dataset)
  const rows = intervals.flatMap((interval, i) =>
    seriesIn(trials).flatMap((series): ReadonlyArray<ReadonlyArray<Cell>> => {
      const cell = inside(trials, interval).filter((t) => seriesOf(t.network).includes(series))
      const here = meanLosses(cell)
      const paper =
        name !== undefined && (series === "sequential" || series === "parallel") ? paperLosses[name][series] : undefined
      if (cell.length === 0 && paper === undefined) return []
      const [train, validation] = [paper?.train[i], paper?.validation[i]]
      const gap = train === undefined || validation === undefined ? null : Number((validation - train).toFixed(5))
      return [
        [
          ...scopeCells(scope),
          interval.label,
          series,
          here?.train ?? null,
          train ?? null,
          here?.validation ?? null,
          validation ?? null,
          here?.gap ?? null,
          gap,
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
    name: `table-2-${scope.slug}`,
    title: `Mean loss by interval of Q (${scope.name})${averagedOver(trials)}, beside the paper's Table 2`,
    note: `${lossWords(trials).note}: mean over configurations of their means over the seeds. Networks of one layer count in both rows. A cell that is covered in part holds the means of that part, which is its cheaper networks first: rows of unlike numbers of seeds or trials are not to be compared, the pairs in the tests below are.`,
    columns: [
      ...scopeColumns([scope]),
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
export function coverageTable(trials: ReadonlyArray<GridTrial>): Table {
  const [{ scope }] = trials
  const filters = [...distinct(trials.map((t) => t.network.filters))].sort(ascending)
  const layers = [...distinct(trials.map((t) => t.network.layers))].sort(ascending)
  return {
    name: `coverage-${scope.slug}`,
    title: `Finished trials of the grid (${scope.name})`,
    columns: [
      ...scopeColumns([scope]),
      { name: "layers", title: "Layers" },
      ...filters.map((f) => ({ name: `filters_${f}`, title: String(f), group: "Filters" }))
    ],
    rows: layers.map((n) => [
      ...scopeCells(scope),
      n,
      ...filters.map((f) => {
        const cell = trials.filter((t) => t.network.layers === n && t.network.filters === f)
        return `${cell.filter((t) => statusOf(t) === "finished").length} / ${cell.length}`
      })
    ])
  }
}

/** Small networks on subsets of the training set, by interval of Q; each number of images on its own. */
export function subsetTable(trials: ReadonlyArray<GridTrial>, whole: ReadonlyArray<GridTrial>): Table {
  const [{ scope }] = whole
  const shown = intervals.filter((interval) => inside(trials, interval).length > 0)
  const finished = trials.filter(isFinished)
  const values = (of: (t: GridTrial) => number) => [...distinct(finished.map(of))].sort(ascending)
  const small =
    finished.length === 0
      ? "none of which have finished"
      : `${counts(
          values((t) => t.network.layers),
          "layer"
        )}, ${counts(
          values((t) => t.network.filters),
          "filter"
        )}`
  const cells = shown.flatMap((interval) => inside(whole, interval))
  const large = cells.length === 0 ? "this grid has none of them" : `of those in this grid ${coverageText(cells)}`
  return {
    name: `subsets-${scope.slug}`,
    title: `Small Q by subsets of the training set (${scope.name})${averagedOver(trials)}`,
    note: `In the paper large networks fill these intervals; ${large}. This table reaches them by subsets of the training set instead, with small networks (${small}): the same Q, but not the paper's networks, and its losses are not to be compared with those of the table above.`,
    columns: [
      { name: "q", title: "Q" },
      ...scopeColumns(trials.map((t) => t.scope)).map((column) =>
        column.name === "examples" ? { ...column, title: "Training images" } : column
      ),
      { name: "architecture", title: "Architecture" },
      { name: "training_loss", title: "Training loss", format: fiveDecimals },
      { name: "validation_loss", title: "Validation loss", format: fiveDecimals },
      { name: "gap", title: "Gap", format: fiveDecimals },
      { name: "seeds", title: "Seeds" },
      ...coverageColumns
    ],
    rows: shown.flatMap((interval) =>
      [...groupBy(inside(trials, interval), (t) => t.scope.name).values()].flatMap((own) =>
        seriesIn(trials).map((series) => {
          const cell = own.filter((t) => seriesOf(t.network).includes(series))
          const here = meanLosses(cell)
          return [
            interval.label,
            ...scopeCells(own[0].scope),
            series,
            here?.train ?? null,
            here?.validation ?? null,
            here?.gap ?? null,
            here?.seeds ?? 0,
            ...covered(cell)
          ]
        })
      )
    )
  }
}
