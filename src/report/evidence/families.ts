/**
 * One question asked of several groups of networks: in each a difference a seed, all of them a family of tests. What may
 * be said of all follows from the verdicts (docs/science.md, "What counts as evidence").
 */
import { judgeInLooks, type Looked } from "../../statistics/sequential.ts"
import { fewestSeeds, mean } from "../../statistics/statistics.ts"
import { type Claim, openClaim } from "../page/claims.ts"
import { capital, count, list } from "../page/format.ts"
import type { Table } from "../page/tables.ts"

/** A group of networks: a configuration, with one difference a seed. */
export interface Member {
  readonly name: string
  readonly differences: ReadonlyArray<number>
}

export interface Family {
  readonly question: string
  /** What is measured, as a table's cell says it. */
  readonly measure: string
  /**
   * What makes a yes: every mean within the margin; every mean below the margin, however far; every mean above zero.
   */
  readonly yes: "within" | "below" | "above"
  /** Differences within ±margin count as none. */
  readonly margin: number
  readonly marginText: string
  readonly show: (difference: number) => string
  readonly members: ReadonlyArray<Member>
  /** Seeds that were declared. */
  readonly seeds: number
  readonly figure?: string
}

export interface Judged extends Member {
  readonly looked: Looked
}

export const judgedMembers = ({ members, margin, seeds }: Family): ReadonlyArray<Judged> => {
  const looked = judgeInLooks(
    members.map(({ differences }) => differences),
    margin,
    [Math.max(fewestSeeds, seeds)]
  )
  return members.map((member, i) => ({ ...member, looked: looked[i] }))
}

/** What a verdict says to the question; undefined where it is open. */
function answerOf({ yes }: Family, { looked: { verdict } }: Judged): boolean | undefined {
  if (verdict.kind === "open") return undefined
  const sign = "sign" in verdict ? verdict.sign : 0
  const isSmall = verdict.kind === "equal" || verdict.kind === "different, within the margin"
  if (yes === "above") return sign > 0 ? true : sign < 0 || isSmall ? false : undefined
  if (isSmall || (yes === "below" && sign < 0)) return true
  return verdict.kind === "different" ? false : undefined
}

/** "8 layers: +1.20 points (0.90 … 1.50)" */
const told = ({ name, differences, looked }: Judged, show: Family["show"]): string => {
  const { interval } = looked
  const between = interval === undefined ? "" : ` (${show(interval.low)} … ${show(interval.high)})`
  return `${name}: ${show(mean(differences))}${between}`
}

/** Members of which a claim says each; of more, the range. */
const MOST = 6

/** What may be said of all members at once. */
export function familyClaim(family: Family): Claim {
  const { question, show, figure } = family
  const judged = judgedMembers(family).filter(({ differences }) => differences.length > 0)
  const means = judged.map(({ differences }) => mean(differences))
  const numbers =
    judged.length <= MOST
      ? judged.map((one) => told(one, show)).join("; ")
      : `means ${show(Math.min(...means))} … ${show(Math.max(...means))} in ${count(judged.length, "kind")} of network`
  if (judged.length === 0) return openClaim(question, "there is nothing yet that could be compared", "", figure)
  const answers = judged.map((one) => answerOf(family, one))
  const open = answers.filter((answer) => answer === undefined).length
  if (open === judged.length) {
    const few = judged.some(({ looked: { verdict } }) => verdict.kind === "open" && verdict.why.reason === "few seeds")
    return openClaim(
      question,
      few ? "too few seeds are there that can be compared" : "no kind of network is decided",
      numbers,
      figure
    )
  }
  const no = answers.filter((answer) => answer === false).length
  const yes = answers.length - open - no
  const holds = no > 0 ? false : open === 0 ? true : undefined
  const counted = list([
    ...(yes > 0 ? [`yes in ${yes}`] : []),
    ...(no > 0 ? [`no in ${no}`] : []),
    ...(open > 0 ? [`open in ${open}`] : [])
  ])
  const said = judged.length === 1 ? "" : `${capital(counted)} of ${count(judged.length, "kind")} of network. `
  const sentence = `${said}${/^[a-z]/.test(numbers) ? capital(numbers) : numbers}.`
  return {
    question,
    holds,
    sentence,
    ...(holds === undefined && { partly: true as const }),
    ...(figure !== undefined && { figure })
  }
}

const words = ({ looked: { verdict } }: Judged): string => {
  switch (verdict.kind) {
    case "equal":
      return "about 0"
    case "open":
      return verdict.why.reason === "few seeds" ? `open: needs ${verdict.why.needs} seeds` : "open"
    case "different":
      return verdict.sign > 0 ? "above the margin" : "below the margin"
    case "different, within the margin":
      return `${verdict.sign > 0 ? "above" : "below"} 0, within the margin`
    case "different, by an open amount":
      return `${verdict.sign > 0 ? "above" : "below"} 0, by how much is open`
  }
}

/** Every member of every family: mean, interval, verdict. */
export function familiesTable(families: ReadonlyArray<Family>, title: string): Table {
  return {
    name: "decisions",
    title,
    note: "Means of a difference a seed with intervals at 95 %, each for itself; verdicts are corrected for the kinds of network of one measure (Holm).",
    columns: [
      { name: "measure", title: "Measure" },
      { name: "network", title: "Network" },
      { name: "mean", title: "mean", group: "Difference" },
      { name: "low", title: "from", group: "Difference" },
      { name: "high", title: "to", group: "Difference" },
      { name: "margin", title: "Margin" },
      { name: "seeds", title: "Seeds" },
      { name: "verdict", title: "Verdict" }
    ],
    rows: families.flatMap((family) =>
      judgedMembers(family).map((one) => {
        const { differences, looked } = one
        const { interval } = looked
        return [
          family.measure,
          one.name,
          differences.length === 0 ? null : mean(differences),
          interval?.low ?? null,
          interval?.high ?? null,
          family.marginText,
          differences.length,
          words(one)
        ]
      })
    )
  }
}
