/** `run --until decided`: look after look at the claims of studies, until none is open or the budget is spent. */
import * as Effect from "effect/Effect"
import type { Limit } from "../run/budget.ts"
import type { Summary } from "../run/scheduler/scheduler.ts"
import { UsageError } from "./errors.ts"
import { readClaims } from "./looks.ts"
import { plural, printJson, tell } from "./output.ts"
import type { PlanAgain, Workspace } from "./workspace.ts"

/** Fails where none of the studies declares claims that seeds decide. */
export function checkDesigns({ selection, pipeline }: Workspace): Effect.Effect<void, UsageError> {
  if (selection.designs().length > 0) return Effect.void
  const able = pipeline.studies.filter(({ design }) => design !== undefined).map(({ name }) => name)
  const who = selection.studies.length === 0 ? "what was named" : selection.studies.join(", ")
  const help = able.length === 0 ? "no study here does" : `those that do: ${able.join(", ")}`
  return Effect.fail(
    new UsageError({ problem: `--until decided: ${who} declares no claims that more seeds decide; ${help}` })
  )
}

/** `run` runs a plan under what is left of the budget. */
export const untilDecided = Effect.fnUntraced(function* <E, R>(
  first: Workspace,
  again: PlanAgain,
  limit: Limit | undefined,
  run: (workspace: Workspace, limit: Limit | undefined) => Effect.Effect<Summary, E, R>,
  json: boolean
) {
  let workspace = first
  let rest = limit
  for (;;) {
    const summary = yield* run(workspace, rest)
    const claims = (yield* readClaims(yield* again(new Set()))) ?? []
    const open = claims.filter(({ next }) => next !== null)
    if (json) for (const { nodes, ...claim } of claims) printJson({ type: "claim", ...claim, missing: nodes.length })
    else tell(`${claims.length - open.length} of ${plural(claims.length, "claim")} need no more seeds`)
    if (open.length === 0 || summary.left > 0) return
    const next = yield* again(new Set(open.flatMap(({ nodes }) => nodes)))
    // What is left out by a condition, or failed, would be due for ever.
    if (next.plan.runs.length === 0) return
    workspace = next
    rest = summary.rest
  }
})
