/** The report on lesions of trained networks. A pure function from results to files. */
import { familiesTable } from "../evidence/families.ts"
import { type Priced, price } from "../evidence/prices.ts"
import { isFinished, missingOf, type Unplaced } from "../evidence/trial.ts"
import { type Assumption, assumptionsTable, sources, tableBlock } from "../evidence/trial-tables.ts"
import { count } from "../page/format.ts"
import { withHeadline } from "../page/headline.ts"
import { figures, renderPage, type Section, text } from "../page/page.ts"
import { claimsOf, families, type Precision } from "./claims.ts"
import { lesionFigures } from "./figures.ts"
import { kindsOf, type Pair } from "./rows.ts"
import { continuedTable, lesionsTable } from "./tables.ts"

export interface LesionReport {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  readonly precision: Precision
  readonly pairs: ReadonlyArray<Pair<Unplaced<Priced>>>
}

/** Files of the report by path: index.html, index.md, data/*.csv, figures/*.svg. */
export function lesionReport({ title, question, assumptions, precision, pairs }: LesionReport) {
  const { trials, kinds } = kindsOf(pairs)
  const missing = missingOf(trials)
  const coverage = `${trials.filter(isFinished).length} of ${count(trials.length, "training")} finished${missing.length === 0 ? "" : `; missing: ${price(missing)}`}.`
  const continued = continuedTable(kinds)
  const sections: ReadonlyArray<Section> = [
    {
      id: "lesions",
      title: "Lesions",
      blocks: [...figures(lesionFigures(kinds)), tableBlock(lesionsTable(kinds))]
    },
    { id: "trained-on", title: "Trained on", blocks: continued === undefined ? [] : [tableBlock(continued)] },
    {
      id: "decisions",
      title: "What was tested",
      blocks: [tableBlock(familiesTable(families(kinds), "Every question in every kind of network"))]
    },
    { id: "assumptions", title: "Assumptions", blocks: [tableBlock(assumptionsTable(assumptions))] },
    { id: "sources", title: "Where every number comes from", blocks: sources(trials) }
  ]
  const answers: Section = { id: "answers", title: "In short", blocks: [text(coverage)] }
  return renderPage({
    title,
    lead: question,
    sections: withHeadline(answers, claimsOf(kinds, precision), sections)
  })
}
