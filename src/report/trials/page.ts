/**
 * The report of a study's trials: a pure function from results to files. Same trials, same bytes.
 */

import { choiceClaims, choicesOf, choiceTable, depthsExplained } from "../depth/choice.ts"
import { depthFigures } from "../depth/figure.ts"
import { comparisonsOf, signsOf } from "../evidence/comparisons.ts"
import { corruptionsTable } from "../evidence/further-scores.ts"
import { fullGrid, seriesIn } from "../evidence/grid.ts"
import { ascending, distinct, groupBy } from "../evidence/groups.ts"
import { inScopes, type Scope } from "../evidence/scope.ts"
import {
  asideTable,
  pairsTable,
  ratioTable,
  signsExplained,
  signsTable,
  testsExplained,
  testsTable
} from "../evidence/tables.ts"
import { isFinished, statusOf, type Trial, type Unplaced } from "../evidence/trial.ts"
import {
  type Assumption,
  assumptionsTable,
  axesTable,
  configurationsTable,
  networkCells,
  networkColumns,
  sources,
  tableBlock
} from "../evidence/trial-tables.ts"
import { expansionSections } from "../expansion/page.ts"
import { axisFigure, ratioFigure } from "../figures/charts.ts"
import { curvesFigure } from "../figures/curves.ts"
import { drawn, type Facet } from "../figures/facets.ts"
import type { Figure } from "../page/figures.ts"
import { count, counts, integer, list, percent } from "../page/format.ts"
import { withHeadline } from "../page/headline.ts"
import { type Block, figures, type Page, renderPage, type Section, text } from "../page/page.ts"
import { claimsOf } from "./claims.ts"
export interface TrialsReport {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  readonly trials: ReadonlyArray<Unplaced>
  /** Name of the study, for the commands that would decide what is open. */
  readonly study?: string | undefined
}

/** Files of the report by path: index.html, index.md, data/*.csv, figures/*.svg. */
export function trialsReport(input: TrialsReport): Promise<Readonly<Record<string, Uint8Array>>> {
  return renderPage(pageOf(input))
}

function pageOf({ title, question, assumptions, trials: unplaced, study }: TrialsReport): Page {
  const trials = inScopes(unplaced)
  const scopes = [...groupBy(trials, (t) => t.scope.name).values()].map((own) => ({ scope: own[0].scope, own }))
  const { facets, left } = drawn(trials)
  const shown = [...facets.values()].flat()
  const each = (make: (facet: Facet) => ReadonlyArray<Figure | undefined>) => figures(shown.flatMap(make))
  const eachScope = (make: (scope: Scope, own: ReadonlyArray<Trial>) => ReadonlyArray<Figure | undefined>) =>
    figures(scopes.filter(({ scope }) => facets.has(scope.name)).flatMap(({ scope, own }) => make(scope, own)))
  const comparisons = comparisonsOf(trials)
  const signs = signsOf(trials)
  const choices = seriesIn(trials).some((name) => name.startsWith("depth")) ? choicesOf(trials) : []
  const aside = asideTable(comparisons)
  const corruptions = corruptionsTable(trials)
  const sections: ReadonlyArray<Section> = [
    {
      id: "run",
      title: "What was run",
      blocks: [
        text(coverage(trials)),
        ...(left === undefined ? [] : [text(left)]),
        tableBlock(axesTable(trials)),
        ...missing(trials)
      ]
    },
    {
      id: "depths",
      title: "Between deep and shallow",
      blocks: [
        ...(choices.length === 0 ? [] : [text(depthsExplained), tableBlock(choiceTable(choices))]),
        ...each(depthFigures)
      ]
    },
    {
      id: "layers",
      title: "Against layers",
      blocks: each((facet) => [axisFigure(facet, "layers", "loss"), axisFigure(facet, "layers", "accuracy")])
    },
    {
      id: "filters",
      title: "Against filters",
      blocks: each((facet) => [axisFigure(facet, "filters", "loss"), axisFigure(facet, "filters", "accuracy")])
    },
    {
      id: "ratio",
      title: "By overdetermination ratio",
      blocks: [
        text(
          "Q = K·M / P: K training examples times M outputs over P free parameters. The table has the form of the paper's Table 2; networks of one layer count in both rows."
        ),
        tableBlock(ratioTable(trials)),
        ...(comparisons.length === 0 ? [] : [text(signsExplained(signs)), tableBlock(signsTable(signs))]),
        ...eachScope((_, own) => [ratioFigure(own)])
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
          : [
              text(testsExplained(trials)),
              tableBlock(testsTable(comparisons)),
              ...(aside === undefined ? [] : [tableBlock(aside)]),
              tableBlock(pairsTable(comparisons))
            ]
    },
    ...expansionSections(trials),
    { id: "curves", title: "Learning curves", blocks: each((facet) => [curvesFigure(facet)]) },
    {
      id: "corruptions",
      title: "On corrupted images",
      blocks: corruptions === undefined ? [] : [tableBlock(corruptions)]
    },
    { id: "configurations", title: "Networks", blocks: [tableBlock(configurationsTable(trials))] },
    {
      id: "assumptions",
      title: "Assumptions",
      blocks: assumptions.length === 0 ? [] : [tableBlock(assumptionsTable(assumptions))]
    },
    { id: "sources", title: "Where every number comes from", blocks: sources(trials) }
  ]
  const answers: Section = { id: "answers", title: "In short", blocks: [text(evidenceRule)] }
  const claims = [...claimsOf({ trials, study }, comparisons, signs), ...choiceClaims(choices)]
  return { title, lead: question, sections: withHeadline(answers, claims, sections) }
}

const evidenceRule =
  "open: these results cannot tell. “About equal” stands only where an equivalence test (TOST, paired t, α 0.05) rejects a difference beyond the margin; a difference is claimed only where the 95 % interval excludes zero and Wilcoxon's test stays below 0.05, and one beyond the margin only where a t test says so; each after Holm's correction."

function coverage(trials: ReadonlyArray<Trial>): string {
  const total = trials.length
  const of = (status: string) => trials.filter((t) => statusOf(t) === status).length
  const full = fullGrid(trials)
  const kinds = new Set(trials.map((t) => t.scope.name)).size
  const seeds = new Set(trials.map((t) => t.seed)).size
  const trainings = kinds === 1 ? [] : [count(kinds, "kind of training", "kinds of training")]
  const product = `the full product of ${list(["the networks' axes below", ...trainings, count(seeds, "seed")])}`
  const part = total === full ? product : `${percent(total / full)} % of ${product} (${count(full, "trial")})`
  const left = [
    of("diverged") > 0 ? `${integer(of("diverged"))} diverged` : "",
    of("missing") > 0 ? `${integer(of("missing"))} failed or are missing` : ""
  ].filter((s) => s !== "")
  const out =
    left.length === 0
      ? "All finished."
      : `${integer(of("finished"))} finished, ${list(left)}: these are counted here and left out of all means.`
  const finished = trials.filter(isFinished)
  const examples = [...groupBy(finished, (t) => t.dataset)].map(
    ([dataset, own]) =>
      `${dataset}: ${counts([...distinct(own.map((t) => t.metrics.train.count))].sort(ascending), "training example")}`
  )
  const epochs = [...distinct(finished.map((t) => t.metrics.epochs))].sort(ascending)
  const trained =
    epochs.length === 0
      ? ""
      : ` Trained for ${counts(epochs, "epoch")}${examples.length === 0 ? "" : ` (${list(examples)})`}.`
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
      columns: [...networkColumns(trials), { name: "seed", title: "Seed" }, { name: "status", title: "Status" }],
      rows: without.map((t) => [...networkCells(t), t.seed, statusOf(t)])
    })
  ]
}
