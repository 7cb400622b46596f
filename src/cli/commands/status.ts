/** `pipeline status`: how every node stands. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { STATES, type StatusView, statusView } from "../../view/status.ts"
import { named, pasteable } from "../hints.ts"
import { onStdout, plural, print, printJson } from "../output.ts"
import { gridFlags, targets, withPlan, workspaceFlags } from "../workspace.ts"

/** With more nodes than this they are counted, not listed. */
const NODES_SHOWN = 50

export const status = Command.make(
  "status",
  {
    targets,
    ...workspaceFlags,
    ...gridFlags,
    all: Flag.Boolean("all").pipe(
      Flag.withDefault(false),
      Flag.withDescription("Lists every node, however many (otherwise up to 50)")
    ),
    json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Prints one JSON object a node"))
  },
  Effect.fn(function* (flags) {
    yield* withPlan(flags.targets, flags, (workspace) =>
      Effect.sync(() => {
        const view = statusView(workspace)
        if (flags.json) for (const node of view.nodes) printJson({ type: "node", ...node })
        else show(view, { all: flags.all, targets: flags.targets })
      })
    )
  })
).pipe(Command.withDescription("Shows how every node stands: done, stale, missing or failed."))

interface Shown {
  /** Every node is listed, however many. */
  readonly all: boolean
  readonly targets: ReadonlyArray<string>
}

function show({ nodes, stages, toRun }: StatusView, { all, targets }: Shown): void {
  const width = Math.max(...stages.map(({ stage }) => stage.length))
  for (const counts of stages) {
    const parts = STATES.filter((state) => counts[state] > 0).map((state) => {
      const alone = state === "done" && counts.absent > 0 ? ` (${counts.absent} by digest alone)` : ""
      return `${counts[state]} ${state}${alone}`
    })
    print(`${counts.stage.padEnd(width)}  ${parts.join(", ")}`)
  }
  if (all || nodes.length <= NODES_SHOWN) {
    for (const { name, state, absent } of nodes) {
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
