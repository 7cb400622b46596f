/** `pipeline status`: how every node stands. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { Cache } from "../../cache/cache.ts"
import type { Node } from "../../graph/graph.ts"
import type { Decision } from "../../graph/plan.ts"
import { named, pasteable } from "../hints.ts"
import { onStdout, plural, print, printJson } from "../output.ts"
import { gridFlags, targets, withPlan, workspaceFlags } from "../workspace.ts"

/** With more nodes than this they are counted, not listed. */
const NODES_SHOWN = 50

export type State = "done" | "stale" | "missing" | "failed"

/** done: its outputs are there. failed: its last attempt was. stale: it ran, but something changed. missing: never. */
function stateOf(node: Node, decision: Decision, cache: Cache["Service"]): State {
  if (decision.action === "reuse") return "done"
  if (cache.traces.failure(node.name) !== undefined) return "failed"
  return decision.cause === "new" ? "missing" : "stale"
}

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
    yield* withPlan(flags.targets, flags, ({ plan, selection, held }) =>
      Effect.gen(function* () {
        const cache = yield* Cache
        const stages = new Map<string, Record<State, number>>()
        const notable: Array<string> = []
        const states: Array<readonly [name: string, state: State]> = []
        const looked = selection.all.filter((index) => !held.has(index))
        for (const index of looked) {
          const node = plan.graph.nodes[index]
          const decision = plan.decisions[index]!
          const state = stateOf(node, decision, cache)
          if (flags.json) {
            const made = decision.action === "reuse" ? decision.outputs : {}
            const outputs = Object.fromEntries(Object.entries(made).map(([name, { digest }]) => [name, digest]))
            printJson({
              type: "node",
              name: node.name,
              stage: node.stage.name,
              key: decision.key ?? null,
              state,
              outputs
            })
          }
          const counts = stages.get(node.stage.name) ?? { done: 0, stale: 0, missing: 0, failed: 0 }
          counts[state]++
          states.push([node.name, state])
          stages.set(node.stage.name, counts)
          if (state === "failed")
            notable.push(`${onStdout("red", node.name)}: ${cache.traces.failure(node.name)?.message}`)
        }
        if (flags.json) return
        const width = Math.max(...[...stages.keys()].map((name) => name.length))
        for (const [stage, counts] of stages) {
          const parts = (Object.keys(counts) as Array<State>)
            .filter((s) => counts[s] > 0)
            .map((s) => `${counts[s]} ${s}`)
          print(`${stage.padEnd(width)}  ${parts.join(", ")}`)
        }
        if (flags.all || looked.length <= NODES_SHOWN) {
          for (const [name, state] of states) print(`  ${state.padEnd(7)}  ${name}`)
        } else print(onStdout("gray", `--all lists the ${plural(looked.length, "node")}, such as ${states[0][0]}`))
        notable.forEach(print)
        print(
          plan.runs.length === 0
            ? `all ${plural(looked.length, "node")} are there`
            : pasteable(`${plural(plan.runs.length, "node")} to run: \`pipeline plan${named(flags.targets)}\` says why`)
        )
      })
    )
  })
).pipe(Command.withDescription("Shows how every node stands: done, stale, missing or failed."))
