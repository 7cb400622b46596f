/**
 * Sentences that claim something. Each is computed from a predicate over the results, says the opposite where the
 * opposite holds, and says that it cannot be told where it cannot.
 */

import { mean } from "../../statistics/statistics.ts"
import { type Comparison, comparisonsOf, type Sign, signsOf, whyOpen } from "../evidence/comparisons.ts"
import { groupBy, seriesOf } from "../evidence/grid.ts"
import { type Finished, isFinished, type Trial } from "../evidence/trial.ts"
import { configurationsOf, expandedTrials } from "../expansion/rows.ts"
import { classifyClaim, truncationClaim } from "../expansion/truncation.ts"
import { count, list, percent, probability } from "../page/format.ts"
import type { Claim } from "../page/page.ts"

/** "parallel − sequential +0.012, 95 % t interval −0.001 … +0.025, 8 seeds" */
function evidence({ measure, inference, differences, mean: centre }: Comparison): string {
  const { contrast, show } = measure
  if (inference.kind === "pairs") return `${contrast} by seed: ${list(differences.map((d) => show(d.difference)))}`
  const { low, high, method } = inference.interval
  const seeds = count(differences.length, "seed")
  return `${contrast} ${show(centre)}, 95 % ${method} interval ${show(low)} … ${show(high)}, ${seeds}`
}

/** Does the parallel network do as well as the sequential one? */
function equivalenceClaim(comparison: Comparison, prefix = ""): Claim {
  const { measure, verdict, inference } = comparison
  const question = `${prefix}Is the parallel networks' ${measure.name} about equal?`
  if (verdict === "open" || inference.kind === "pairs") {
    const sentence = `It can be called neither equal nor different: ${whyOpen(comparison)} (${evidence(comparison)}).`
    return { question, holds: undefined, sentence }
  }
  if (verdict === "equal") {
    const p = `TOST p ${probability(inference.equivalence.p).replace(/^(?!<)/, "= ")}`
    const sentence = `Over all configurations both architectures are about equal, within ${measure.marginText} (${p}): ${evidence(comparison)}.`
    return { question, holds: true, sentence }
  }
  const [winner, loser] = verdict === "parallel" ? ["parallel", "sequential"] : ["sequential", "parallel"]
  const sentence = `Over all configurations the ${measure.name} of ${winner} networks is ${measure.better} than that of ${loser} ones: ${evidence(comparison)}.`
  return { question, holds: false, sentence }
}

/** More, fewer or exactly half of them. */
const majority = (part: number, whole: number): boolean | undefined =>
  part * 2 === whole ? undefined : part * 2 > whole

/** The paper's signs, cell by cell: how many are the same here. */
function signsClaim(prefix: string, signs: ReadonlyArray<Sign>): ReadonlyArray<Claim> {
  const compared = signs.filter(({ paper }) => paper !== undefined)
  if (compared.length === 0) return []
  const same = compared.filter((s) => s.here * s.paper! > 0).length
  return [
    {
      question: `${prefix}Are the differences those of the paper?`,
      holds: majority(same, compared.length),
      sentence: `${same} of ${compared.length} mean differences (training loss, validation loss and gap in each interval of Q) have the paper's sign.`
    }
  ]
}

function gapClaim(prefix: string, signs: ReadonlyArray<Sign>): ReadonlyArray<Claim> {
  const gaps = signs.filter(({ quantity }) => quantity === "gap")
  if (gaps.length === 0) return []
  const smaller = gaps.filter(({ here }) => here < 0).length
  return [
    {
      question: `${prefix}Do parallel networks overfit less?`,
      holds: majority(smaller, gaps.length),
      sentence: `The mean gap between validation and training loss is smaller for parallel networks in ${smaller} of ${count(gaps.length, "interval")} of Q (by the means alone, without a test).`
    }
  ]
}

/** What the first two terms hold of the trained networks, and what that is worth. */
function termsClaims(prefix: string, trials: ReadonlyArray<Trial>): ReadonlyArray<Claim> {
  const configurations = configurationsOf(expandedTrials(trials))
  if (configurations.length === 0) return []
  return [truncationClaim(configurations), classifyClaim(configurations)].flatMap((claim) =>
    claim === undefined ? [] : [{ ...claim, question: `${prefix}${claim.question}` }]
  )
}

/** Whether the networks learned at all, and how well the best did. */
function learnedClaim(prefix: string, finished: ReadonlyArray<Finished>): Claim {
  const question = `${prefix}Did the networks learn?`
  if (finished.length === 0) return { question, holds: undefined, sentence: "No trial has finished." }
  const groups = [...groupBy(finished, ({ network: n }) => JSON.stringify(n)).values()].map((group) => ({
    network: group[0].network,
    seeds: group.length,
    accuracy: mean(group.map((t) => t.metrics.validation.accuracy))
  }))
  const best = groups.reduce((a, b) => (b.accuracy > a.accuracy ? b : a))
  const { layers, filters, kernel, activation, classes } = best.network
  const what = `${list(seriesOf(best.network), "or")}, ${count(layers, "layer")}, ${count(filters, "filter")}, kernel ${kernel}, ${activation}`
  const holds = best.accuracy > 2 / classes
  const end = holds ? "" : ", hardly more than chance: nothing here compares networks that learned"
  return {
    question,
    holds,
    sentence: `The best configuration (${what}) reaches ${percent(best.accuracy)} % validation accuracy, mean of ${count(best.seeds, "seed")}${end}.`
  }
}

/** The claims of a report, the headline first. */
export function claimsOf(trials: ReadonlyArray<Trial>): ReadonlyArray<Claim> {
  const comparisons = comparisonsOf(trials)
  const signs = signsOf(trials)
  const groups = groupBy(trials, (t) => t.dataset)
  return [...groups].flatMap(([dataset, group]) => {
    const own = <T extends { readonly dataset: string }>(all: ReadonlyArray<T>) =>
      all.filter((x) => x.dataset === dataset)
    const prefix = groups.size > 1 ? `${dataset}: ` : ""
    return [
      ...own(comparisons)
        .filter((c) => c.interval.label === "all")
        .map((c) => equivalenceClaim(c, prefix)),
      ...signsClaim(prefix, own(signs)),
      ...gapClaim(prefix, own(signs)),
      ...termsClaims(prefix, group),
      learnedClaim(prefix, group.filter(isFinished))
    ]
  })
}
