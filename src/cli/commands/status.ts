/** `pipeline status`: how every node stands. */
import * as Clock from "effect/Clock"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { CacheFolder } from "../../cache/folder.ts"
import { Leases } from "../../cache/leases.ts"
import { type LiveRun, liveRuns } from "../../run/chronicle.ts"
import { type HowFar, STATES, type StatusView, statusView } from "../../view/status.ts"
import { named, pasteable } from "../hints.ts"
import { onStdout, plural, print, printJson, seconds } from "../output.ts"
import { remoteFlags } from "../remote-flags.ts"
import { storeOf } from "../store.ts"
import { gridFlags, targets, withPlan, workspaceFlags } from "../workspace.ts"

/** With more nodes than this they are counted, not listed. */
const NODES_SHOWN = 50

export const status = Command.make(
  "status",
  {
    targets,
    ...workspaceFlags,
    ...gridFlags,
    ...remoteFlags,
    all: Flag.Boolean("all").pipe(
      Flag.withDefault(false),
      Flag.withDescription("Lists every node, however many (otherwise up to 50)")
    ),
    json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Prints one JSON object a node"))
  },
  Effect.fn(function* (flags) {
    yield* withPlan(flags.targets, flags, (workspace) =>
      Effect.gen(function* () {
        const { folder } = yield* CacheFolder
        const leases = yield* Leases
        const { graph, decisions } = workspace.plan
        const keyOf = (name: string) => decisions[graph.byName.get(name)?.index ?? -1]?.key ?? name
        const store = storeOf(flags)
        const elsewhere = store === undefined ? [] : (yield* liveElsewhere)(store, workspace.project, keyOf)
        const runs = [...liveRuns(folder), ...elsewhere]
        const told = runs.flatMap(({ running }) => running.map(({ key }) => key))
        const view = statusView(workspace, { leased: new Set([...leases.taken(), ...told]), runs })
        if (flags.json) for (const node of view.nodes) printJson({ type: "node", ...node })
        else show(view, { all: flags.all, targets: flags.targets, now: yield* Clock.currentTimeMillis })
      })
    )
  })
).pipe(
  Command.withDescription("Shows how every node stands: done, running (with how far it is), stale, missing or failed.")
)

/** Most projects have no runs on other machines. */
const liveElsewhere = Effect.map(
  Effect.promise(() => import("../runs.ts")),
  ({ liveIn }) => liveIn
)

interface Shown {
  /** Every node is listed, however many. */
  readonly all: boolean
  readonly targets: ReadonlyArray<string>
  readonly now: number // milliseconds since 1970
}

function show({ nodes, stages, toRun, runs }: StatusView, { all, targets, now }: Shown): void {
  const width = Math.max(...stages.map(({ stage }) => stage.length))
  for (const counts of stages) {
    const parts = STATES.filter((state) => counts[state] > 0).map((state) => {
      const alone = state === "done" && counts.absent > 0 ? ` (${counts.absent} by digest alone)` : ""
      return `${counts[state]} ${state}${alone}`
    })
    print(`${counts.stage.padEnd(width)}  ${parts.join(", ")}`)
  }
  for (const run of runs) print(onStdout("bold", runLine(run, now)))
  const lists = all || nodes.length <= NODES_SHOWN
  for (const { name, state, progress } of nodes)
    if (state === "running") print(`  running  ${name}${howFar(progress, now)}`)
  if (lists) {
    for (const { name, state, absent } of nodes) {
      if (state === "running") continue
      const alone = absent.length === 0 ? "" : ` (${absent.join(", ")} by digest alone)`
      print(`  ${state.padEnd(7)}  ${name}${alone}`)
    }
  } else print(onStdout("gray", `--all lists the ${plural(nodes.length, "node")}, such as ${nodes[0].name}`))
  for (const { name, failure } of nodes) if (failure !== undefined) print(`${onStdout("red", name)}: ${failure}`)
  print(
    toRun === 0
      ? `all ${plural(nodes.length, "node")} are there`
      : pasteable(`${plural(toRun, "node")} to run: \`pipeline plan${named(targets)}\` says why`)
  )
}

const secondsBetween = (time: number, now: number) => Math.max(0, (now - time) / 1000)
const about = (left: number | null) => (left === null ? "" : `, about ${seconds(Math.max(left, 1))} left`)

/** `running: quick, 12 of 120 nodes in 3 min, about 20 min left` */
const runLine = ({ targets, done, total, since, left }: LiveRun, now: number): string =>
  `running: ${targets.join(", ") || "nodes"}, ${done} of ${plural(total, "node")} in ${seconds(secondsBetween(since, now))}${about(left)}`

/** `: epoch 12/100, loss 0.3012, 1.2 epochs/s, about 70 s left` */
function howFar(node: HowFar | undefined, now: number): string {
  if (node === undefined) return ""
  const { since, done, total, unit, message, first = 0, from = since } = node
  if (done === undefined || total === undefined) return `: for ${seconds(secondsBetween(since, now))}`
  const rate = done > first ? (done - first) / secondsBetween(from, now) : 0
  const pace = rate === 0 ? "" : `, ${rate >= 10 ? rate.toFixed(0) : rate.toPrecision(2)} ${unit}s/s`
  const left = rate === 0 || done >= total ? null : (total - done) / rate
  return `: ${unit} ${done}/${total}${message === undefined ? "" : `, ${message}`}${pace}${about(left)}`
}
