/**
 * The report on a drawn part of a grid: what it says of the whole, by the weights of the draw. A pure function from results
 * to files.
 */
import type { Rates } from "../../network/cost.ts"
import { distinct } from "../evidence/groups.ts"
import { price, pricesExplained } from "../evidence/prices.ts"
import { inScopes } from "../evidence/scope.ts"
import { coverageText, missingOf, type Unplaced } from "../evidence/trial.ts"
import {
  type Assumption,
  assumptionsTable,
  configurationsTable,
  sources,
  tableBlock
} from "../evidence/trial-tables.ts"
import { verdictText } from "../evidence/verdicts.ts"
import { differencesPanel, saidOf } from "../figures/differences.ts"
import type { Figure } from "../page/figures.ts"
import { count, integer } from "../page/format.ts"
import { withHeadline } from "../page/headline.ts"
import { type Block, figures, renderPage, type Section, text } from "../page/page.ts"
import { sampledClaim } from "./claims.ts"
import { isJudged, type SampledComparison, type SampledTrial, sampledComparisons, type Unit } from "./rows.ts"
import { drawnTable, estimatesTable, frameTable, sampledTable2 } from "./tables.ts"

export interface SampledReport {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  /** How it was drawn. */
  readonly sample: { readonly expected: number; readonly seed: number }
  /** All configurations of the grid. */
  readonly units: ReadonlyArray<Unit>
  readonly trials: ReadonlyArray<Unplaced<SampledTrial>>
  /** What the trials' prices were told by. */
  readonly rates: Rates
}

/** Files of the report by path: index.html, index.md, data/*.csv, figures/*.svg. */
export function sampledReport({ title, question, assumptions, sample, units, trials: unplaced, rates }: SampledReport) {
  const trials = inScopes(unplaced)
  const comparisons = sampledComparisons(trials, units)
  const whole = comparisons.filter(({ interval }) => interval.label === "all")
  const names = distinct(comparisons.map(({ measure }) => measure.name))
  const drawings = new Map(names.map((name) => [name, figureOf(comparisons.filter((c) => c.measure.name === name))]))
  const claims = whole.map((one) => sampledClaim(one, drawings.get(one.measure.name)?.name ?? ""))
  const missing = missingOf(trials)
  const drawn = units.filter((unit) => unit.drawn).length
  const standing = missing.length === 0 ? "" : ` What has not run: ${price(missing)}.`
  const nothing: ReadonlyArray<Block> =
    comparisons.length > 0 ? [] : [text("No pair has finished: nothing to estimate.")]
  const sections: ReadonlyArray<Section> = [
    {
      id: "estimates",
      title: "Estimates for the whole grid",
      blocks: [...nothing, ...figures([...drawings.values()]), tableBlock(estimatesTable(comparisons))]
    },
    { id: "table-2", title: "The paper's Table 2, estimated", blocks: [tableBlock(sampledTable2(trials, units))] },
    {
      id: "sample",
      title: "What was drawn",
      blocks: [
        text(
          `${integer(drawn)} of ${count(units.length, "configuration")} were drawn, ${sample.expected} on average (draw ${sample.seed}). ${design} ${coverageText(trials)}.${standing} ${pricesExplained(rates)}`
        ),
        tableBlock(drawnTable(trials)),
        tableBlock(frameTable(units))
      ]
    },
    { id: "networks", title: "Networks", blocks: [tableBlock({ ...configurationsTable(trials), folded: true })] },
    { id: "assumptions", title: "Assumptions", blocks: [tableBlock(assumptionsTable(assumptions))] },
    { id: "sources", title: "Where every number comes from", blocks: sources(trials) }
  ]
  const answers: Section = { id: "answers", title: "In short", blocks: [text(rule)] }
  return renderPage({ title, lead: question, sections: withHeadline(answers, claims, sections) })
}

const rule =
  "yes: it holds; no: it does not; open: it cannot be told. This is a part of the grid that was drawn by chance, and every sentence is an estimate for all configurations that could have been drawn; its interval grows with what varies between configurations and with what varies between seeds. “About equal” stands only where an equivalence test rejects a difference beyond the margin, corrected for the number of comparisons."

const design =
  "Drawn is a configuration, with both architectures and all its seeds: each by itself, with a probability that was declared before anything was run and falls as its cost rises, to no less than a fiftieth of the largest. One that was drawn with a probability of 1/10 stands for 10. A larger sample keeps what was drawn. Until all that was drawn has run nothing is claimed, since the cheap ones run first."

/** One measure's estimates in all parts that were tested. */
function figureOf(comparisons: ReadonlyArray<SampledComparison>): Figure | undefined {
  const rows = comparisons.flatMap(({ dataset, interval, sampled, outcome, measure }) => {
    if (!isJudged(outcome) || outcome.interval === undefined) return []
    const name = interval.label === "all" ? dataset : `${dataset}, Q ${interval.label}`
    const { low, high } = outcome.interval
    return [{ name, mean: sampled.centre, low, high, said: verdictText(outcome, measure) }]
  })
  const [first] = comparisons
  if (rows.length === 0 || first === undefined) return undefined
  const { name, title, margin, marginText } = first.measure
  return {
    name: `estimates-${name.replaceAll(" ", "-")}`,
    title: `Parallel less sequential, ${name}, over all configurations`,
    caption: `Points are estimates from what was drawn, lines their intervals at 95 %; in the grey band the difference counts as none (${marginText}). Parts with too few drawn configurations are left out.`,
    panels: [differencesPanel(rows, { title, alt: saidOf(rows), measured: `${title}, parallel − sequential`, margin })],
    columns: ["part", "estimate", "low", "high", "verdict"].map((column) => ({ name: column, title: column })),
    rows: rows.map(({ name, mean, low, high, said }) => [name, mean, low, high, said])
  }
}
