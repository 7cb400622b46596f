/**
 * The report of a study's trials: a pure function from results to files. Same trials, same bytes.
 */

import { comparisonsOf, signsOf } from "../evidence/comparisons.ts"
import { distinct, fullGrid } from "../evidence/grid.ts"
import { trainingExamples } from "../evidence/pairs.ts"
import { pairsTable, ratioTable, signsExplained, signsTable, testsExplained, testsTable } from "../evidence/tables.ts"
import { statusOf, type Trial } from "../evidence/trial.ts"
import {
  type Assumption,
  assumptionsTable,
  axesTable,
  configurationsTable,
  sources,
  tableBlock,
  trialCells,
  trialColumns
} from "../evidence/trial-tables.ts"
import { expansionSections } from "../expansion/page.ts"
import { axisFigure, ratioFigure } from "../figures/charts.ts"
import { curvesFigure } from "../figures/curves.ts"
import type { Figure } from "../page/figures.ts"
import { count, integer, list, percent } from "../page/format.ts"
import { type Block, figures, type Page, renderPage, type Section, text } from "../page/page.ts"
import { claimsOf } from "./claims.ts"
export interface TrialsReport {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  readonly trials: ReadonlyArray<Trial>
}

/** Files of the report by path: index.html, index.md, data/*.csv, figures/*.svg. */
export function trialsReport(input: TrialsReport): Promise<Readonly<Record<string, Uint8Array>>> {
  return renderPage(pageOf(input))
}

function pageOf({ title, question, assumptions, trials }: TrialsReport): Page {
  const datasets = distinct(trials.map((t) => t.dataset))
  const each = (make: (dataset: string) => ReadonlyArray<Figure | undefined>) => figures(datasets.flatMap(make))
  const comparisons = comparisonsOf(trials)
  const signs = signsOf(trials)
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
        tableBlock(ratioTable(trials)),
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
          : [text(testsExplained(trials)), tableBlock(testsTable(comparisons)), tableBlock(pairsTable(comparisons))]
    },
    ...expansionSections(trials),
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
