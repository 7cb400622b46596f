/** `pipeline why NODE`: why it would run, or what it is made of as it stands. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import { Cache } from "../../cache/cache.ts"
import type { Plan } from "../../graph/plan.ts"
import { named, pasteable } from "../hints.ts"
import { nodeArgument, theNode } from "../node.ts"
import { onStdout, print, printJson } from "../output.ts"
import { withPlan, workspaceFlags } from "../workspace.ts"

export const why = Command.make(
  "why",
  {
    node: nodeArgument,
    ...workspaceFlags,
    json: Flag.Boolean("json").pipe(Flag.withDefault(false), Flag.withDescription("Prints one JSON object"))
  },
  Effect.fn(function* (flags) {
    yield* withPlan([flags.node], flags, (workspace) =>
      Effect.gen(function* () {
        const node = yield* theNode(workspace, flags.node)
        const cache = yield* Cache
        const decision = workspace.plan.decisions[node.index]!
        if (flags.json) {
          const { action, key = null, ...rest } = decision
          const { cause = null, reason = null, differences = [] } = "cause" in rest ? rest : {}
          return printJson({ type: "why", name: node.name, action, key, cause, reason, differences })
        }
        if (decision.action === "run") {
          print(`${onStdout("bold", node.name)} would run: ${onStdout("yellow", decision.cause)}`)
          print(`  ${decision.reason}`)
          if (decision.cause === "lost")
            print("  a study that needs no more than its digest takes that from its trace, and does not run it")
          if (decision.differences.length > 1) {
            print("since the nearest earlier run:")
            for (const difference of decision.differences) print(`  ${difference}`)
          }
          const waits = openInputs(workspace.plan, node.index)
          if (waits.length > 0) print("it waits for:")
          for (const wait of waits) print(`  ${wait}`)
          return
        }
        const trace = cache.traces.get(decision.key)!
        const { finished, host } = trace.circumstances
        print(`${onStdout("bold", node.name)} would not run: nothing that it depends on has changed`)
        print(`  made ${finished} on ${host}, key ${decision.key}`)
        if (trace.name !== node.name) print(`  under the name ${trace.name}`)
        print(pasteable(`\`pipeline show${named([node.name])}\` prints what it was made of`))
      })
    )
  })
).pipe(Command.withDescription("Explains why a node would run, down to the parameter, the source file or the input."))

/** Inputs that run first, each with its own cause. */
function openInputs(plan: Plan, index: number): ReadonlyArray<string> {
  const sources = new Set(plan.graph.nodes[index].inputs.flatMap((input) => input.sources.map((source) => source.node)))
  return [...sources].flatMap((source) => {
    const decision = plan.decisions[source]
    return decision?.action === "run"
      ? [`${plan.graph.nodes[source].name} (${decision.cause}: ${decision.reason})`]
      : []
  })
}
