/** The report on data sets: deep against shallow on each. A pure function from results to files. */
import type { Rates } from "../../network/cost.ts"
import { distinct, groupBy } from "../evidence/groups.ts"
import { pricesExplained } from "../evidence/prices.ts"
import { coverageText } from "../evidence/trial.ts"
import {
  type Assumption,
  assumptionsTable,
  configurationsTable,
  sources,
  tableBlock
} from "../evidence/trial-tables.ts"
import { withHeadline } from "../page/headline.ts"
import { figures, renderPage, type Section, text } from "../page/page.ts"
import { claimOf, trendClaim } from "./claims.ts"
import { axisFigure, differencesFigure } from "./figures.ts"
import { type DatasetsTrials, findingsOf, placed, trendsOf } from "./rows.ts"
import { coverageTable, decisionsTable, hardnessTable, looksTable, trendTable } from "./tables.ts"

export interface DatasetsReport extends DatasetsTrials {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  /** Numbers of seeds at which claims are looked at. */
  readonly looks: ReadonlyArray<number>
  readonly rates: Rates
}

/** Files of the report by path: index.html, index.md, data/*.csv, figures/*.svg. */
export function datasetsReport(input: DatasetsReport): Promise<Readonly<Record<string, Uint8Array>>> {
  const { title, question, assumptions, looks, rates } = input
  const { all, series, noise, linear } = placed(input)
  const findings = findingsOf(series, looks)
  const families = [...groupBy(findings, (one) => one.series.name).values()]
  const trends = trendsOf(noise, looks)
  const networks = distinct(series.flatMap(({ trials }) => trials))
  const sections: ReadonlyArray<Section> = [
    {
      id: "decisions",
      title: "Deep against shallow on each data set",
      blocks: [
        ...figures(families.map(differencesFigure)),
        tableBlock(decisionsTable(findings)),
        ...figures(series.map((one) => axisFigure(one, one.trials)))
      ]
    },
    {
      id: "hardness",
      title: "How hard the data sets are",
      blocks: [tableBlock(hardnessTable(networks, linear))]
    },
    {
      id: "noise",
      title: "Harder by wrong labels",
      blocks: trends.length === 0 ? [] : [tableBlock(trendTable(trends))]
    },
    {
      id: "looks",
      title: "What was declared beforehand",
      blocks: [text(declared), tableBlock(looksTable(looks, Math.max(...families.map((own) => own.length))))]
    },
    {
      id: "run",
      title: "What was run",
      blocks: [text(`${coverageText(all)}. ${pricesExplained(rates)}`), tableBlock(coverageTable(findings))]
    },
    { id: "networks", title: "Networks", blocks: [tableBlock({ ...configurationsTable(all), folded: true })] },
    { id: "assumptions", title: "Assumptions", blocks: [tableBlock(assumptionsTable(assumptions))] },
    { id: "sources", title: "Where every number comes from", blocks: sources(all) }
  ]
  const trend = trendClaim(trends)
  const claims = [...families.map(claimOf), ...(trend === undefined ? [] : [trend])]
  const answers: Section = { id: "answers", title: "In short", blocks: [text(rule)] }
  return renderPage({ title, lead: question, sections: withHeadline(answers, claims, sections) })
}

const rule =
  "yes: it holds; no: it does not; open: it cannot be told. Numbers in brackets are parallel / sequential, the geometric mean over a series' networks. “About equal” stands only where an equivalence test rejects a difference beyond the margin, corrected for the looks and for the data sets of its series."

const declared =
  "A claim is one series of networks on one data set: the difference of ln validation loss between parallel and sequential networks of the same parameters, seed and order of images, averaged over the series. It is looked at when all pairs of so many seeds are there, and at no other time, so that looking does not find more. It ends at the first look where a difference or an equivalence is decided; the other measures are tested in families of their own at the same looks. A pair of which one network diverged is in no mean, and where half of the networks have learned nothing the claim stays open."
