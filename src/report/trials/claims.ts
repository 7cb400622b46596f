/**
 * Sentences that claim something. Each is computed from a predicate over the results, says the opposite where the
 * opposite holds, and says that it cannot be told where it cannot.
 */

import { mean, wilson } from "../../statistics/statistics.ts"
import { type Comparison, comparisonsOf, type Sign, signsOf } from "../evidence/comparisons.ts"
import { averagedOver, configurationOf, seriesOf } from "../evidence/grid.ts"
import { groupBy } from "../evidence/groups.ts"
import { namesBeside, type Scope } from "../evidence/scope.ts"
import { type Finished, hasLearned, isFinished, type Trial } from "../evidence/trial.ts"
import { betterOf, commandFor, evidenceText, shapeName, unlearnedText, whyOpen } from "../evidence/verdicts.ts"
import { configurationsOf, expandedTrials } from "../expansion/rows.ts"
import { classifyClaim, truncationClaim } from "../expansion/truncation.ts"
import { type Claim, openClaim } from "../page/claims.ts"
import { count, list, percent, probability } from "../page/format.ts"

/** "Over all 6 configurations (of different layers and filters)", "In the one configuration that is compared (…)". */
function overText({ configurations: { there, of }, networks }: Comparison): string {
  if (of === 1) return `In the one configuration that is compared (${shapeName(networks[0])})`
  const over = averagedOver(networks).replace(", over ", "")
  const all = of === 2 ? "both configurations" : `all ${of} configurations`
  return `Over ${there < of ? `${there} of ${of} configurations` : all}${over === "" ? "" : ` (of different ${over})`}`
}

/** Does the parallel network do as well as the sequential one? */
function equivalenceClaim(comparison: Comparison, { trials, study }: Of): Claim {
  const { scope, measure, judgement, mean: centre } = comparison
  const { verdict } = judgement
  const question = `Is the parallel networks' ${measure.name} about equal?`
  const figure = `${measure.name.endsWith("accuracy") ? "accuracy" : "loss"}-by-layers-${scope.slug}`
  const numbers = evidenceText(comparison)
  const why = whyOpen(comparison, judgement, measure)
  if (why !== undefined || verdict.kind === "open") {
    const command = commandFor(judgement, trials, study)
    return openClaim(
      question,
      `${why}${command === undefined ? "" : ` (\`${command}\` gets them)`}`,
      `${measure.name}, ${numbers}`,
      figure
    )
  }
  const over = overText(comparison)
  if (verdict.kind === "equal") {
    const p = `TOST p ${probability(judgement.adjusted?.equivalence ?? 0).replace(/^(?!<)/, "= ")} after correction`
    const sentence = `${over} both architectures are about equal, within ${measure.marginText} (${p}): ${numbers}.`
    return { question, holds: true, sentence, figure }
  }
  const winner = betterOf(verdict.sign, measure)
  const loser = winner === "parallel" ? "sequential" : "parallel"
  const lower = `the ${measure.name} of ${winner} networks is ${measure.better} than that of ${loser} ones`
  switch (verdict.kind) {
    case "different":
      return {
        question,
        holds: false,
        sentence: `${over} ${lower}, by more than ${measure.marginText}: ${numbers}.`,
        figure
      }
    case "different, within the margin":
      return {
        question,
        holds: true,
        sentence: `${over} ${lower}, but within ${measure.marginText}: ${numbers}.`,
        figure
      }
    case "different, by an open amount": {
      const sentence = `${over} ${lower}; whether by more than ${measure.marginText} is open, ${measure.show(centre)} so far: ${numbers}.`
      return { question, holds: undefined, partly: true, sentence, figure }
    }
  }
}

/** Decided by most of some cells, where so many of them tell. */
const byMost = (yes: number, no: number, cells: number): boolean | undefined =>
  yes * 2 > cells ? true : no * 2 >= cells ? false : undefined

const noSign = "in no interval of Q can the sign be told"

/** The paper's signs, cell by cell: how many are surely the same here. */
function signsClaim(signs: ReadonlyArray<Sign>): ReadonlyArray<Claim> {
  const compared = signs.flatMap(({ paper, sample, lower }) =>
    paper === undefined || sample === undefined ? [] : [{ lower, expected: paper < 0 ? "parallel" : "sequential" }]
  )
  if (compared.length === 0) return []
  const same = compared.filter(({ lower, expected }) => lower === expected).length
  const open = compared.filter(({ lower }) => lower === undefined).length
  const other = compared.length - same - open
  const question = "Are the signs of the differences those of the paper?"
  if (open === compared.length) return [openClaim(question, noSign, "")]
  return [
    {
      question,
      holds: byMost(same, other, compared.length),
      sentence: `Of ${count(compared.length, "difference")} (training loss, validation loss and gap in each interval of Q that has pairs) ${same} surely ${same === 1 ? "has" : "have"} the paper's sign and ${other} the other one; ${open} cannot be told.`
    }
  ]
}

function gapClaim(signs: ReadonlyArray<Sign>): ReadonlyArray<Claim> {
  const gaps = signs.filter(({ quantity, sample }) => quantity === "gap" && sample !== undefined)
  if (gaps.length === 0) return []
  const smaller = gaps.filter(({ lower }) => lower === "parallel").length
  const larger = gaps.filter(({ lower }) => lower === "sequential").length
  const open = gaps.length - smaller - larger
  const question = "Do parallel networks overfit less?"
  if (open === gaps.length) return [openClaim(question, noSign, "")]
  const sentence =
    gaps.length === 1
      ? `In the one interval of Q that has pairs, ${gaps[0].interval.label}, the gap between validation and training loss is surely ${smaller === 1 ? "smaller" : "larger"} for parallel networks.`
      : `Of ${count(gaps.length, "interval")} of Q with pairs, the gap between validation and training loss is surely smaller for parallel networks in ${smaller} and larger in ${larger}; ${open} cannot be told.`
  return [{ question, holds: byMost(smaller, larger, gaps.length), sentence }]
}

/** What the first two terms hold of the trained networks, and what that is worth. */
function termsClaims(trials: ReadonlyArray<Trial>): ReadonlyArray<Claim> {
  const expanded = expandedTrials(trials)
  const configurations = configurationsOf(expanded)
  if (configurations.length === 0) return []
  const claims = [truncationClaim(configurations), classifyClaim(configurations)].filter((claim) => claim !== undefined)
  const taken = trials.filter(({ network, moments }) => network.depth > 1 && moments.length > 0).filter(isFinished)
  const unlearned = taken.filter((t) => !hasLearned(t)).length
  if (unlearned * 2 < taken.length) return claims
  return claims.map(({ question }) => openClaim(question, unlearnedText(unlearned, taken.length), ""))
}

/** "all 40 trials", "none of 40 trials", "3 of 40 trials". */
const shareOf = (some: number, of: number): string =>
  some === of && of > 1 ? `all ${count(of, "trial")}` : `${some === 0 ? "none" : some} of ${count(of, "trial")}`

/** Whether the networks learned at all: the best of them against guessing the most frequent class. */
function learnedClaim(finished: ReadonlyArray<Finished>): Claim {
  const question = "Did the networks learn?"
  if (finished.length === 0) return { question, holds: undefined, sentence: "No trial has finished." }
  const groups = [...groupBy(finished, (t) => `${configurationOf(t)}/${t.network.depth}`).values()].map((group) => ({
    network: group[0].network,
    guessing: group[0].guessing,
    images: group[0].metrics.validation.count,
    seeds: group.length,
    accuracy: mean(group.map((t) => t.metrics.validation.accuracy))
  }))
  const best = groups.reduce((a, b) => (b.accuracy > a.accuracy ? b : a))
  const what = `${list(seriesOf(best.network), "or")}, ${shapeName(best)}`
  const failed = finished.filter((t) => !hasLearned(t)).length
  const all = `; ${shareOf(finished.length - failed, finished.length)} learned something of ${finished.length === 1 ? "its" : "their"} training images`
  const { low, high } = wilson(best.accuracy, best.images, 0.95, groups.length)
  const numbers = `${groups.length === 1 ? "The one configuration" : `The best of ${groups.length} configurations`} (${what}) reaches ${percent(best.accuracy)} % validation accuracy, ${best.seeds === 1 ? "with one seed" : `mean of ${best.seeds} seeds`} (95 % interval for ${count(best.images, "image")}${groups.length === 1 ? "" : " and the choice of the best"}: ${percent(low)} to ${percent(high)} %)`
  if (best.guessing === undefined)
    return { question, holds: undefined, sentence: `${numbers}; what guessing gives is not known${all}.` }
  const share = best.guessing.validation
  const guess = `always the most frequent class gives ${percent(share)} %`
  if (low > share) return { question, holds: true, sentence: `${numbers}; ${guess}${all}.` }
  if (best.accuracy <= share)
    return {
      question,
      holds: false,
      sentence: `${numbers}, no more than guessing: ${guess}${all}. Nothing here compares networks that learned.`
    }
  return { question, holds: undefined, sentence: `${numbers}, which may be no more than guessing: ${guess}${all}.` }
}

/** What claims are made of. */
interface Of {
  readonly trials: ReadonlyArray<Trial>
  /** The study's name, for commands. */
  readonly study?: string | undefined
}

/** The claims of a report, the headline first. */
export function claimsOf(
  { trials, study }: Of,
  comparisons: ReadonlyArray<Comparison> = comparisonsOf(trials),
  signs: ReadonlyArray<Sign> = signsOf(trials)
): ReadonlyArray<Claim> {
  const nameOf = namesBeside(trials.map(({ scope }) => scope))
  return [...groupBy(trials, (t) => t.scope.name).values()].flatMap((group) => {
    const [{ scope }] = group
    const own = <T extends { readonly scope: Scope }>(all: ReadonlyArray<T>) =>
      all.filter((x) => x.scope.name === scope.name)
    const where = nameOf(scope)
    return [
      ...own(comparisons)
        .filter((c) => c.interval.label === "all")
        .map((c) => equivalenceClaim(c, { trials: group, study })),
      ...signsClaim(own(signs)),
      ...gapClaim(own(signs)),
      ...termsClaims(group),
      learnedClaim(group.filter(isFinished))
    ].map((claim): Claim => ({ ...claim, ...(where !== undefined && { where }) }))
  })
}
