/** Tables of the expansion study: means over the seeds. */

import { NORM_TOLERANCE } from "../../analysis/jacobians.ts"
import type { Network } from "../../network/network.ts"
import { distinct, groupBy } from "../evidence/groups.ts"
import { type Scope, scopeCells, scopeColumns } from "../evidence/scope.ts"
import { count, list, percent, significant } from "../page/format.ts"
import { type Cell, type Column, type Table, varying } from "../page/tables.ts"
import {
  accuracyOf,
  analysisAt,
  average,
  type Configuration,
  continuations,
  continuedScores,
  type Expanded,
  exactAt,
  isLinearized,
  last,
  moreEpochs,
  strengthAt,
  usable
} from "./rows.ts"

interface Head {
  readonly scope: Scope
  readonly network: Network
}

/** What tells the rows of a table apart: data set, whatever varies in their training, network. */
const headColumns = (rows: ReadonlyArray<Head>): ReadonlyArray<Column> => [
  ...scopeColumns(rows.map(({ scope }) => scope)),
  { name: "kernel", title: "Kernel" },
  { name: "activation", title: "Activation" },
  { name: "filters", title: "Filters" },
  { name: "layers", title: "Layers" }
]
const headCells = ({ scope, network: n }: Head): ReadonlyArray<Cell> => [
  ...scopeCells(scope),
  n.kernel,
  n.activation,
  n.filters,
  n.layers
]

/** A table whose heading names its scope, where that is one, and whose columns leave out for readers what is the same. */
function inScope(table: Table, rows: ReadonlyArray<Head>, ...constant: ReadonlyArray<string>): Table {
  const names = distinct(rows.map(({ scope }) => scope.name))
  const columns = varying(table.columns, table.rows, "dataset", "kernel", "activation", ...constant)
  return { ...table, ...(names.length === 1 && { title: `${table.title} (${names[0]})` }), columns }
}

/** One row a configuration: the answer to which order carries how much, and how that changes. */
export function overviewTable(configurations: ReadonlyArray<Configuration>): Table {
  const columns: ReadonlyArray<Column> = [
    ...headColumns(configurations),
    { name: "seeds", title: "Seeds" },
    { name: "q", title: "Q", format: significant },
    { name: "change", title: "‖H−x‖/‖x‖", format: significant, csvOnly: true },
    { name: "r1_initial", title: "start", group: "R₁", format: significant },
    { name: "r1", title: "end", group: "R₁", format: significant },
    { name: "r2", title: "end", group: "R₂", format: significant },
    { name: "share1", title: "T₁", group: "Share %", format: percent },
    { name: "share2", title: "T₂", group: "Share %", format: percent },
    { name: "strength", title: "N·max‖J‖", format: significant },
    { name: "accuracy", title: "whole", group: "Accuracy %", format: percent },
    { name: "accuracy_retrained", title: "whole, again", group: "Accuracy %", format: percent },
    { name: "accuracy1", title: "T₀ + T₁", group: "Accuracy %", format: percent },
    { name: "accuracy1_retrained", title: "T₀ + T₁, again", group: "Accuracy %", format: percent },
    { name: "accuracy_parallel", title: "parallel", group: "Accuracy %", format: percent }
  ]
  const rows = configurations.map(
    (c): ReadonlyArray<Cell> => [
      ...headCells(c),
      c.seeds.length,
      average(c, (n) => n.metrics?.overdetermination),
      average(c, (n) => last(n).change),
      average(c, (n) => analysisAt(n, 0).exact[1].remainder),
      exactAt(c, 1, (o) => o.remainder),
      c.network.depth < 3 ? 0 : exactAt(c, 2, (o) => o.remainder),
      exactAt(c, 1, (o) => o.share),
      exactAt(c, 2, (o) => o.share),
      average(c, (n) => strengthAt(n, -1)),
      average(c, (n) => accuracyOf(n, null, "trained")),
      average(c, (n) => accuracyOf(n, null, "retrained")),
      average(c, (n) => accuracyOf(n, 1, "trained")),
      average(c, (n) => accuracyOf(n, 1, "retrained")),
      average(c, (n) => n.parallel?.validation.accuracy)
    ]
  )
  const table = {
    name: "overview",
    title: "Every sequential network and its truncation, means over the seeds",
    note: `Rₖ is what T₀ + … + Tₖ leaves over of H − x. Accuracies on the validation set: the whole network, as trained and (again) after its dense layer alone was trained again; T₀ + T₁ through the trained dense layer and (again) through one trained again; the parallel network that was trained itself. ‖Jᵢ‖ is computed to ${100 * NORM_TOLERANCE} %.`,
    columns,
    rows
  }
  return inScope(table, configurations, "seeds")
}

const ordersNote =
  "R is what the sum up to this order leaves over, a ratio of sums over the examples; where a median stands, it is that of single examples (their quartiles are in the CSV). Norms are squared, over ‖H − x‖². Exact terms stop where more would have cost more evaluations than the study allows."
const linearizedNote =
  " Those of the gradient are over ‖∂L/∂x‖²; Σ‖g_S‖, the sum over single paths of Veit, Wilber & Belongie (2016), is over ‖∂L/∂x‖ and ignores that paths cancel; only for up to 8 layers."

/** Every order of every configuration at every moment, to look up. */
export function ordersTable(configurations: ReadonlyArray<Configuration>): Table {
  // Where the exact terms alone were looked at, there are no rows beyond them.
  const beyond = ({ network, seeds }: Configuration) =>
    last(seeds[0]).spectrum === null ? last(seeds[0]).exact.length : network.depth + 1
  const columns: ReadonlyArray<Column> = [
    ...headColumns(configurations),
    { name: "epoch", title: "Epoch" },
    { name: "order", title: "k" },
    { name: "exact_norm", title: "‖T‖²", group: "Exact", format: significant },
    { name: "exact_share", title: "share %", group: "Exact", format: percent },
    { name: "exact_remainder", title: "R", group: "Exact", format: significant },
    { name: "exact_remainder_median", title: "median", group: "Exact", format: significant },
    { name: "exact_remainder_q1", title: "quartile 1", group: "Exact", csvOnly: true },
    { name: "exact_remainder_q3", title: "quartile 3", group: "Exact", csvOnly: true },
    { name: "exact_loss", title: "loss", group: "Exact", format: significant },
    { name: "exact_accuracy", title: "acc. %", group: "Exact", format: percent },
    { name: "frozen_norm", title: "‖e‖²", group: "Frozen", format: significant },
    { name: "frozen_share", title: "share %", group: "Frozen", format: percent },
    { name: "frozen_remainder", title: "left", group: "Frozen", format: significant },
    { name: "bent", title: "‖T−e‖", group: "Frozen", format: significant },
    { name: "gradient_norm", title: "‖a‖²", group: "Gradient", format: significant },
    { name: "gradient_share", title: "share %", group: "Gradient", format: percent },
    { name: "gradient_separately", title: "Σ‖g_S‖", group: "Gradient", format: significant }
  ]
  const rows = configurations.flatMap((c) =>
    c.seeds[0].moments.flatMap(({ epoch }, moment) => {
      const at = (of: (analysis: ReturnType<typeof last>) => number | null | undefined) =>
        average(c, (n) => of(analysisAt(n, moment)))
      return Array.from(
        { length: beyond(c) },
        (_, k): ReadonlyArray<Cell> => [
          ...headCells(c),
          epoch,
          k,
          at((a) => a.exact[k]?.norm),
          k === 0 ? null : at((a) => a.exact[k]?.share),
          at((a) => a.exact[k]?.remainder),
          ...[1, 0, 2].map((quartile) => at((a) => a.exact[k]?.quartiles?.[quartile])),
          at((a) => a.exact[k]?.loss),
          at((a) => a.exact[k]?.accuracy),
          at((a) => a.spectrum?.[k].norm),
          k === 0 ? null : at((a) => a.spectrum?.[k].share),
          at((a) => a.spectrum?.[k].remainder),
          at((a) => a.spectrum?.[k].bent),
          at((a) => a.gradient?.[k].norm),
          at((a) => a.gradient?.[k].share),
          at((a) => a.gradient?.[k].separately)
        ]
      )
    })
  )
  const table = {
    name: "orders",
    title: isLinearized(configurations)
      ? "Every order: exact terms, frozen spectrum, gradient by path length"
      : "Every order of the exact terms",
    note: `${ordersNote}${isLinearized(configurations) ? linearizedNote : ""}`,
    folded: true,
    columns,
    rows
  }
  return inScope(table, configurations)
}

/** Trainings that go on, as they were or in the other architecture. */
export function continuedTable(configurations: ReadonlyArray<Configuration>): Table | undefined {
  const rows = configurations.flatMap((c) =>
    continuations.flatMap((kind): ReadonlyArray<ReadonlyArray<Cell>> => {
      const at = (when: "start" | "end", of: "validationLoss" | "validationAccuracy") =>
        average(c, (n) => continuedScores(n, kind)?.[when][of])
      const start = at("start", "validationLoss")
      if (start === null) return []
      return [
        [
          ...headCells(c),
          kind,
          start,
          at("end", "validationLoss"),
          at("start", "validationAccuracy"),
          at("end", "validationAccuracy")
        ]
      ]
    })
  )
  if (rows.length === 0) return undefined
  const columns: ReadonlyArray<Column> = [
    ...headColumns(configurations),
    { name: "continuation", title: "Training goes on" },
    { name: "loss_start", title: "at once", group: "Validation loss", format: significant },
    { name: "loss_end", title: "at the end", group: "Validation loss", format: significant },
    { name: "accuracy_start", title: "at once", group: "Accuracy %", format: percent },
    { name: "accuracy_end", title: "at the end", group: "Accuracy %", format: percent }
  ]
  const table = {
    name: "continued",
    title: "Trained weights in the other architecture, trained on",
    note: `For ${moreEpochs(configurations)}, from the weights at the end of the first training: in the same architecture, and in the other one. All begin with a fresh optimizer (the running mean of squared gradients starts at zero), also those that go on as they were, so that only weights and architecture differ. Means over the seeds.`,
    columns,
    rows
  }
  return inScope(table, configurations)
}

/** Networks that are in no mean, a row a configuration; undefined if there are none. */
export function missingTable(networks: ReadonlyArray<Expanded>): Table | undefined {
  const why = (network: Expanded) =>
    network.metrics === undefined ? "not trained" : network.metrics.status === "diverged" ? "diverged" : "not analysed"
  const out = networks.filter((network) => !usable(network))
  const groups = [...groupBy(out, (n) => JSON.stringify([n.scope.name, n.network, why(n)])).values()]
  if (groups.length === 0) return undefined
  const table = {
    name: "missing",
    title: "Networks of the series that are in no mean",
    note: "Not trained: its training has not run or failed. Not analysed: a node of its analysis has not run or failed; `npx pipeline status` says which.",
    folded: groups.length > 12,
    columns: [...headColumns(out), { name: "seeds", title: "Seeds" }, { name: "why", title: "Why" }],
    rows: groups.map((group) => [...headCells(group[0]), list(group.map(({ seed }) => String(seed))), why(group[0])])
  }
  return inScope(table, out)
}

/** Every network of the study and the nodes that made its numbers. */
export function networksTable(networks: ReadonlyArray<Expanded>): Table {
  const kinds = [...new Set(networks.flatMap(({ nodes }) => Object.keys(nodes)))]
  const table = {
    name: "networks",
    title: `${count(networks.length, "network")} and the nodes that made their numbers`,
    folded: true,
    columns: [
      ...headColumns(networks),
      { name: "seed", title: "Seed" },
      { name: "loss", title: "Validation loss", format: significant },
      { name: "accuracy", title: "Accuracy %", format: percent },
      ...kinds.map((kind) => ({ name: `${kind}_node`, title: `Node ${kind}` }))
    ],
    rows: networks.map((network) => [
      ...headCells(network),
      network.seed,
      network.metrics?.status === "finished" ? network.metrics.validation.loss : null,
      network.metrics?.status === "finished" ? network.metrics.validation.accuracy : null,
      ...kinds.map((kind) => network.nodes[kind] ?? null)
    ])
  }
  return inScope(table, networks)
}
