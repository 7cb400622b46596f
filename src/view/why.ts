/** Why a node would run, or of when its result is: what `pipeline why` prints. */
import type { Traces } from "../cache/traces.ts"
import type { Explanation } from "../graph/explain.ts"
import type { Node } from "../graph/graph.ts"
import type { Plan } from "../graph/plan.ts"
import type { Trace } from "../graph/trace.ts"
import type { Planned } from "./planned.ts"

export type WhyView =
  | ({
      readonly action: "run"
      readonly name: string
      /** null as long as an input is still to be made. */
      readonly key: string | null
      /** Inputs that run first. */
      readonly waits: ReadonlyArray<{ readonly name: string } & Pick<Explanation, "cause" | "reason">>
    } & Explanation)
  | {
      readonly action: "reuse"
      readonly name: string
      readonly key: string
      readonly trace: Trace
      readonly origin: string | undefined
    }

export function whyView(node: Node, { plan }: Planned, traces: Pick<Traces["Service"], "get" | "origin">): WhyView {
  const decision = plan.decisions[node.index]!
  const { name } = node
  if (decision.action === "reuse") {
    const { key: known } = decision
    return { action: "reuse", name, key: known, trace: traces.get(known)!, origin: traces.origin(known) }
  }
  const { key = null, cause, reason, differences } = decision
  return { action: "run", name, key, cause, reason, differences, waits: openInputs(plan, node) }
}

function openInputs({ graph, decisions }: Plan, { inputs }: Node) {
  const sources = new Set(inputs.flatMap((input) => input.sources.map((source) => source.node)))
  return [...sources].flatMap((source) => {
    const decision = decisions[source]
    if (decision?.action !== "run") return []
    return [{ name: graph.nodes[source].name, cause: decision.cause, reason: decision.reason }]
  })
}
