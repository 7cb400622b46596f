/** Tables that any report on trials has: its grid, its networks, its assumptions, and where the numbers come from. */
import { parameterCount } from "../../network/network.ts"
import type { HistoryLine } from "../../results/history.ts"
import { mean } from "../../statistics/statistics.ts"
import { integer, percent, significant } from "../page/format.ts"
import { type Block, text } from "../page/page.ts"
import { type Cell, type Column, type Table, varying } from "../page/tables.ts"
import { furtherScores } from "./further-scores.ts"
import { axes, bySeries, configurationOf, seriesOf } from "./grid.ts"
import { distinct, groupBy } from "./groups.ts"
import { axisColumn, columnName } from "./scope.ts"
import { isFinished, ratioOf, statusOf, type Trial } from "./trial.ts"

/** Something that the sources leave open and the study had to choose. */
export interface Assumption {
  readonly name: string
  readonly value: string
  readonly why: string
}

/** Columns that say the same in every row stand in the table of the grid and need not be repeated to readers. */
export const tableBlock = (value: Table): Block => ({
  kind: "table",
  table: {
    ...value,
    columns: varying(value.columns, value.rows, "dataset", "kernel", "activation", "interval", "residual")
  }
})
export function axesTable(trials: ReadonlyArray<Trial>): Table {
  return {
    name: "grid",
    title: "The grid",
    columns: [
      { name: "axis", title: "Axis" },
      { name: "values", title: "Values" },
      { name: "count", title: "Count" }
    ],
    rows: axes(trials).map(({ name, values }) => [name, values.join(", "), values.length])
  }
}

/** Columns of a network, and of what else varies in the study. */
export const networkColumns = (trials: ReadonlyArray<Trial>): ReadonlyArray<Column> => [
  { name: "dataset", title: "Data set" },
  ...axesOf(trials).map(axisColumn),
  { name: "architecture", title: "Architecture" },
  { name: "layers", title: "Layers" },
  { name: "depth", title: "Depth" },
  { name: "filters", title: "Filters" },
  { name: "kernel", title: "Kernel" },
  { name: "activation", title: "Activation" },
  { name: "residual", title: "Residual" }
]

const axesOf = (trials: ReadonlyArray<Trial>) => (trials[0]?.scope.cells ?? []).map(([axis]) => axis)

const settingOf = ({ settings }: Trial, axis: string): Cell => {
  const value = settings[axis]
  return value === undefined ? null : typeof value === "boolean" ? String(value) : value
}

export const networkCells = (trial: Trial): ReadonlyArray<Cell> => {
  const { dataset, network: n, scope } = trial
  return [
    dataset,
    ...scope.cells.map(([axis]) => settingOf(trial, axis)),
    seriesOf(n).join(" = "),
    n.layers,
    n.depth,
    n.filters,
    n.kernel,
    n.activation,
    String(n.residual)
  ]
}

/** Every network with P, Q and its means over the seeds. */
export function configurationsTable(trials: ReadonlyArray<Trial>): Table {
  const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
  const groups = [...groupBy(trials, (t) => `${configurationOf(t)}/${t.network.depth}`).values()].sort(
    ([{ scope: s1, network: a }], [{ scope: s2, network: b }]) =>
      byName(s1.dataset, s2.dataset) ||
      a.layers - b.layers ||
      a.filters - b.filters ||
      a.kernel - b.kernel ||
      byName(a.activation, b.activation) ||
      bySeries(seriesOf(a)[0], seriesOf(b)[0])
  )
  const further = furtherScores(trials, "means")
  return {
    name: "networks",
    title: "Every network: parameters P, ratio Q, means over the seeds",
    ...(further.note !== undefined && { note: further.note }),
    folded: groups.length > 24,
    columns: [
      ...networkColumns(trials),
      { name: "parameters", title: "P", format: integer },
      { name: "q", title: "Q", format: significant },
      { name: "seeds", title: "Seeds" },
      { name: "training_loss", title: "train", group: "Loss", format: significant },
      { name: "validation_loss", title: "val", group: "Loss", format: significant },
      { name: "training_accuracy", title: "train", group: "Accuracy %", format: percent },
      { name: "validation_accuracy", title: "val", group: "Accuracy %", format: percent },
      ...further.columns
    ],
    rows: groups.map((group) => {
      const finishers = group.filter(isFinished)
      const finished = finishers.map((t) => t.metrics)
      const average = (of: (metrics: (typeof finished)[number]) => number) =>
        finished.length === 0 ? null : mean(finished.map(of))
      return [
        ...networkCells(group[0]),
        parameterCount(group[0].network),
        ratioOf(group[0]),
        finished.length,
        average((m) => m.train.loss),
        average((m) => m.validation.loss),
        average((m) => m.train.accuracy),
        average((m) => m.validation.accuracy),
        ...further.means(finishers)
      ]
    })
  }
}

export function assumptionsTable(assumptions: ReadonlyArray<Assumption>): Table {
  return {
    name: "assumptions",
    title: "What the sources leave open and this study chose",
    columns: [
      { name: "name", title: "What" },
      { name: "value", title: "Here" },
      { name: "why", title: "Why" }
    ],
    rows: assumptions.map(({ name, value, why }) => [name, value, why])
  }
}

/** The best of a history by some value, and its epoch, not that before training; nothing where nothing may be selected. */
function best(trial: Trial, of: (line: HistoryLine) => number, better: (a: number, b: number) => boolean) {
  const lines = trial.settings.validation === "test" ? [] : (trial.history ?? [])
  const trained = lines.filter((line) => line.epoch > 0 && Number.isFinite(of(line)))
  if (trained.length === 0) return [null, null]
  const found = trained.reduce((a, b) => (better(of(b), of(a)) ? b : a))
  return [of(found), found.epoch]
}

const finite = (value: number | null | undefined): Cell =>
  value !== null && value !== undefined && Number.isFinite(value) ? value : null

const scoreColumns: ReadonlyArray<Column> = [
  { name: "training_loss", title: "train", group: "Loss", format: significant },
  { name: "validation_loss", title: "val", group: "Loss", format: significant },
  { name: "best_validation_loss", title: "best val", group: "Loss", format: significant },
  { name: "best_validation_loss_epoch", title: "at epoch", group: "Loss" },
  { name: "training_accuracy", title: "train", group: "Accuracy %", format: percent },
  { name: "validation_accuracy", title: "val", group: "Accuracy %", format: percent },
  { name: "best_validation_accuracy", title: "best val", group: "Accuracy %", format: percent },
  { name: "best_validation_accuracy_epoch", title: "at epoch", group: "Accuracy %" },
  { name: "epochs_run", title: "Epochs run", csvOnly: true },
  { name: "running_training_loss", title: "Running training loss", csvOnly: true },
  { name: "running_training_accuracy", title: "Running training accuracy", csvOnly: true },
  { name: "gradient_norm", title: "Gradient norm", csvOnly: true },
  { name: "parameters", title: "P", csvOnly: true },
  { name: "q", title: "Q", csvOnly: true },
  { name: "training_images", title: "Training images", csvOnly: true },
  { name: "validation_images", title: "Validation images", csvOnly: true }
]

function scoreCells(trial: Trial): ReadonlyArray<Cell> {
  const { metrics, history } = trial
  const last = history?.at(-1)
  return [
    finite(metrics?.train.loss),
    finite(metrics?.validation.loss),
    ...best(
      trial,
      (line) => line.validationLoss,
      (a, b) => a < b
    ),
    finite(metrics?.train.accuracy),
    finite(metrics?.validation.accuracy),
    ...best(
      trial,
      (line) => line.validationAccuracy,
      (a, b) => a > b
    ),
    metrics?.epochs ?? null,
    finite(last?.loss),
    finite(last?.accuracy),
    finite(last?.gradientNorm),
    parameterCount(trial.network),
    ratioOf(trial),
    metrics?.train.count ?? trial.examples,
    metrics?.validation.count ?? null
  ]
}

/** Every trial with every parameter and every score, and the nodes that made these. */
export function trialsTable(trials: ReadonlyArray<Trial>): Table {
  const kinds = distinct(trials.flatMap((t) => Object.keys(t.nodes)))
  const shown = [...networkColumns(trials), { name: "seed", title: "Seed" }, { name: "status", title: "Status" }]
  const further = furtherScores(trials, "each kind and severity")
  const scores = [...scoreColumns, ...further.columns]
  const known = new Set([...shown, ...scores].map(({ name }) => name))
  const constant = distinct(trials.flatMap((t) => Object.keys(t.settings))).filter(
    (axis) => !known.has(columnName(axis))
  )
  return {
    name: "trials",
    title: "Every trial, its scores and the nodes that made them",
    note: "Scores after the last epoch, and the best of all epochs by validation: none where the official test set validates, on which nothing is selected. The CSV also has every parameter.",
    folded: true,
    columns: [
      ...shown,
      ...scores,
      ...kinds.map((kind) => ({ name: `${kind}_node`, title: `Node ${kind}` })),
      ...constant.map((axis) => ({ ...axisColumn(axis), csvOnly: true }))
    ],
    rows: trials.map((t) => [
      ...networkCells(t),
      t.seed,
      statusOf(t),
      ...scoreCells(t),
      ...further.means([t]),
      ...kinds.map((kind) => t.nodes[kind] ?? null),
      ...constant.map((axis) => settingOf(t, axis))
    ])
  }
}

/** The scores of each trial and the nodes that made them. */
export function sources(trials: ReadonlyArray<Trial>): ReadonlyArray<Block> {
  const example = trials.map((t) => t.nodes.train ?? Object.values(t.nodes)[0]).find((node) => node !== undefined)
  return [
    text(
      "Every mean above is made of these trials' scores, and every score is the output of a node. Which code, parameters, data, seed, engine and machine made a node's outputs:"
    ),
    { kind: "code", text: `npx pipeline show ${example ?? "NODE"}` },
    tableBlock(trialsTable(trials))
  ]
}
