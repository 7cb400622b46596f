/** `pipeline plan`: what would run, why, in which order, and what it would cost. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { Cache } from "../../cache/cache.ts"
import type { Cause } from "../../graph/explain.ts"
import { byDigestAlone, heldBack, type Run } from "../../graph/plan.ts"
import { predict } from "../../run/predict.ts"
import { type Cost, costOf } from "../cost.ts"
import { onStdout, plural, print, printJson, seconds } from "../output.ts"
import { gridFlags, targets, type Workspace, withPlan, workspaceFlags } from "../workspace.ts"

export const plan = Command.make(
  "plan",
  {
    targets,
    ...workspaceFlags,
    ...gridFlags,
    force: Flag.Boolean("force").pipe(Flag.withDefault(false), Flag.withDescription("As if run with --force")),
    all: Flag.Boolean("all").pipe(Flag.withDefault(false), Flag.withDescription("Lists every node, however many")),
    json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Prints JSON Lines"))
  },
  Effect.fn(function* (flags) {
    yield* withPlan(flags.targets, flags, (workspace) =>
      Effect.flatMap(Cache, (cache) => showPlan(workspace, cache, flags.json, flags.all))
    )
  })
).pipe(Command.withDescription("Shows what would run, why and in which order; runs nothing."))

/** Nodes of one stage with one reason are shown together; this many groups at most unless asked for all. */
const GROUPS_SHOWN = 40

interface Group {
  readonly stage: string
  readonly cause: Cause
  readonly reason: string
  readonly names: Array<string>
}

export const showPlan = Effect.fnUntraced(function* (
  workspace: Workspace,
  cache: Cache["Service"],
  json: boolean,
  all = false
) {
  const portions = workspace.selection.portions()
  const cost = portions && (yield* Effect.promise(() => costOf(workspace.plan, portions, cache.traces.pace)))
  show(workspace, cache, cost, json, all)
})

function show(
  { plan, selection, held, knowledge }: Workspace,
  cache: Cache["Service"],
  cost: Cost | undefined,
  json: boolean,
  all: boolean
): void {
  const { graph } = plan
  const { count, outdated } = heldBack(plan)
  const nodes = plan.runs.map((index) => ({ node: graph.nodes[index], decision: plan.decisions[index] as Run }))
  const reused = selection.all.length - nodes.length - count
  const absent = plan.decisions.filter(
    (decision) => decision?.action === "reuse" && byDigestAlone(decision.outputs, knowledge).length > 0
  ).length
  const alone = absent === 0 ? "" : `, ${absent.toLocaleString("en-US")} of them by digest alone`
  if (json) {
    for (const { node, decision } of nodes) {
      const { cause, reason } = decision
      printJson({
        type: "node",
        name: node.name,
        stage: node.stage.name,
        cause,
        reason,
        seconds: predict(node, cache.traces.pace) ?? null
      })
    }
    for (const row of cost?.rows ?? []) printJson({ type: "cost", ...row })
    printJson({ type: "end", run: nodes.length, reused, absent })
    return
  }
  if (nodes.length === 0) {
    print(`nothing to run: all ${plural(reused, "node")} are there${alone}`)
    if (outdated > 0) print(outdatedNotice(outdated))
    return
  }
  const groups = new Map<string, Group>()
  for (const { node, decision } of nodes) {
    const { cause } = decision
    const reason =
      cause === "input" ? decision.reason.replace(/its input .* runs first/, "its inputs run first") : decision.reason
    const id = all ? node.name : `${node.stage.name}\n${cause}\n${reason}`
    const group = groups.get(id)
    if (group !== undefined) group.names.push(node.name)
    else groups.set(id, { stage: node.stage.name, cause, reason, names: [node.name] })
  }
  const shown = all ? [...groups.values()] : [...groups.values()].slice(0, GROUPS_SHOWN)
  for (const { stage, cause, reason, names } of shown) {
    const what = names.length === 1 ? names[0] : `${stage}, ${plural(names.length, "node")}`
    print(`${onStdout("bold", what)}  ${onStdout("yellow", cause)}: ${reason}`)
    if (names.length > 1) print(onStdout("gray", `  ${names[0]} … ${names[names.length - 1]}`))
  }
  if (groups.size > shown.length) print(`… and ${groups.size - shown.length} more groups (--all shows every node)`)
  print("")
  const causes = new Map<Cause, { count: number; seconds: number; unknown: number }>()
  for (const { node, decision } of nodes) {
    const sum = causes.get(decision.cause) ?? { count: 0, seconds: 0, unknown: 0 }
    const predicted = predict(node, cache.traces.pace)
    causes.set(decision.cause, {
      count: sum.count + 1,
      seconds: sum.seconds + (predicted ?? 0),
      unknown: sum.unknown + (predicted === undefined ? 1 : 0)
    })
  }
  for (const [cause, sum] of causes) {
    const time = sum.unknown === sum.count ? "no prediction yet" : `about ${seconds(sum.seconds)} of processor time`
    const rest = sum.unknown > 0 && sum.unknown < sum.count ? `, ${sum.unknown} without a prediction` : ""
    print(`${cause.padEnd(10)} ${plural(sum.count, "node")}, ${time}${rest}`)
  }
  const causesOut = [
    ...(held.size > 0 ? ["by --where"] : []),
    ...(selection.borrowed().size > 0 ? ["since they need what another study has not made yet"] : [])
  ]
  const out = count === 0 ? "" : `, ${plural(count, "node")} left out ${causesOut.join(" or ")}`
  print(`${plural(nodes.length, "node")} to run, ${reused} reused${alone}${out}`)
  if (outdated > 0) print(outdatedNotice(outdated))
  if (cost !== undefined) showCost(cost)
}

/** Results of what is left out may have become untrue: then reports have fewer of them than before. */
export const outdatedNotice = (count: number): string =>
  count === 1
    ? "1 node that is left out ran before, but is no longer up to date: reports do without it until it runs again"
    : `${plural(count, "node")} that are left out ran before, but are no longer up to date: reports do without them until they run again`

const coreHours = (value: number) =>
  `${(value / 3600).toLocaleString("en-US", { maximumFractionDigits: value < 36_000 ? 2 : 0 })} core-hours`

function showCost({ trials, done, seconds, rows, rates }: Cost): void {
  print("")
  print(
    `${done.toLocaleString("en-US")} of ${plural(trials, "trial")} done; the rest: ${onStdout("bold", coreHours(seconds))}`
  )
  print(onStdout("gray", `rates: ${rates}`))
  const width = Math.max(0, ...rows.map(({ axis, value }) => `${axis}=${value}`.length))
  for (const row of rows) {
    print(
      `  ${`${row.axis}=${row.value}`.padEnd(width)}  ${plural(row.trials, "trial").padStart(12)}  ${coreHours(row.seconds).padStart(18)}`
    )
  }
}
