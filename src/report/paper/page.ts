/** The report on grids of trials, in the form of the paper: a section a data set, ours beside the paper's numbers. */

import type { Rates } from "../../network/cost.ts"
import { choiceClaims, choicesOf, choiceTable, depthsExplained } from "../depth/choice.ts"
import { depthFigures } from "../depth/figure.ts"
import { comparisonsOf, type Sign, signsOf } from "../evidence/comparisons.ts"
import { corruptionsTable } from "../evidence/further-scores.ts"
import { seriesIn } from "../evidence/grid.ts"
import { distinct, groupBy } from "../evidence/groups.ts"
import { pricesExplained } from "../evidence/prices.ts"
import { inScopes } from "../evidence/scope.ts"
import { asideTable, pairsTable, signsExplained, signsTable, testsExplained, testsTable } from "../evidence/tables.ts"
import { coverageText, type Unplaced } from "../evidence/trial.ts"
import {
  type Assumption,
  assumptionsTable,
  axesTable,
  configurationsTable,
  sources,
  tableBlock
} from "../evidence/trial-tables.ts"
import { axisFigure } from "../figures/charts.ts"
import { curvesFigure } from "../figures/curves.ts"
import { drawn, type Facet } from "../figures/facets.ts"
import { scatterFigure } from "../figures/scatter.ts"
import type { Figure } from "../page/figures.ts"
import { withHeadline } from "../page/headline.ts"
import { type Block, figures, renderPage, type Section, text } from "../page/page.ts"
import type { Table } from "../page/tables.ts"
import { paperClaims } from "./claims.ts"
import { coverageTable, subsetTable, table2 } from "./tables.ts"
import type { GridTrial } from "./trial.ts"
export interface GridReport {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  readonly trials: ReadonlyArray<Unplaced<GridTrial>>
  /** What the trials' prices were told by. */
  readonly rates: Rates
  /** Name of the study, for the commands that would decide what is open. */
  readonly study?: string | undefined
}

/** Files of the report by path: index.html, index.md, data/*.csv, figures/*.svg. */
export function gridReport({ title, question, assumptions, trials, rates, study }: GridReport) {
  const all = inScopes(trials)
  // Where all of a study trains on subsets, these are its grid.
  const some = trials.some((t) => !t.subset)
  const whole = inScopes(trials.filter((t) => !(some && t.subset)))
  const subsets = inScopes(trials.filter((t) => some && t.subset))
  const [{ network: first }] = whole
  const layers = distinct(whole.map((t) => t.network.layers))
  const series = {
    kernel: first.kernel,
    activation: first.activation,
    layers: layers.includes(16) ? 16 : Math.max(...layers)
  }
  const between = seriesIn(all).some((name) => name.startsWith("depth"))
  const parts = [whole, subsets].map((part) => ({ choices: between ? choicesOf(part) : [], drawn: drawn(part) }))
  const { facets, left } = parts[0].drawn
  const depths = parts.flatMap(
    ({ choices, drawn }): ReadonlyArray<Block> => [
      ...(choices.length === 0 ? [] : [tableBlock(choiceTable(choices))]),
      ...figures([...drawn.facets.values()].flat().flatMap(depthFigures))
    ]
  )
  const signs = signsOf(whole)
  const corruptions = corruptionsTable(all)
  const scopes = [...groupBy(whole, (t) => t.scope.name).values()]
  const sections: ReadonlyArray<Section> = [
    {
      id: "run",
      title: "What was run",
      blocks: [
        text(
          `${coverageText(whole)}${subsets.length === 0 ? "" : `; of small networks on subsets of the training set ${coverageText(subsets)}`}. ${coverageNote}`
        ),
        ...(left === undefined ? [] : [text(left)]),
        tableBlock(axesTable(whole)),
        ...scopes.map((own) => tableBlock(coverageTable(own)))
      ]
    },
    {
      id: "depths",
      title: "Between deep and shallow",
      blocks: depths.length === 0 ? [] : [text(depthsExplained), ...depths]
    },
    ...scopes.map((own) =>
      scopeSection(own, {
        facets: facets.get(own[0].scope.name) ?? [],
        signs: signs.filter((s) => s.scope.name === own[0].scope.name),
        small: subsets.filter((t) => t.dataset === own[0].dataset)
      })
    ),
    {
      id: "corruptions",
      title: "On corrupted images",
      blocks: corruptions === undefined ? [] : [tableBlock(corruptions)]
    },
    { id: "networks", title: "Networks", blocks: [tableBlock({ ...configurationsTable(all), folded: true })] },
    { id: "assumptions", title: "Assumptions", blocks: [tableBlock(assumptionsTable(assumptions))] },
    { id: "sources", title: "Where every number comes from", blocks: sources(all) }
  ]
  const [ofAll, ofSubsets] = parts.map(({ choices }) => choices)
  const claims = [
    ...choiceClaims(ofAll, ({ name }) => name),
    ...choiceClaims(ofSubsets, ({ name }) => `${name}, on subsets of the training set`),
    ...paperClaims(whole, series, study, signs)
  ]
  const answers: Section = { id: "answers", title: "In short", blocks: [text(`${rule} ${pricesExplained(rates)}`)] }
  return renderPage({ title, lead: question, sections: withHeadline(answers, claims, sections) })
}

interface Beside {
  readonly facets: ReadonlyArray<Facet<GridTrial>>
  readonly signs: ReadonlyArray<Sign>
  /** Trials of the same data set on parts of its training set. */
  readonly small: ReadonlyArray<GridTrial>
}

/** Everything about the trials of one scope. */
function scopeSection(own: ReadonlyArray<GridTrial>, { facets, signs, small }: Beside): Section {
  const [{ scope }] = own
  const comparisons = comparisonsOf(own)
  const aside = asideTable(comparisons)
  const named = (table: Table): Block => tableBlock({ ...table, name: `${table.name}-${scope.slug}` })
  const each = (make: (facet: Facet) => ReadonlyArray<Figure | undefined>) => figures(facets.flatMap(make))
  return {
    id: scope.slug,
    title: scope.name,
    blocks: [
      text(`${coverageText(own)}.`),
      tableBlock(table2(own)),
      ...(comparisons.length === 0 ? [] : [text(signsExplained(signs)), named(signsTable(signs))]),
      ...each((facet) => [
        axisFigure(facet, "layers", "loss"),
        axisFigure(facet, "filters", "loss"),
        axisFigure(facet, "layers", "accuracy")
      ]),
      ...(facets.length === 0 ? [] : figures([scatterFigure(own)])),
      ...(small.length === 0 ? [] : [tableBlock(subsetTable(small, own))]),
      ...(comparisons.length === 0
        ? []
        : [
            text(testsExplained(own)),
            named(testsTable(comparisons)),
            ...(aside === undefined ? [] : [named(aside)]),
            named(pairsTable(comparisons))
          ]),
      ...each((facet) => [curvesFigure(facet)])
    ]
  }
}

const rule =
  "yes: it holds; no: it does not; open: it cannot be told. “About equal” stands only where an equivalence test (TOST, paired t, α 0.05, corrected for the number of comparisons) rejects a difference beyond the margin. A claim about a part of the grid stays open while fewer than half of its pairs are there; from there on its interval is widened for those that are missing."

const coverageNote =
  "Means are over what finished: cheap networks come first, so a part of the grid is not a random part of it. Intervals widen with fewer seeds, and for the configurations that are missing. Diverged trials are counted and in no mean."
