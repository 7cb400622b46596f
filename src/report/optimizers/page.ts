/** The reports on optimizers: deep against shallow under several methods. Pure functions from results to files. */
import { type Assumption, assumptionsTable, tableBlock } from "../evidence/trial-tables.ts"
import type { Claim } from "../page/claims.ts"
import { count, significant } from "../page/format.ts"
import { withHeadline } from "../page/headline.ts"
import { figures, type Page, renderPage, type Section, text } from "../page/page.ts"
import { MEASURES, methodClaims } from "./claims.ts"
import { distilClaims, COLUMN as distilColumn, MEASURES as distilMeasures } from "./distil.ts"
import { contrastFigure, curvesFigures } from "./figures.ts"
import type { Measure } from "./measures.ts"
import { isFinished, type Outcome } from "./outcome.ts"
import { cellsOf, type Group, groupsOf } from "./rows.ts"
import { subsetClaims, COLUMN as subsetColumn, MEASURES as subsetMeasures } from "./subset.ts"
import { contrastTable, coverageTable, outcomesTable, pooledTable, trainingsTable } from "./tables.ts"
import { teacherClaims, COLUMN as teacherColumn, MEASURES as teacherMeasures } from "./teacher.ts"

/** What a report asks: which measures it compares by, what it pools by, and what it says of it. */
interface Questions {
  readonly measures: ReadonlyArray<Measure>
  readonly column?: string
  readonly claims: (groups: ReadonlyArray<Group>, usual: string) => ReadonlyArray<Claim>
}

const QUESTIONS = {
  methods: { measures: MEASURES, claims: methodClaims },
  teacher: { measures: teacherMeasures, column: teacherColumn, claims: teacherClaims },
  distil: { measures: distilMeasures, column: distilColumn, claims: distilClaims },
  subset: { measures: subsetMeasures, column: subsetColumn, claims: subsetClaims }
} satisfies Record<string, Questions>
export type About = keyof typeof QUESTIONS

export interface OptimizersReport {
  readonly about: About
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  /** The method that the paper has, which others are compared with. */
  readonly usual: string
  /** Of which processor the rates are that costs are told by. */
  readonly processor: string
  readonly outcomes: ReadonlyArray<Outcome>
}

/** Files of the report by path: index.html, index.md, data/*.csv, figures/*.svg. */
export const optimizersReport = (input: OptimizersReport): Promise<Readonly<Record<string, Uint8Array>>> =>
  renderPage(pageOf(input))

/** The page before it is written. */
export function pageOf({ about, title, question, assumptions, usual, processor, outcomes }: OptimizersReport): Page {
  const { measures, column, claims }: Questions = QUESTIONS[about]
  const cells = cellsOf(outcomes)
  const groups = groupsOf(cells, column)
  const answers = {
    id: "answers",
    title: "In short",
    blocks: [tableBlock(coverageTable(cells))]
  }
  const rest: ReadonlyArray<Section> = [
    {
      id: "contrasts",
      title: "Deep against shallow",
      blocks: [
        ...figures(measures.map((measure) => contrastFigure(cells, measure))),
        tableBlock(pooledTable(groups, measures, column)),
        tableBlock(contrastTable(cells, measures))
      ]
    },
    {
      id: "methods",
      title: "What each method came to",
      blocks: [
        tableBlock(outcomesTable(cells)),
        text(
          `Costs are counted passes at rates of one core of ${processor} (pipeline/method-rates.json): they are the same on every machine, and are no measurement of these trainings.`
        )
      ]
    },
    { id: "curves", title: "As the trainings go on", blocks: figures(cells.flatMap(curvesFigures)) },
    { id: "assumptions", title: "Assumptions", blocks: [tableBlock(assumptionsTable(assumptions))] },
    {
      id: "sources",
      title: "Where every number comes from",
      blocks: [
        text("Which code, parameters, data, seed, engine and machine made a node's outputs:"),
        {
          kind: "code",
          text: `npx pipeline show '${outcomes.map(({ nodes }) => nodes.train).find(Boolean) ?? "NODE"}'`
        },
        tableBlock(trainingsTable(cells))
      ]
    }
  ]
  return {
    title,
    lead: `${question} ${coverage(outcomes)}`,
    sections: withHeadline(answers, claims(groups, usual), rest)
  }
}

/** How much of the study is there: nothing is said of the rest. */
function coverage(outcomes: ReadonlyArray<Outcome>): string {
  const done = outcomes.filter(isFinished).length
  const diverged = outcomes.filter(({ metrics }) => metrics?.status === "diverged").length
  const missing = outcomes.filter(({ metrics }) => metrics === undefined)
  const parts = [
    `${done} of ${count(outcomes.length, "training")} finished`,
    ...(diverged > 0 ? [`${diverged} diverged and are in no mean`] : []),
    ...(missing.length > 0
      ? [
          `${missing.length} have not run, about ${significant(missing.reduce((sum, { price }) => sum + price, 0) / 3600, 2)} core-hours, and nothing is said of them`
        ]
      : [])
  ]
  return `${parts.join("; ")}.`
}
