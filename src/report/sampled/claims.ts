/** What the estimates from a drawn part of a grid say of the whole, in sentences. */
import { fewestSeeds } from "../../statistics/statistics.ts"
import { betterOf, unlearnedText, whyOpen } from "../evidence/verdicts.ts"
import { type Claim, openClaim } from "../page/claims.ts"
import { count, integer } from "../page/format.ts"
import { FEWEST_DRAWN, isJudged, type SampledComparison } from "./rows.ts"

/** "parallel − sequential +0.012, 95 % interval −0.001 … +0.025, from 24 drawn of 360 configurations, 8 seeds" */
export function numbersOf({ measure, sampled, outcome, configurations, seeds, diverged }: SampledComparison): string {
  const { contrast, show } = measure
  const interval = isJudged(outcome) ? outcome.interval : undefined
  const range = interval === undefined ? "" : `, 95 % interval ${show(interval.low)} … ${show(interval.high)}`
  const left = diverged === 0 ? "" : `; ${count(diverged, "pair")} with a diverged partner left out`
  return `${contrast} ${show(sampled.centre)}${range}, estimated from ${integer(configurations.there)} drawn of ${count(configurations.of, "configuration")}, ${count(seeds, "seed")}${left}`
}

function whyNot(comparison: SampledComparison): string | undefined {
  const { outcome, configurations, sampled, measure } = comparison
  if (isJudged(outcome)) {
    const differences = [...sampled.bySeed.values()]
    const pairs = { there: configurations.there, of: configurations.drawn }
    const sample = { evidence: { differences, estimate: sampled.estimate }, configurations, pairs }
    return whyOpen(sample, outcome, measure)
  }
  switch (outcome.reason) {
    case "not all have run":
      return `${count(outcome.missing, "drawn pair")} have not run, and without them what is there is no longer what was drawn`.replace(
        /^1 drawn pair have not run, and without them/,
        "1 drawn pair has not run, and without it"
      )
    case "too few are drawn":
      return `${count(outcome.there, "drawn configuration")} cannot tell, ${FEWEST_DRAWN} can`
    case "not learned":
      return unlearnedText(outcome.networks, outcome.of)
    case "too few seeds":
      return `a test needs ${fewestSeeds} seeds, and there is 1`
  }
}

/** Are both architectures about equal, over the whole grid? */
export function sampledClaim(comparison: SampledComparison, figure: string): Claim {
  const { measure, outcome, dataset } = comparison
  const question = `Over the whole grid, is the parallel networks' ${measure.name} about equal?`
  const numbers = numbersOf(comparison)
  const said = { question, where: dataset, figure }
  const open = (why: string) => ({ ...openClaim(question, why, numbers, figure), where: dataset })
  if (!isJudged(outcome)) return open(whyNot(comparison) ?? "")
  const { verdict } = outcome
  if (verdict.kind === "open") return open(whyNot(comparison) ?? "")
  if (verdict.kind === "equal")
    return { ...said, holds: true, sentence: `It is, within ${measure.marginText}: ${numbers}.` }
  const winner = betterOf(verdict.sign, measure)
  const loser = winner === "parallel" ? "sequential" : "parallel"
  const better = `that of ${winner} networks is ${measure.better} than that of ${loser} ones`
  switch (verdict.kind) {
    case "different":
      return {
        ...said,
        holds: false,
        sentence: `It is not: ${better}, by more than ${measure.marginText}; ${numbers}.`
      }
    case "different, within the margin":
      return { ...said, holds: true, sentence: `It is, within ${measure.marginText}, though ${better}: ${numbers}.` }
    case "different, by an open amount":
      return {
        ...said,
        ...{ holds: undefined, partly: true as const },
        sentence: `It differs: ${better}; whether by more than ${measure.marginText} is open: ${numbers}.`
      }
  }
}
