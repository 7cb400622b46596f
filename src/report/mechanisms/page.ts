/** The report on mechanisms. A pure function from results to files. */
import { familiesTable } from "../evidence/families.ts"
import { type Priced, price } from "../evidence/prices.ts"
import { isFinished, missingOf, type Unplaced } from "../evidence/trial.ts"
import { type Assumption, assumptionsTable, sources, tableBlock } from "../evidence/trial-tables.ts"
import { count } from "../page/format.ts"
import { withHeadline } from "../page/headline.ts"
import { figures, renderPage, type Section, text } from "../page/page.ts"
import { claimsOf, families } from "./claims.ts"
import { mechanismFigures } from "./figures.ts"
import { kindsOf, type Looked, type Start } from "./rows.ts"
import { layersTable, momentsTable, startsTable } from "./tables.ts"

export interface MechanismsReport {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  readonly networks: ReadonlyArray<Looked<Unplaced<Priced>>>
  readonly starts: ReadonlyArray<Start>
}

/** Files of the report by path: index.html, index.md, data/*.csv, figures/*.svg. */
export function mechanismsReport({ title, question, assumptions, networks, starts }: MechanismsReport) {
  const { trials, kinds } = kindsOf(networks)
  const missing = missingOf(trials)
  const coverage = `${trials.filter(isFinished).length} of ${count(trials.length, "training")} finished${missing.length === 0 ? "" : `; missing: ${price(missing)}`}.`
  const sections: ReadonlyArray<Section> = [
    {
      id: "mechanisms",
      title: "Layer by layer",
      blocks: [...figures(mechanismFigures(kinds, starts)), tableBlock(layersTable(kinds))]
    },
    { id: "moments", title: "Along the training", blocks: [tableBlock(momentsTable(kinds))] },
    { id: "starts", title: "Before training", blocks: starts.length === 0 ? [] : [tableBlock(startsTable(starts))] },
    {
      id: "decisions",
      title: "What was tested",
      blocks: [
        text(equalLoss),
        tableBlock(familiesTable(families(kinds, starts), "Every question in every kind of network"))
      ]
    },
    { id: "assumptions", title: "Assumptions", blocks: [tableBlock(assumptionsTable(assumptions))] },
    { id: "sources", title: "Where every number comes from", blocks: sources(trials) }
  ]
  const answers: Section = { id: "answers", title: "In short", blocks: [text(coverage)] }
  return renderPage({ title, lead: question, sections: withHeadline(answers, claimsOf(kinds, starts), sections) })
}

const equalLoss =
  "At equal training loss: both networks of a seed where they have come down to the larger of their least losses, on the training images of the analysis, read between the moments by the logarithm of the loss. Pairs of which one has lost less than a tenth of its first loss are in no mean. Validation losses are those of the first epoch whose running training loss is as low."
