/** The report on overfitting: depth and width at equal parameters. A pure function from results to files. */
import { estimate, fewestSeeds, mean, tInterval } from "../../statistics/statistics.ts"
import { type Priced, price } from "../evidence/prices.ts"
import { inScopes } from "../evidence/scope.ts"
import type { Unplaced } from "../evidence/trial.ts"
import { isFinished, missingOf } from "../evidence/trial.ts"
import { type Assumption, assumptionsTable, sources, tableBlock } from "../evidence/trial-tables.ts"
import { arranged, type Claim, openClaim } from "../page/claims.ts"
import { capital, count, list, signed, significant } from "../page/format.ts"
import { figures, renderPage, type Section, text } from "../page/page.ts"
import { type CapacityFound, capacityClaims, capacityFigure, capacityTable } from "./capacity.ts"
import {
  type Comparison,
  type Contrast,
  cellsOf,
  comparisonsOf,
  type Fitted,
  fittedOf,
  MEASURES,
  type Part,
  sizesOf
} from "./rows.ts"
import { comparisonsTable, memorizedTable, networksTable, severityTable } from "./tables.ts"

export interface OverfittingReport {
  readonly title: string
  readonly question: string
  readonly assumptions: ReadonlyArray<Assumption>
  /** Training loss at which a network counts as at its minimum. */
  readonly criterion: number
  readonly trainings: ReadonlyArray<{ readonly part: Part; readonly trial: Unplaced<Priced> }>
  /** Searches for the largest number of examples that is fitted. */
  readonly capacities: ReadonlyArray<CapacityFound>
}

/** Files of the report by path: index.html, index.md, data/*.csv. */
export function overfittingReport(report: OverfittingReport) {
  const { title, question, assumptions, criterion, trainings, capacities } = report
  const placed = inScopes(trainings.map(({ trial }) => trial))
  const cells = cellsOf(trainings.map(({ part }, i) => ({ part, trial: placed[i] })))
  const comparisons = comparisonsOf(cells)
  const fitted = fittedOf(cells, criterion)
  const missing = missingOf(placed)
  const severity = severityTable(cells)
  const coverage = `${placed.filter(isFinished).length} of ${count(placed.length, "training")} finished${missing.length === 0 ? "" : `; missing: ${price(missing)}`}.`
  const claims = [
    ...claimsOf(comparisons, "parallel − sequential"),
    ...claimsOf(comparisons, "more filters − more layers"),
    falls(fitted, criterion),
    ...capacityClaims(capacities)
  ]
  const sections: ReadonlyArray<Section> = [
    { id: "answers", title: "In short", blocks: [{ kind: "claims", claims: arranged(claims) }, text(coverage)] },
    {
      id: "comparisons",
      title: "At equal P and Q",
      blocks: [text(sizes(sizesOf(cells, "width"))), tableBlock(comparisonsTable(comparisons))]
    },
    { id: "memorized", title: "Wrong labels", blocks: fitted.length === 0 ? [] : [tableBlock(memorizedTable(fitted))] },
    {
      id: "capacity",
      title: "How many images are fitted",
      blocks:
        capacities.length === 0 ? [] : [...figures([capacityFigure(capacities)]), tableBlock(capacityTable(capacities))]
    },
    { id: "corrupted", title: "Corrupted images", blocks: severity === undefined ? [] : [tableBlock(severity)] },
    { id: "networks", title: "Networks", blocks: [tableBlock(networksTable(cells))] },
    { id: "assumptions", title: "Assumptions", blocks: [tableBlock(assumptionsTable(assumptions))] },
    { id: "sources", title: "Where every number comes from", blocks: sources(placed) }
  ]
  return renderPage({ title, lead: question, sections: sections.filter(({ blocks }) => blocks.length > 0) })
}

const sizes = (networks: ReadonlyArray<string>): string =>
  networks.length === 0
    ? ""
    : `Filters × layers: ${list(networks)}. On larger images the dense layer alone fixes P (at 28×28 about 7,840 for each filter), so that width and depth cannot be exchanged there.`

/** One claim a measure: is it about equal in every cell, on which side is there more of it? */
function claimsOf(comparisons: ReadonlyArray<Comparison>, contrast: Contrast): ReadonlyArray<Claim> {
  const [first, second] = contrast.split(" − ")
  return MEASURES.flatMap((measure) => {
    const own = comparisons.filter((one) => one.contrast === contrast && one.measure === measure)
    const question = `${capital(first)} against ${second}: is the ${measure.title} about equal in every cell, within ${measure.marginText}?`
    if (own.length === 0) return []
    const kinds = own.map(({ looked }) => looked.verdict)
    const equal = kinds.filter(({ kind }) => kind === "equal" || kind === "different, within the margin").length
    const beyond = kinds.filter(({ kind }) => kind === "different").length
    const more = (sign: 1 | -1) => kinds.filter((verdict) => "sign" in verdict && verdict.sign === sign).length
    const open = kinds.filter(({ kind }) => kind === "open").length
    const means = own.map(({ differences }) => mean(differences))
    const range = `mean differences ${signed(Math.min(...means))} … ${signed(Math.max(...means))}`
    if (open === own.length) {
      const few = kinds.some((verdict) => verdict.kind === "open" && verdict.why.reason === "few seeds")
      return [
        openClaim(question, few ? "seeds are missing" : "no cell is decided", `${count(own.length, "cell")}, ${range}`)
      ]
    }
    const holds = beyond > 0 ? false : equal === own.length ? true : undefined
    const sides = list([
      ...(more(1) > 0 ? [`larger with ${first} in ${more(1)}`] : []),
      ...(more(-1) > 0 ? [`larger with ${second} in ${more(-1)}`] : [])
    ])
    const told = `About equal in ${equal}, ${sides === "" ? "" : `${sides}, `}open in ${open} of ${count(own.length, "cell")} (by more than the margin in ${beyond}); ${range}.`
    return [{ question, holds, sentence: told, ...(holds === undefined && { partly: true as const }) }]
  })
}

/** A slope so near to −1 counts as it. */
const SLOPE = 0.2

/**
 * The theory: the share of noise that is fitted falls like 1/Q, at the minimum. It is told of networks that were trained on
 * to the criterion where some were, and of those after equal epochs beside them.
 */
function falls(fitted: ReadonlyArray<Fitted>, criterion: number): Claim {
  const question = "Does the share of wrong labels that is memorized fall like 1/Q?"
  const further = fitted.filter(({ part, reached, missed }) => part === "minimum" && reached + missed > 0)
  const equal = fitted.filter(({ part }) => part === "depth")
  const asked = further.length > 0 ? further : equal
  const missed = asked.reduce((sum, one) => sum + one.missed, 0)
  const all = asked.reduce((sum, one) => sum + one.missed + one.reached, 0)
  const counted = `${missed} of ${count(all, "network")} did not come down to a training loss of ${criterion}`
  const told = slopesOf(asked)
  const beside = further.length === 0 ? "" : slopesText(slopesOf(equal))
  const numbers = [
    ...(told.length === 0
      ? []
      : [`slope of ln share over ln Q, −1 for 1/Q, with intervals that hold at 95 % together: ${slopesText(told)}`]),
    ...(beside === "" ? [] : [`after equal epochs: ${beside}`])
  ].join("; ")
  if (all > 0 && missed * 2 >= all) return openClaim(question, `the theory is of the minimum, and ${counted}`, numbers)
  if (told.length === 0) return openClaim(question, `a test needs ${fewestSeeds} seeds`, numbers)
  const [least, most] = [-1 - SLOPE, -1 + SLOPE]
  const like = told.filter(({ low, high }) => low > least && high < most)
  const not = told.filter(({ low, high }) => high < least || low > most)
  return {
    question,
    holds: not.length > 0 ? false : like.length === told.length ? true : undefined,
    sentence: `${capital(numbers)}; like 1/Q is within ${SLOPE} of −1. The theory is of the minimum: ${counted}.`
  }
}

/** Slopes with intervals that hold at 95 % together (Bonferroni), of those with seeds enough. */
function slopesOf(fitted: ReadonlyArray<Fitted>) {
  const tested = fitted.filter(({ slopes }) => slopes.length >= fewestSeeds)
  const level = 1 - 0.05 / tested.length
  return tested.map((one) => ({ ...one, ...tInterval(estimate(one.slopes), level), centre: mean(one.slopes) }))
}

const slopesText = (told: ReturnType<typeof slopesOf>): string =>
  list(
    told.map(
      ({ noise, depth, centre, low, high }) =>
        `${(100 * noise).toFixed(0)} %, depth ${depth}: ${significant(centre)} (${significant(low)} … ${significant(high)})`
    )
  )
