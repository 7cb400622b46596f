/**
 * The report of a study's trials: a pure function from results to files. Same trials, same bytes.
 */

import { parameterCount } from "../network/network.ts"
import { mean } from "../statistics/statistics.ts"
import { axisFigure, ratioFigure } from "./charts.ts"
import { claimsOf } from "./claims.ts"
import { curvesFigure } from "./curves.ts"
import { comparisonsOf, measures, qCells, signsOf } from "./evidence.ts"
import { pairsTable, ratioTable, signsTable, testsTable } from "./evidence-tables.ts"
import type { Figure } from "./figures.ts"
import { count, integer, list, percent, significant } from "./format.ts"
import { axes, bySeries, configurationOf, distinct, fullGrid, groupBy, seriesOf, statusOf } from "./grid.ts"
import { type Block, type Page, renderPage, type Section } from "./page.ts"
import { ratioOf, trainingExamples } from "./pairs.ts"
import { type Cell, type Table, varying } from "./tables.ts"
import { sharesFigure, termsRows, termsTable, truncationFigure } from "./terms.ts"
import type { Trial } from "./trial.ts"

/** Something that the sources leave open and the study had to choose. */
export interface Assumption {
  readonly name: string
  readonly value: string
  readonly why: string
}

export interface TrialsReport {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  readonly trials: ReadonlyArray<Trial>
}

/** Columns that say the same in every row stand in the table of the grid and need not be repeated to readers. */
export const tableBlock = (value: Table): Block => ({
  kind: "table",
  table: { ...value, columns: varying(value.columns, value.rows, "dataset", "kernel", "activation", "interval") }
})
const text = (value: string): Block => ({ kind: "text", text: value })
const figures = (all: ReadonlyArray<Figure | undefined>): ReadonlyArray<Block> =>
  all.flatMap((figure) => (figure === undefined ? [] : [{ kind: "figure", figure } as const]))

/** Files of the report by path: index.html, index.md, data/*.csv, figures/*.svg. */
export function trialsReport(input: TrialsReport): Promise<Readonly<Record<string, Uint8Array>>> {
  return renderPage(pageOf(input))
}

function pageOf({ title, question, assumptions, trials }: TrialsReport): Page {
  const datasets = distinct(trials.map((t) => t.dataset))
  const each = (make: (dataset: string) => ReadonlyArray<Figure | undefined>) => figures(datasets.flatMap(make))
  const comparisons = comparisonsOf(trials)
  const signs = signsOf(trials)
  const terms = termsRows(trials)
  const sections: ReadonlyArray<Section> = [
    { id: "answers", title: "In short", blocks: [{ kind: "claims", claims: claimsOf(trials) }, text(evidenceRule)] },
    {
      id: "run",
      title: "What was run",
      blocks: [text(coverage(trials)), tableBlock(axesTable(trials)), ...missing(trials)]
    },
    {
      id: "layers",
      title: "Against layers",
      blocks: each((d) => [axisFigure(trials, d, "layers", "loss"), axisFigure(trials, d, "layers", "accuracy")])
    },
    {
      id: "filters",
      title: "Against filters",
      blocks: each((d) => [axisFigure(trials, d, "filters", "loss"), axisFigure(trials, d, "filters", "accuracy")])
    },
    {
      id: "ratio",
      title: "By overdetermination ratio",
      blocks: [
        text(
          "Q = K·M / P: K training examples times M outputs over P free parameters. The table has the form of the paper's Table 2; networks of one layer count in both rows."
        ),
        tableBlock(ratioTable(qCells(trials))),
        ...(signs.length === 0 ? [] : [text(signsExplained), tableBlock(signsTable(signs))]),
        ...each((d) => [ratioFigure(trials, d)])
      ]
    },
    {
      id: "tests",
      title: "Sequential against parallel",
      blocks:
        comparisons.length === 0
          ? [
              text(
                "No network of more than one layer finished as both architectures with the same seed: nothing to compare."
              )
            ]
          : [text(testsExplained), tableBlock(testsTable(comparisons)), tableBlock(pairsTable(comparisons))]
    },
    {
      id: "terms",
      title: "Taylor terms",
      blocks: [
        ...(terms.length === 0 ? [] : [text(termsExplained)]),
        ...each((d) => [sharesFigure(terms, d), truncationFigure(terms, d)]),
        ...(terms.length === 0 ? [] : [tableBlock(termsTable(terms))])
      ]
    },
    { id: "curves", title: "Learning curves", blocks: each((d) => [curvesFigure(trials, d)]) },
    { id: "configurations", title: "Networks", blocks: [tableBlock(configurationsTable(trials))] },
    {
      id: "assumptions",
      title: "Assumptions",
      blocks: assumptions.length === 0 ? [] : [tableBlock(assumptionsTable(assumptions))]
    },
    { id: "sources", title: "Where every number comes from", blocks: sources(trials) }
  ]
  return { title, lead: question, sections: sections.filter(({ blocks }) => blocks.length > 0) }
}

const evidenceRule =
  "open: these results cannot tell. “About equal” stands only where an equivalence test (TOST, paired t, α 0.05) rejects a difference beyond the margin; a difference is claimed only where the 95 % interval excludes zero and Wilcoxon's test stays below 0.05 after Holm's correction."

const signsExplained =
  "The sign of each difference, cell by cell, beside the paper's (arXiv 2309.08414, Table 2). Here a difference is a mean over pairs of the same configuration and seed, networks of one layer left out; the paper's is the difference of its two means. The gap is validation loss − training loss."

export const testsExplained =
  `Runs are paired by seed, initial values and order of examples; the sample is the seeds, after averaging over configurations for each seed. Below 6 seeds the pairs stand alone; the interval is Student's below 15 seeds, a BCa bootstrap (10,000 resamples) from there. Margins: ${measures.map((m) => `${m.name} ${m.marginText}`).join(", ")}. ` +
  "Holm's family is one data set and measure; beside the corrected p stands the smallest that so few seeds could have given. " +
  "Seeds are compared by the configurations that at least three quarters of them have. Where the grid has more configurations than these, interval and TOST also take in how much configurations differ among themselves, and widen (finite population, Welch–Satterthwaite); Wilcoxon's test is about those that are there."

const termsExplained =
  "With x the stem's output and H what the blocks make of it, H = T₀ + T₁ + T₂ + … exactly: T₀ = x, T₁ what each layer adds to x alone, T₂ what pairs of layers add to that, and so on. T₀ + T₁ is the parallel network with the sequential network's weights; if the paper's argument held literally, the rest would be small."

function coverage(trials: ReadonlyArray<Trial>): string {
  const total = trials.length
  const of = (status: string) => trials.filter((t) => statusOf(t) === status).length
  const full = fullGrid(trials)
  const part =
    total === full
      ? "the full product of the axes below"
      : `${percent(total / full)} % of the full product of the axes below (${integer(full)} trials)`
  const left = [
    of("diverged") > 0 ? `${integer(of("diverged"))} diverged` : "",
    of("missing") > 0 ? `${integer(of("missing"))} failed or are missing` : ""
  ].filter((s) => s !== "")
  const out =
    left.length === 0
      ? "All finished."
      : `${integer(of("finished"))} finished, ${list(left)}: these are counted here and left out of all means.`
  const examples = [...trainingExamples(trials)].map(([dataset, k]) => `${dataset}: ${integer(k)} training examples`)
  const epochs = distinct(
    trials.flatMap((t) => (t.metrics === undefined || statusOf(t) !== "finished" ? [] : [t.metrics.epochs]))
  )
  const trained =
    epochs.length === 0
      ? ""
      : ` Trained for ${list(epochs.map(String))} epochs${examples.length === 0 ? "" : ` (${list(examples)})`}.`
  return `${count(total, "trial")}, ${part}. ${out}${trained}`
}

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

const trialColumns = [
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

const trialCells = (trial: Trial): ReadonlyArray<Cell> => {
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

/** Trials without a result, where there are some. */
function missing(trials: ReadonlyArray<Trial>): ReadonlyArray<Block> {
  const without = trials.filter((t) => statusOf(t) !== "finished")
  if (without.length === 0) return []
  return [
    tableBlock({
      name: "not-finished",
      title: "Trials that are in no mean",
      note: "Diverged: the training gave a loss that is not finite. Missing: a node failed or has not run; `npx pipeline status` says which.",
      folded: without.length > 12,
      columns: trialColumns,
      rows: without.map(trialCells)
    })
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
      const finished = group.filter((t) => statusOf(t) === "finished").map((t) => t.metrics!)
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
