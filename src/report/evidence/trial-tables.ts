/** Tables that any report on trials has: its grid, its networks, its assumptions, and where the numbers come from. */
import { parameterCount } from "../../network/network.ts"
import { mean } from "../../statistics/statistics.ts"
import { integer, percent, significant } from "../page/format.ts"
import { type Block, text } from "../page/page.ts"
import { type Cell, type Table, varying } from "../page/tables.ts"
import { axes, bySeries, configurationOf, distinct, groupBy, seriesOf } from "./grid.ts"
import { ratioOf, trainingExamples } from "./pairs.ts"
import { isFinished, statusOf, type Trial } from "./trial.ts"
/** Something that the sources leave open and the study had to choose. */
export interface Assumption {
  readonly name: string
  readonly value: string
  readonly why: string
}

/** Columns that say the same in every row stand in the table of the grid and need not be repeated to readers. */
export const tableBlock = (value: Table): Block => ({
  kind: "table",
  table: { ...value, columns: varying(value.columns, value.rows, "dataset", "kernel", "activation", "interval") }
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

export const trialColumns = [
  { name: "dataset", title: "Data set" },
  { name: "architecture", title: "Architecture" },
  { name: "layers", title: "Layers" },
  { name: "depth", title: "Depth" },
  { name: "filters", title: "Filters" },
  { name: "kernel", title: "Kernel" },
  { name: "activation", title: "Activation" },
  { name: "seed", title: "Seed" },
  { name: "status", title: "Status" }
]

export const trialCells = (trial: Trial): ReadonlyArray<Cell> => {
  const { network: n } = trial
  const architecture = seriesOf(n).join(" = ")
  return [
    trial.dataset,
    architecture,
    n.layers,
    n.depth,
    n.filters,
    n.kernel,
    n.activation,
    trial.seed,
    statusOf(trial)
  ]
}

/** Every network with P, Q and its means over the seeds. */
export function configurationsTable(trials: ReadonlyArray<Trial>): Table {
  const examples = trainingExamples(trials)
  const groups = [...groupBy(trials, (t) => `${configurationOf(t)}/${t.network.depth}`).values()].sort(
    ([{ dataset: d1, network: a }], [{ dataset: d2, network: b }]) =>
      (d1 < d2 ? -1 : d1 > d2 ? 1 : 0) ||
      a.layers - b.layers ||
      a.filters - b.filters ||
      a.kernel - b.kernel ||
      (a.activation < b.activation ? -1 : a.activation > b.activation ? 1 : 0) ||
      bySeries(seriesOf(a)[0], seriesOf(b)[0])
  )
  return {
    name: "networks",
    title: "Every network: parameters P, ratio Q, means over the seeds",
    folded: groups.length > 24,
    columns: [
      ...trialColumns.slice(0, -2),
      { name: "parameters", title: "P", format: integer },
      { name: "q", title: "Q", format: significant },
      { name: "seeds", title: "Seeds" },
      { name: "training_loss", title: "train", group: "Loss", format: significant },
      { name: "validation_loss", title: "val", group: "Loss", format: significant },
      { name: "training_accuracy", title: "train", group: "Accuracy %", format: percent },
      { name: "validation_accuracy", title: "val", group: "Accuracy %", format: percent }
    ],
    rows: groups.map((group) => {
      const finished = group.filter(isFinished).map((t) => t.metrics)
      const average = (of: (metrics: (typeof finished)[number]) => number) =>
        finished.length === 0 ? null : mean(finished.map(of))
      return [
        ...trialCells(group[0]).slice(0, -2),
        parameterCount(group[0].network),
        ratioOf(group[0], examples) ?? null,
        finished.length,
        average((m) => m.train.loss),
        average((m) => m.validation.loss),
        average((m) => m.train.accuracy),
        average((m) => m.validation.accuracy)
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

/** The scores of each trial and the nodes that made them. */
export function sources(trials: ReadonlyArray<Trial>): ReadonlyArray<Block> {
  const kinds = distinct(trials.flatMap((t) => Object.keys(t.nodes)))
  const example = trials.map((t) => t.nodes.train ?? Object.values(t.nodes)[0]).find((node) => node !== undefined)
  return [
    text(
      "Every mean above is made of these trials' scores, and every score is the output of a node. Which code, parameters, data, seed, engine and machine made a node's outputs:"
    ),
    { kind: "code", text: `npx pipeline show ${example ?? "NODE"}` },
    tableBlock({
      name: "trials",
      title: "Every trial, its scores and the nodes that made them",
      folded: true,
      columns: [
        ...trialColumns,
        { name: "training_loss", title: "train", group: "Loss", format: significant },
        { name: "validation_loss", title: "val", group: "Loss", format: significant },
        { name: "training_accuracy", title: "train", group: "Accuracy %", format: percent },
        { name: "validation_accuracy", title: "val", group: "Accuracy %", format: percent },
        ...kinds.map((kind) => ({ name: `${kind}_node`, title: `Node ${kind}` }))
      ],
      rows: trials.map((t) => [
        ...trialCells(t),
        ...[
          t.metrics?.train.loss,
          t.metrics?.validation.loss,
          t.metrics?.train.accuracy,
          t.metrics?.validation.accuracy
        ].map((value) => (value !== undefined && Number.isFinite(value) ? value : null)),
        ...kinds.map((kind) => t.nodes[kind] ?? null)
      ])
    })
  ]
}
