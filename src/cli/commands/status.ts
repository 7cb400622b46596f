/** `pipeline status`: how every node stands. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { Cache } from "../../cache/cache.ts"
import type { Node } from "../../graph/graph.ts"
import { byDigestAlone, type Decision, knownOutputs } from "../../graph/plan.ts"
import { named, pasteable } from "../hints.ts"
import { onStdout, plural, print, printJson } from "../output.ts"
import { gridFlags, targets, withPlan, workspaceFlags } from "../workspace.ts"

/** With more nodes than this they are counted, not listed. */
const NODES_SHOWN = 50

const STATES = ["done", "stale", "missing", "failed"] as const
export type State = (typeof STATES)[number]

/**
 * done: its outputs are known, though the bytes of some may not be here. failed: its last attempt was. stale: it ran,
 * but something changed. missing: never.
 */
function stateOf(node: Node, decision: Decision, cache: Cache["Service"]): State {
  if (decision.action === "reuse") return "done"
  if (cache.traces.failure(node) !== undefined) return "failed"
  if (decision.cause === "lost") return "done"
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
    yield* withPlan(flags.targets, flags, ({ plan, selection, held, knowledge }) =>
      Effect.gen(function* () {
        const cache = yield* Cache
        const stages = new Map<string, Record<State | "absent", number>>()
        const notable: Array<string> = []
        const states: Array<readonly [name: string, state: State, absent: ReadonlyArray<string>]> = []
        const looked = selection.all.filter((index) => !held.has(index))
        for (const index of looked) {
          const node = plan.graph.nodes[index]
          const decision = plan.decisions[index]!
          const state = stateOf(node, decision, cache)
          const made = knownOutputs(decision) ?? {}
          const absent = byDigestAlone(made, knowledge)
          if (flags.json) {
            const outputs = Object.fromEntries(Object.entries(made).map(([name, { digest }]) => [name, digest]))
            printJson({
              type: "node",
              name: node.name,
              stage: node.stage.name,
              key: decision.key ?? null,
              state,
              outputs,
              absent
            })
          }
          const counts = stages.get(node.stage.name) ?? { done: 0, stale: 0, missing: 0, failed: 0, absent: 0 }
          counts[state]++
          states.push([node.name, state, absent])
          if (state === "done" && absent.length > 0) counts.absent++
          stages.set(node.stage.name, counts)
          if (state === "failed") notable.push(`${onStdout("red", node.name)}: ${cache.traces.failure(node)?.message}`)
        }
        if (flags.json) return
        const width = Math.max(...[...stages.keys()].map((name) => name.length))
        for (const [stage, counts] of stages) {
          const parts = STATES.filter((state) => counts[state] > 0).map((state) => {
            const alone = state === "done" && counts.absent > 0 ? ` (${counts.absent} by digest alone)` : ""
            return `${counts[state]} ${state}${alone}`
          })
          print(`${stage.padEnd(width)}  ${parts.join(", ")}`)
        }
        if (flags.all || looked.length <= NODES_SHOWN) {
          for (const [name, state, absent] of states) {
            const alone = absent.length === 0 ? "" : ` (${absent.join(", ")} by digest alone)`
            print(`  ${state.padEnd(7)}  ${name}${alone}`)
          }
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
