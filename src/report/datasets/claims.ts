/** What was claimed beforehand, series by series, and what the looks have decided. */
import type { Verdict } from "../../statistics/verdict.ts"
import type { Priced } from "../evidence/prices.ts"
import { price } from "../evidence/prices.ts"
import { type Claim, openClaim } from "../page/claims.ts"
import { count, list, percent } from "../page/format.ts"
import { type Finding, type Trend, VALIDATION } from "./rows.ts"
import { changeWords, lookedText, numbersOf } from "./words.ts"

const verdictOf = ({ looked }: Finding): Verdict => looked.validation.verdict

const isEqual = (finding: Finding): boolean => {
  const { kind } = verdictOf(finding)
  return kind === "equal" || kind === "different, within the margin"
}

/** Its next look, if the claim is open and has one. */
export const nextOf = ({ looked }: Finding): number | undefined => looked.validation.next

/** Trials of an open claim that its next look still needs. */
export function missingOf<T extends Priced>(finding: Finding<T>): ReadonlyArray<T> {
  const next = nextOf(finding)
  if (next === undefined) return []
  const seeds = [...new Set(finding.trials.map(({ seed }) => seed))].sort((a, b) => a - b).slice(0, next)
  const { trials } = finding
  return trials.filter(
    ({ metrics, seed, network }) => metrics === undefined && network.layers > 1 && seeds.includes(seed)
  )
}

/** "digits: about equal (×1.01, …); mnist: …" */
const toldOf = (findings: ReadonlyArray<Finding>): string =>
  findings
    .map((finding) => {
      const { validation } = finding.looked
      return `${finding.dataset}: ${lookedText(validation, VALIDATION)} (${numbersOf(validation, VALIDATION)})`
    })
    .join("; ")

/** One claim a series: deep and shallow validate about equally well on every data set. */
export function claimOf(findings: ReadonlyArray<Finding<Priced>>): Claim {
  const [{ series }] = findings
  const where = series.title
  const question = `Is the validation loss of parallel and sequential networks about equal, within ${VALIDATION.marginText}, on every data set?`
  const looked = findings.filter((one) => one.looked.validation.seeds !== undefined)
  const beyond = findings.filter((one) => verdictOf(one).kind === "different")
  const open = findings.filter(
    (one) => verdictOf(one).kind === "open" || verdictOf(one).kind === "different, by an open amount"
  )
  const missing = findings.flatMap(missingOf)
  const unseen = findings.filter((one) => one.looked.validation.seeds === undefined).map(({ dataset }) => dataset)
  const rest = [
    ...(unseen.length === 0 ? [] : [`yet to be looked at: ${list(unseen)}`]),
    ...(missing.length === 0 ? [] : [`what the next looks need: ${price(missing)}`])
  ].join("; ")
  const figure = `differences-${series.name}`
  if (looked.length === 0) return { ...openClaim(question, "no data set has had its first look", rest, figure), where }
  const told = `${toldOf(looked)}${rest === "" ? "" : `; ${rest}`}.`
  if (beyond.length > 0) {
    const sentence = `It is not: on ${count(beyond.length, "data set")} of ${findings.length} the difference is larger (${list(beyond.map(({ dataset }) => dataset))}). ${told}`
    return { question, where, holds: false, sentence, figure }
  }
  if (open.length === 0)
    return { question, where, holds: true, sentence: `It is, on all ${findings.length}. ${told}`, figure }
  const equal = findings.filter(isEqual).length
  return {
    question,
    where,
    holds: undefined,
    sentence: `It is on ${equal} of ${findings.length}; the others are open. ${told}`,
    partly: true,
    figure
  }
}

/** Difficulty is varied within one data set: does the difference change with the share of wrong labels? */
export function trendClaim(trends: ReadonlyArray<Trend>): Claim | undefined {
  if (trends.length === 0) return undefined
  const [{ shares }] = trends
  const most = percent(Math.max(...shares))
  const question = `Does the difference change as training labels become wrong, from none to ${most} %?`
  const looked = trends.filter((one) => one.looked.seeds !== undefined)
  if (looked.length === 0) return openClaim(question, "no data set has had its first look", "")
  const told = looked
    .map((one) => `${one.dataset}: ${changeWords(one.looked)} (${numbersOf(one.looked, VALIDATION)})`)
    .join("; ")
  const kinds = trends.map((one) => one.looked.verdict.kind)
  const changed = kinds.filter((kind) => kind === "different" || kind === "different, by an open amount").length
  const equal = kinds.filter((kind) => kind === "equal" || kind === "different, within the margin").length
  const holds = changed === trends.length ? true : equal === trends.length ? false : undefined
  const sentence = `It does on ${changed}, and by less than ${VALIDATION.marginText} on ${equal}, of ${count(trends.length, "data set")}. The ratio of validation losses, parallel / sequential, is multiplied by: ${told}.`
  return { question, holds, sentence, ...(holds === undefined && { partly: true as const }), figure: "noise" }
}
