/** Whether there is an equivalence to explain: the same comparison of deep and shallow networks as in every report. */
import { comparisonsOf } from "../evidence/comparisons.ts"
import { distinct, groupBy } from "../evidence/groups.ts"
import type { Trial } from "../evidence/trial.ts"
import { equalityOf, evidenceText, whyOpen } from "../evidence/verdicts.ts"
import { type Claim, openClaim } from "../page/claims.ts"
import { count } from "../page/format.ts"

export interface Equivalence {
  readonly claim: Claim
  /** What the tests say, however a claim marks it: a difference may be sure and its size open. */
  readonly finding: "equal" | "different" | "open"
}

/** One for the networks with the fewest filters of each scope and activation, over all their numbers of layers. */
export function equivalencesOf(trials: ReadonlyArray<Trial>): ReadonlyArray<Equivalence> {
  const groups = [...groupBy(trials, (t) => JSON.stringify([t.scope.name, t.network.activation])).values()]
  const scopes = distinct(trials.map((t) => t.scope.name)).length
  return groups.map((group): Equivalence => {
    const fewest = Math.min(...group.map((t) => t.network.filters))
    const [{ scope, network }] = group
    const which = [...(scopes > 1 ? [scope.name] : []), ...(groups.length > scopes ? [network.activation] : [])]
    const question = `Are deep and shallow networks about equal with ${count(fewest, "filter")}, over all numbers of layers${which.length === 0 ? "" : ` (${which.join(", ")})`}?`
    const comparison = comparisonsOf(group.filter((t) => t.network.filters === fewest)).find(
      (c) => c.interval.label === "all" && c.measure.name === "validation loss"
    )
    if (comparison === undefined) return { claim: openClaim(question, "no pair has finished", ""), finding: "open" }
    const said = equalityOf(comparison)
    if (said !== undefined)
      return { claim: { question, ...said }, finding: said.holds === true ? "equal" : "different" }
    const why = whyOpen(comparison, comparison.judgement, comparison.measure) ?? ""
    const detail = [...(which.length === 0 ? [] : [which.join(", ")]), evidenceText(comparison)].join(": ")
    return { claim: openClaim(question, why, detail), finding: "open" }
  })
}
