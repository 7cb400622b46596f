/** What comparisons may say, in words: their verdicts, why some are open, and what would decide these. */

import type { Judgement, Verdict } from "../../statistics/verdict.ts"
import { count, integer, list, probability } from "../page/format.ts"
import type { Architecture, Comparison, Measure } from "./comparisons.ts"
import { seriesOf } from "./grid.ts"
import { distinct } from "./groups.ts"
import type { Sample } from "./pairs.ts"
import type { Trial } from "./trial.ts"
/** Which architecture a difference is in favour of. */
export const betterOf = (sign: 1 | -1, { better }: Pick<Measure, "better">): Architecture =>
  sign < 0 === (better === "lower") ? "parallel" : "sequential"

/** A verdict in a table's cell; `open` says what stands there of one that is open. */
export function verdictWords(
  verdict: Verdict,
  measure: Pick<Measure, "better">,
  open: (verdict: Verdict & { readonly kind: "open" }) => string
): string {
  switch (verdict.kind) {
    case "equal":
      return "about equal"
    case "different":
      return `${betterOf(verdict.sign, measure)} better`
    case "different, by an open amount":
      return `${betterOf(verdict.sign, measure)} better, by how much is open`
    case "different, within the margin":
      return `${betterOf(verdict.sign, measure)} better, within the margin`
    case "open":
      return open(verdict)
  }
}

export const verdictText = ({ verdict }: Judgement, measure: Pick<Measure, "better">): string =>
  verdictWords(verdict, measure, ({ why }) => `open: ${why.reason === "correction" ? "number of tests" : why.reason}`)

/** Why nothing is decided by networks of which half or more have not learned. */
export const unlearnedText = (networks: number, of: number): string =>
  `${integer(networks)} of ${count(of, "network")} finished without having learned, and what these have in common says nothing of networks that have`

/** Why a comparison is open, in a sentence without its end; undefined if it is not. */
export function whyOpen(
  { evidence, configurations, pairs }: Pick<Sample, "evidence" | "configurations" | "pairs">,
  judgement: Judgement,
  { marginText }: Pick<Measure, "marginText">
): string | undefined {
  const { verdict, family, adjusted } = judgement
  if (verdict.kind !== "open") return undefined
  const n = evidence.differences.length
  const { why } = verdict
  switch (why.reason) {
    case "few seeds":
      return `a test needs ${why.needs} seeds${family > 1 ? ` in a family of ${family} tests` : ""}, and there ${n === 1 ? "is" : "are"} ${n}`
    case "coverage":
      return `${integer(why.pairs)} of ${count(why.of, "pair")} are there, fewer than half, and say nothing about the others`
    case "no interval":
      return configurations.there < configurations.of
        ? `${configurations.there} of ${count(configurations.of, "configuration")} says nothing about the others`
        : `too few configurations have the same seeds (${pairs.there} of ${pairs.of} pairs are there)`
    case "family":
      return `${n} seeds cannot tell a difference in a family of ${family} tests, whatever they say; ${why.needs} can`
    case "not learned":
      return unlearnedText(why.networks, why.of)
    case "wide":
      return `the interval holds both no difference and more than ${marginText}`
    case "correction":
      return `alone it would be decided; the correction for ${count(family, "test")} takes that back`
    case "ranks":
      return `the interval excludes zero, but the ranks of the seeds' differences do not tell${adjusted === undefined ? "" : ` (Wilcoxon p ${probability(adjusted.difference)} after correction)`}`
  }
}

/** The command that runs the trials that are missing, or the seeds that would be enough; undefined where more do not help. */
export function commandFor(judgement: Judgement, trials: ReadonlyArray<Trial>, study: string | undefined) {
  const { verdict } = judgement
  if (verdict.kind !== "open" || !("needs" in verdict.why) || study === undefined) return undefined
  const seeds = [...distinct(trials.map((t) => t.seed))]
  for (let next = 0; seeds.length < verdict.why.needs; next++) if (!seeds.includes(next)) seeds.push(next)
  return `npx pipeline run ${study} --set seeds=${seeds.join(",")}`
}

/** "sequential, 4 layers, 1 filter, kernel 3, relu, seed 3" */
export const trialName = (trial: Trial): string => `${networkName(trial)}, seed ${trial.seed}`

/** "sequential, 4 layers, 1 filter, kernel 3, relu" */
export const networkName = (trial: Pick<Trial, "network">): string =>
  `${seriesOf(trial.network)[0]}, ${shapeName(trial)}`

/** "4 layers, 1 filter, kernel 3, relu" */
export const shapeName = ({ network: n }: Pick<Trial, "network">): string =>
  `${count(n.layers, "layer")}, ${count(n.filters, "filter")}, kernel ${n.kernel}, ${n.activation}`

/** What stands aside in a comparison, with names: pairs with a diverged partner, networks that have not learned. */
export function asideText({ diverged, unlearned }: Pick<Sample, "diverged" | "unlearned">): string {
  const named = (trials: ReadonlyArray<Trial>) => {
    const names = trials.slice(0, 3).map(trialName)
    return `${names.join("; ")}${trials.length > 3 ? "; …" : ""}`
  }
  const lost = diverged.flatMap(({ sequential, parallel }) =>
    [sequential, parallel].filter((t) => t.metrics?.status === "diverged")
  )
  return list([
    ...(diverged.length === 0
      ? []
      : [`${count(diverged.length, "pair")} with a diverged partner left out (${named(lost)})`]),
    ...(unlearned.length === 0
      ? []
      : [
          `${count(unlearned.length, "network")} that finished without having learned counted with the others (${named(unlearned)})`
        ])
  ])
}

/** "parallel − sequential +0.012, 95 % interval −0.001 … +0.025, 8 seeds" */
export function evidenceText(comparison: Comparison): string {
  const { measure, judgement, seeds, mean, configurations } = comparison
  const { contrast, show } = measure
  const part =
    configurations.there < configurations.of
      ? `, ${configurations.there} of ${count(configurations.of, "configuration")}`
      : ""
  // Where these are the reason, they are counted in it.
  const counted = judgement.verdict.kind === "open" && judgement.verdict.why.reason === "not learned"
  const aside = asideText(counted ? { ...comparison, unlearned: [] } : comparison)
  const rest = `${part}${aside === "" ? "" : `; ${aside}`}`
  if (judgement.interval === undefined)
    return `${contrast} by seed: ${list(seeds.map((d) => show(d.difference)))}${rest}`
  const { low, high, method } = judgement.interval
  const widened = method === "t, widened" ? ", widened for those that are missing" : ""
  return `${contrast} ${show(mean)}, 95 % interval ${show(low)} … ${show(high)}, ${count(seeds.length, "seed")}${part}${widened}${aside === "" ? "" : `; ${aside}`}`
}

/** Whether both architectures are about equal in a comparison, with its numbers; undefined where that is wholly open. */
export function equalityOf(
  comparison: Comparison
): { readonly holds: boolean | undefined; readonly sentence: string } | undefined {
  const { judgement, measure } = comparison
  const { verdict } = judgement
  const numbers = evidenceText(comparison)
  if (verdict.kind === "open") return undefined
  if (verdict.kind === "equal") return { holds: true, sentence: `They are, within ${measure.marginText}: ${numbers}.` }
  const better = `${betterOf(verdict.sign, measure)} networks validate better`
  switch (verdict.kind) {
    case "different":
      return { holds: false, sentence: `They are not: ${better}, by more than ${measure.marginText}; ${numbers}.` }
    case "different, within the margin":
      return { holds: true, sentence: `They are, within ${measure.marginText}, though ${better}: ${numbers}.` }
    case "different, by an open amount":
      return {
        holds: undefined,
        sentence: `They differ, ${better}; whether by more than ${measure.marginText} is open: ${numbers}.`
      }
  }
}
