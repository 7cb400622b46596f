/** `pipeline plan`: what would run, why, in which order, and what it would cost. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { Paces } from "../../cache/paces.ts"
import type { Cost } from "../../view/cost.ts"
import { type DrawView, drawsOf } from "../../view/draws.ts"
import type { ClaimView } from "../../view/looks.ts"
import { type CauseSum, causesOf, groupsOf, type PlannedGroup, type PlanView, planView } from "../../view/plan.ts"
import { readClaims } from "../looks.ts"
import { onStdout, plural, print, printJson, seconds } from "../output.ts"
import { remoteFlags } from "../remote-flags.ts"
import { gridFlags, targets, type Workspace, withPlan, workspaceFlags } from "../workspace.ts"

export const plan = Command.make(
  "plan",
  {
    targets,
    ...workspaceFlags,
    ...gridFlags,
    ...remoteFlags,
    force: Flag.Boolean("force").pipe(Flag.withDefault(false), Flag.withDescription("As if run with --force")),
    all: Flag.Boolean("all").pipe(Flag.withDefault(false), Flag.withDescription("Lists every node, however many")),
    json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Prints JSON Lines"))
  },
  Effect.fn(function* (flags) {
    yield* withPlan(flags.targets, flags, (workspace) => showPlan(workspace, flags.json, flags.all))
  })
).pipe(Command.withDescription("Shows what would run, why and in which order; runs nothing."))

/** Nodes of one stage with one reason are shown together; this many groups at most unless asked for all. */
const GROUPS_SHOWN = 40

export const showPlan = Effect.fnUntraced(function* (workspace: Workspace, json: boolean, all = false) {
  const paces = yield* Paces
  const view = yield* Effect.promise(() => planView(workspace, paces.of))
  const claims = yield* readClaims(workspace)
  const draws = drawsOf(workspace, paces.of)
  if (json) showJson(view, claims, draws)
  else {
    show(view, claims, all)
    for (const draw of draws) showDraw(draw, all)
  }
})

type Claims = ReadonlyArray<ClaimView> | undefined

function showJson({ nodes, reused, absent, cost }: PlanView, claims: Claims, draws: ReadonlyArray<DrawView>): void {
  for (const node of nodes) printJson({ type: "node", ...node })
  for (const row of cost?.rows ?? []) printJson({ type: "cost", ...row })
  for (const { nodes, ...claim } of claims ?? []) printJson({ type: "claim", ...claim, missing: nodes.length })
  for (const { drawn, ...draw } of draws) {
    printJson({ type: "draw", ...draw, drawn: drawn.length })
    for (const one of drawn) printJson({ type: "drawn", ...one })
  }
  printJson({ type: "end", run: nodes.length, reused, absent })
}

function show({ nodes, reused, absent, leftOut, cost }: PlanView, claims: Claims, all: boolean): void {
  const alone = absent === 0 ? "" : `, ${absent.toLocaleString("en-US")} of them by digest alone`
  const { count, outdated } = leftOut
  if (nodes.length === 0) {
    print(`nothing to run: all ${plural(reused, "node")} are there${alone}`)
    if (outdated > 0) print(outdatedNotice(outdated))
    if (claims !== undefined) showClaims(claims)
    return
  }
  showGroups(all ? nodes.map((node) => ({ ...node, names: [node.name] })) : groupsOf(nodes), all)
  print("")
  for (const cause of causesOf(nodes)) print(causeLine(cause))
  const why = leftOut.by.map((by) => WHY[by])
  const out = count === 0 ? "" : `, ${plural(count, "node")} left out ${why.join(" or ")}`
  print(`${plural(nodes.length, "node")} to run, ${reused} reused${alone}${out}`)
  if (outdated > 0) print(outdatedNotice(outdated))
  if (cost !== undefined) showCost(cost)
  if (claims !== undefined) showClaims(claims)
}

const WHY = {
  condition: "by --where",
  borrowed: "since they need what another study has not made yet",
  later: "since only a later look takes them (--until decided)"
} as const

/** Claims that more seeds decide: how they stand, and what the next looks at the open ones cost. */
export function showClaims(claims: ReadonlyArray<ClaimView>): void {
  const open = claims.filter(({ next }) => next !== null)
  print("")
  print(
    `${claims.length - open.length} of ${plural(claims.length, "claim")} need no more seeds${open.length === 0 ? "" : "; the next looks at the others:"}`
  )
  const width = Math.max(0, ...open.map(({ claim }) => claim.length))
  for (const { claim, verdict, nodes, seconds } of open) {
    const price = seconds === null ? "no prediction yet" : coreHours(seconds)
    print(`  ${claim.padEnd(width)}  ${plural(nodes.length, "node").padStart(10)}  ${price.padStart(18)}  ${verdict}`)
  }
}

/** What is drawn of a grid, each configuration with what is left to run of it. */
function showDraw({ of, expected, seed, drawn }: DrawView, all: boolean): void {
  print("")
  print(
    `${drawn.length} of ${plural(of, "configuration")} are drawn (${expected} expected, draw ${seed}), each with all its networks and seeds:`
  )
  const shown = all ? drawn : drawn.slice(0, GROUPS_SHOWN)
  const width = Math.max(0, ...shown.map(({ configuration }) => configuration.length))
  for (const { configuration, probability, trials, missing, seconds } of shown) {
    const price = missing === 0 ? "done" : seconds === null ? "no prediction yet" : coreHours(seconds)
    const left = `${missing} of ${plural(trials, "trial")} to run`
    print(`  ${configuration.padEnd(width)}  p ${probability.toFixed(3)}  ${left.padStart(21)}  ${price.padStart(18)}`)
  }
  if (drawn.length > shown.length) print(`… and ${drawn.length - shown.length} more (--all shows every one)`)
}

function showGroups(groups: ReadonlyArray<PlannedGroup>, all: boolean): void {
  const shown = all ? groups : groups.slice(0, GROUPS_SHOWN)
  for (const { stage, cause, reason, names } of shown) {
    const what = names.length === 1 ? names[0] : `${stage}, ${plural(names.length, "node")}`
    print(`${onStdout("bold", what)}  ${onStdout("yellow", cause)}: ${reason}`)
    if (names.length > 1) print(onStdout("gray", `  ${names[0]} … ${names[names.length - 1]}`))
  }
  if (groups.length > shown.length) print(`… and ${groups.length - shown.length} more groups (--all shows every node)`)
}

function causeLine({ cause, count, seconds: sum, unknown }: CauseSum): string {
  const time = unknown === count ? "no prediction yet" : `about ${seconds(sum)} of processor time`
  const rest = unknown > 0 && unknown < count ? `, ${unknown} without a prediction` : ""
  return `${cause.padEnd(10)} ${plural(count, "node")}, ${time}${rest}`
}

/** Results of what is left out may have become untrue: then reports have fewer of them than before. */
export const outdatedNotice = (count: number): string =>
  count === 1
    ? "1 node that is left out ran before, but is no longer up to date: reports do without it until it runs again"
    : `${plural(count, "node")} that are left out ran before, but are no longer up to date: reports do without them until they run again`

const coreHours = (value: number) =>
  `${(value / 3600).toLocaleString("en-US", { maximumFractionDigits: value < 36_000 ? 2 : 0 })} core-hours`

function showCost({ trials, done, seconds, price, rows, rates }: Cost): void {
  print("")
  print(
    `${done.toLocaleString("en-US")} of ${plural(trials, "trial")} done; the rest: ${onStdout("bold", coreHours(seconds))} on this machine${price === undefined ? "" : `, ${coreHours(price)} at the rates by which reports tell prices`}`
  )
  print(onStdout("gray", `rates: ${rates}`))
  const width = Math.max(0, ...rows.map(({ axis, value }) => `${axis}=${value}`.length))
  for (const row of rows) {
    print(
      `  ${`${row.axis}=${row.value}`.padEnd(width)}  ${plural(row.trials, "trial").padStart(12)}  ${coreHours(row.seconds).padStart(18)}`
    )
  }
}
