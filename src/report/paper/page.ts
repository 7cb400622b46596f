/** The report on grids of trials, in the form of the paper: a section a data set, ours beside the paper's numbers. */

import type { Rates } from "../../network/cost.ts"
import { choiceClaims, choicesOf, choiceTable } from "../depth/choice.ts"
import { depthFigure } from "../depth/figure.ts"
import { comparisonsOf, signsOf } from "../evidence/comparisons.ts"
import { distinct, seriesIn } from "../evidence/grid.ts"
import type { GridTrial } from "../evidence/grid-trial.ts"
import { pairsTable, signsExplained, signsTable, testsExplained, testsTable } from "../evidence/tables.ts"
import { coverageText } from "../evidence/trial.ts"
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
import { scatterFigure } from "../figures/scatter.ts"
import { type Block, type Claim, figures, renderPage, type Section, text } from "../page/page.ts"
import type { Table } from "../page/tables.ts"
import { paperClaims } from "./claims.ts"
import { pricesExplained } from "./prices.ts"
import { coverageTable, subsetTable, table2 } from "./tables.ts"
export interface GridReport {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  readonly trials: ReadonlyArray<GridTrial>
  /** What the trials' prices were told by. */
  readonly rates: Rates
}

const named = (table: Table, dataset: string): Block => tableBlock({ ...table, name: `${table.name}-${dataset}` })

/** Files of the report by path: index.html, index.md, data/*.csv, figures/*.svg. */
export function gridReport({ title, question, assumptions, trials, rates }: GridReport) {
  const whole = trials.filter((t) => !t.subset)
  const datasets = distinct(whole.map((t) => t.dataset))
  const [{ network: first }] = whole
  const inSeries = (t: GridTrial) => t.network.kernel === first.kernel && t.network.activation === first.activation
  const layers = distinct(whole.map((t) => t.network.layers))
  const series = {
    kernel: first.kernel,
    activation: first.activation,
    layers: layers.includes(16) ? 16 : Math.max(...layers)
  }
  const choices = seriesIn(trials).some((name) => name.startsWith("depth")) ? choicesOf(trials) : []

  const sections: ReadonlyArray<Section> = [
    {
      id: "run",
      title: "What was run",
      blocks: [
        text(`${coverageText(whole)}. ${coverageNote}`),
        tableBlock(axesTable(whole)),
        ...datasets.map((dataset) =>
          tableBlock(
            coverageTable(
              whole.filter((t) => t.dataset === dataset),
              dataset
            )
          )
        )
      ]
    },
    ...(choices.length === 0
      ? []
      : [
          {
            id: "depths",
            title: "Between deep and shallow",
            blocks: [
              text(
                "A network of N layers in d blocks runs N/d layers side by side in each block: depth N is the sequential network, depth 1 the parallel one. All depths have the same parameters and start from the same values."
              ),
              tableBlock(choiceTable(choices)),
              ...distinct(trials.map((t) => t.dataset)).flatMap((dataset) => figures([depthFigure(trials, dataset)]))
            ]
          }
        ]),
    ...datasets.map((dataset): Section => {
      const own = whole.filter((t) => t.dataset === dataset)
      const small = trials.filter((t) => t.subset && t.dataset.startsWith(`${dataset}, `))
      const line = own.filter(inSeries)
      const signs = signsOf(own)
      const comparisons = comparisonsOf(own)
      return {
        id: dataset,
        title: dataset,
        blocks: [
          text(`${coverageText(own)}.`),
          tableBlock(table2(own, dataset)),
          ...(signs.length === 0 ? [] : [text(signsExplained), named(signsTable(signs), dataset)]),
          ...figures([
            axisFigure(line, dataset, "layers", "loss"),
            axisFigure(line, dataset, "filters", "loss"),
            axisFigure(line, dataset, "layers", "accuracy"),
            scatterFigure(own, dataset)
          ]),
          ...(small.length === 0 ? [] : [tableBlock(subsetTable(small, own, dataset))]),
          ...(comparisons.length === 0
            ? []
            : [
                text(testsExplained(own)),
                named(testsTable(comparisons), dataset),
                named(pairsTable(comparisons), dataset)
              ]),
          ...figures([curvesFigure(line, dataset)])
        ]
      }
    }),
    { id: "networks", title: "Networks", blocks: [tableBlock({ ...configurationsTable(trials), folded: true })] },
    { id: "assumptions", title: "Assumptions", blocks: [tableBlock(assumptionsTable(assumptions))] },
    { id: "sources", title: "Where every number comes from", blocks: sources(trials) }
  ]
  const drawn = new Set(
    sections.flatMap(({ blocks }) => blocks.flatMap((block) => (block.kind === "figure" ? [block.figure.name] : [])))
  )
  const claims = [...choiceClaims(choices), ...paperClaims(whole, series)].map(
    ({ figure, ...claim }): Claim => (figure !== undefined && drawn.has(figure) ? { ...claim, figure } : claim)
  )
  const answers: Section = {
    id: "answers",
    title: "In short",
    blocks: [{ kind: "claims", claims }, text(`${rule} ${pricesExplained(rates)}`)]
  }
  return renderPage({ title, lead: question, sections: [answers, ...sections] })
}

const rule =
  "yes: it holds; no: it does not; open: it cannot be told. “About equal” stands only where an equivalence test (TOST, paired t, α 0.05) rejects a difference beyond the margin. A claim about a part of the grid stays open while fewer than half of its pairs are there; from there on its interval is widened for those that are missing."

const coverageNote =
  "Means are over what finished: cheap networks come first, so a part of the grid is not a random part of it. Intervals widen with fewer seeds, and for the configurations that are missing. Diverged trials are counted and in no mean."
